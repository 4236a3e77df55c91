//! Which settings are there?

use std::path::PathBuf;

use super::parse::{self, bytes, path, text, truth, web_base, words};
use super::{Settings, print, scrutiny};

/// One setting: how it is called, understood, shown and explained.
pub(crate) struct Setting {
    /// Its name in the file; the flag and the variable are made from it.
    pub(crate) name: &'static str,
    /// What a value looks like, as in "… was expected".
    pub(crate) expects: &'static str,
    /// One sentence for people.
    pub(crate) meaning: &'static str,
    /// Whether a flag without a value means true.
    pub(crate) switch: bool,
    /// Takes a value; none when it is not one.
    pub(super) set: fn(&mut Settings, &str) -> Option<()>,
    /// The value as it would be written; passwords are left out.
    pub(crate) show: fn(&Settings) -> String,
}

impl Setting {
    /// The name of its flag, without the dashes in front.
    pub(crate) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The name of its environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("BRIGID_{}", self.name.to_ascii_uppercase())
    }
}

const YES_OR_NO: &str = "true or false";
const BYTES: &str = "a number of bytes such as 1000000, 512KiB, 64MiB or 2GiB";

/// Every setting there is.
pub(crate) static SETTINGS: &[Setting] = &[
    Setting {
        name: "listen",
        expects: "an IP address and a port such as 127.0.0.1:8080 or [::1]:8080",
        meaning: "The address and port to listen on; port 0 takes a free one.",
        switch: false,
        set: |settings, value| value.parse().ok().map(|address| settings.listen = address),
        show: |settings| settings.listen.to_string(),
    },
    Setting {
        name: "data",
        expects: "the path of a folder",
        meaning: "The folder that holds the SQLite database and the large bytes; it is made if need be.",
        switch: false,
        set: |settings, value| path(value)?.map(|path| settings.data = path),
        show: |settings| settings.data.display().to_string(),
    },
    Setting {
        name: "database",
        expects: "a URL such as postgres://user@host/name, or nothing for SQLite in the data folder",
        meaning: "The PostgreSQL database to use instead of SQLite.",
        switch: false,
        set: |settings, value| parse::database(value).map(|url| settings.database = url),
        show: |settings| settings.database.as_deref().map(print::without_password).unwrap_or_default(),
    },
    Setting {
        name: "open",
        expects: YES_OR_NO,
        meaning: "Whether whoever reaches the server may do everything, where nobody signs in; a server that is \
                  not open and has no sign-in refuses every request for data.",
        switch: true,
        set: |settings, value| truth(value).map(|open| settings.open = open),
        show: |settings| settings.open.to_string(),
    },
    Setting {
        name: "sign_in",
        expects: YES_OR_NO,
        meaning: "Whether people and programs sign in: requests need a token, and the server gives out tokens as \
                  SMART on FHIR has it.",
        switch: true,
        set: |settings, value| truth(value).map(|sign_in| settings.sign_in = sign_in),
        show: |settings| settings.sign_in.to_string(),
    },
    Setting {
        name: "insecure_listen",
        expects: YES_OR_NO,
        meaning: "Whether a server that is open, or takes passwords without TLS, may listen beyond this computer; \
                  whoever sets it says that something else keeps strangers out.",
        switch: true,
        set: |settings, value| truth(value).map(|insecure| settings.insecure_listen = insecure),
        show: |settings| settings.insecure_listen.to_string(),
    },
    Setting {
        name: "base_url",
        expects: "a URL such as https://fhir.example.org/fhir, or nothing to make it from the address",
        meaning: "The FHIR base as clients see it, where a proxy stands in front.",
        switch: false,
        set: |settings, value| web_base(value).map(|base| settings.base_url = base),
        show: |settings| settings.base_url.clone().unwrap_or_default(),
    },
    Setting {
        name: "tls_cert",
        expects: "the path of a PEM file, or nothing for no TLS",
        meaning: "The certificate with its chain; with it and its key the server speaks TLS.",
        switch: false,
        set: |settings, value| path(value).map(|path| settings.tls_cert = path),
        show: |settings| shown(&settings.tls_cert),
    },
    Setting {
        name: "tls_key",
        expects: "the path of a PEM file, or nothing for no TLS",
        meaning: "The private key of the certificate.",
        switch: false,
        set: |settings, value| path(value).map(|path| settings.tls_key = path),
        show: |settings| shown(&settings.tls_key),
    },
    Setting {
        name: "body_bytes_max",
        expects: BYTES,
        meaning: "The largest request body, as sent and after it is inflated; raw Binaries have a limit of \
                  their own.",
        switch: false,
        set: |settings, value| bytes(value).map(|count| settings.body_bytes_max = count),
        show: |settings| settings.body_bytes_max.to_string(),
    },
    Setting {
        name: "cache_bytes",
        expects: BYTES,
        meaning: "The memory for resources that are read often; 0 keeps none.",
        switch: false,
        set: |settings, value| bytes(value).map(|count| settings.cache_bytes = count),
        show: |settings| settings.cache_bytes.to_string(),
    },
    Setting {
        name: "client_ids",
        expects: YES_OR_NO,
        meaning: "Whether a PUT may create a resource under an id of the client's choice.",
        switch: true,
        set: |settings, value| truth(value).map(|allowed| settings.client_ids = allowed),
        show: |settings| settings.client_ids.to_string(),
    },
    Setting {
        name: "validation",
        expects: "structure, core or full, and types that differ, such as core, Patient=full, Binary=structure",
        meaning: "How closely a resource is looked at before it is stored; full holds it against the profiles \
                  that it claims and checks codes of every binding.",
        switch: false,
        set: |settings, value| scrutiny::levels(&mut settings.scrutiny, value),
        show: |settings| scrutiny::show_levels(&settings.scrutiny),
    },
    Setting {
        name: "profiles",
        expects: "types and canonicals such as Patient=http://example.org/StructureDefinition/p, separated by \
                  commas",
        meaning: "Profiles that every resource of a type must conform to before it is stored.",
        switch: false,
        set: |settings, value| scrutiny::profiles(&mut settings.scrutiny, value),
        show: |settings| scrutiny::show_profiles(&settings.scrutiny),
    },
    Setting {
        name: "package_registry",
        expects: "a URL such as https://packages.fhir.org, or nothing to take packages from files alone",
        meaning: "The npm-style registry that `package add NAME@VERSION` fetches from.",
        switch: false,
        set: |settings, value| parse::web(value).map(|url| settings.package_registry = url),
        show: |settings| settings.package_registry.as_ref().map(ToString::to_string).unwrap_or_default(),
    },
    Setting {
        name: "terminology_remote",
        expects: "the FHIR base of a terminology server such as https://tx.example.org/r4, or nothing",
        meaning: "The terminology server that is asked for code systems, value sets and maps that are not loaded here.",
        switch: false,
        set: |settings, value| parse::web(value).map(|url| settings.terminology_remote = url),
        show: |settings| settings.terminology_remote.as_ref().map(ToString::to_string).unwrap_or_default(),
    },
    Setting {
        name: "terminology_remote_systems",
        expects: "beginnings of canonicals such as http://snomed.info/sct separated by commas, or nothing for all",
        meaning: "What that server is asked about.",
        switch: false,
        set: |settings, value| {
            settings.terminology_remote_systems = parse::listed(value);
            Some(())
        },
        show: |settings| settings.terminology_remote_systems.join(","),
    },
    Setting {
        name: "terminology_remote_timeout_ms",
        expects: "a number of milliseconds from 1 to 60000",
        meaning: "How long that server may take to answer; what it would have told is unknown then.",
        switch: false,
        set: |settings, value| {
            let timeout = value.parse().ok().filter(|timeout| (1..=60_000).contains(timeout));
            timeout.map(|timeout| settings.terminology_remote_timeout_ms = timeout)
        },
        show: |settings| settings.terminology_remote_timeout_ms.to_string(),
    },
    Setting {
        name: "cors_origins",
        expects: "origins such as https://app.example.org separated by commas, or * for any",
        meaning: "The web pages' origins that may use the server from a browser.",
        switch: false,
        set: |settings, value| parse::origins(value).map(|origins| settings.cors_origins = origins),
        show: |settings| settings.cors_origins.join(","),
    },
    Setting {
        name: "log_format",
        expects: "auto, text, json or off",
        meaning: "How log lines look; auto is text on a terminal and JSON otherwise.",
        switch: false,
        set: |settings, value| words(value, parse::LOG_FORMATS).map(|format| settings.log_format = format),
        show: |settings| text(settings.log_format, parse::LOG_FORMATS),
    },
    Setting {
        name: "log_level",
        expects: "error, warn, info, debug or trace",
        meaning: "How much is logged; info is one line a request.",
        switch: false,
        set: |settings, value| words(value, parse::LOG_LEVELS).map(|level| settings.log_level = level),
        show: |settings| text(settings.log_level, parse::LOG_LEVELS),
    },
    Setting {
        name: "otlp_endpoint",
        expects: "a URL such as http://127.0.0.1:4318, or nothing; https is not spoken, so name a collector \
                  on the same machine, as is usual, and let it send spans on",
        meaning: "The OpenTelemetry collector that gets a span a request by OTLP over HTTP.",
        switch: false,
        set: |settings, value| parse::collector(value).map(|url| settings.otlp_endpoint = url),
        show: |settings| settings.otlp_endpoint.as_ref().map(ToString::to_string).unwrap_or_default(),
    },
];

fn shown(path: &Option<PathBuf>) -> String {
    path.as_deref().map(|path| path.display().to_string()).unwrap_or_default()
}
