//! What was this server told to do?
//!
//! [`SETTINGS`] says of every setting once what it is called, what it expects and what it means; the
//! file, the environment, the flags, `--help` and `brigid config` all read this one list. Later sources
//! win: built-in values, then the TOML file, then `BRIGID_…` variables, then flags.

mod parse;
mod print;
mod scrutiny;
mod sources;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use http::Uri;
use interactions::Scrutiny;
use model::limits;

pub(crate) use print::print;
pub(crate) use sources::{Configured, environment, gather};

use parse::{bytes, path, text, truth, web_base, words};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// The folder that holds the database and the large bytes.
    pub data: PathBuf,
    /// The URL of a PostgreSQL database; SQLite in the data folder, when none.
    pub database: Option<String>,
    /// Whether everyone who reaches the server may do everything.
    pub open: bool,
    /// Whether people and programs sign in, and requests need a token.
    pub sign_in: bool,
    /// Whether an open server may listen beyond this computer.
    pub insecure_listen: bool,
    /// The FHIR base as clients see it; made from the address, when none.
    pub base_url: Option<String>,
    /// The certificate chain in PEM.
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM.
    pub tls_key: Option<PathBuf>,
    /// Bytes of one request body at most, as sent and inflated.
    pub body_bytes_max: usize,
    /// Bytes of resources kept in memory for reading.
    pub cache_bytes: usize,
    /// Whether a PUT may create a resource under an id of the client's choice.
    pub client_ids: bool,
    /// How closely resources are looked at before they are stored.
    pub scrutiny: Scrutiny,
    /// Whether resources get the rows that searches find them by. Nobody can set it: it is for programs that hold a
    /// server beside one without.
    pub rows: Rows,
    /// Where packages are fetched from; from files alone, when none.
    pub package_registry: Option<Uri>,
    /// Another terminology server that is asked for what is not loaded; none is, when none.
    pub terminology_remote: Option<Uri>,
    /// What the canonicals begin with that it is asked about; any, when there are none.
    pub terminology_remote_systems: Vec<String>,
    /// Milliseconds that it may take to answer.
    pub terminology_remote_timeout_ms: u64,
    /// The web pages' origins that may use the server from a browser.
    pub cors_origins: Vec<String>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// How much is logged.
    pub log_level: LogLevel,
    /// The collector of OpenTelemetry that gets a span a request; nobody gets any, when none.
    pub otlp_endpoint: Option<Uri>,
}

/// Whether resources get rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// All that the search parameters ask for.
    All,
    /// None: resources are found by their ids alone.
    None,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
    /// No log at all.
    Off,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Someone must act.
    Error,
    /// Something went wrong and was dealt with.
    Warn,
    /// What happened: one line a request.
    Info,
    /// Why it happened.
    Debug,
    /// Every step.
    Trace,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data: PathBuf::from("./data"),
            database: None,
            open: true,
            sign_in: false,
            insecure_listen: false,
            base_url: None,
            tls_cert: None,
            tls_key: None,
            body_bytes_max: limits::BODY_BYTES_MAX,
            cache_bytes: limits::CACHE_BYTES,
            client_ids: true,
            scrutiny: Scrutiny::default(),
            rows: Rows::All,
            package_registry: Some(Uri::from_static(PACKAGE_REGISTRY)),
            terminology_remote: None,
            terminology_remote_systems: Vec::new(),
            terminology_remote_timeout_ms: TERMINOLOGY_REMOTE_TIMEOUT_MS,
            cors_origins: Vec::new(),
            log_format: LogFormat::Auto,
            log_level: LogLevel::Info,
            otlp_endpoint: None,
        }
    }
}

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
    set: fn(&mut Settings, &str) -> Option<()>,
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

/// Where FHIR packages are published.
const PACKAGE_REGISTRY: &str = "https://packages.fhir.org/";

/// How long another terminology server may take, unless the settings say otherwise: somebody waits.
const TERMINOLOGY_REMOTE_TIMEOUT_MS: u64 = 3_000;

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

impl Settings {
    /// Whether whoever reaches the server may do everything; nobody may where people sign in.
    pub(crate) fn is_open(&self) -> bool {
        self.open && !self.sign_in
    }

    /// Refuses settings that are each right and do not go together.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err("`tls_cert` and `tls_key` are set together or not at all".into());
        }
        if self.listen.ip().is_loopback() || self.insecure_listen {
            return Ok(());
        }
        let is_behind_tls = self.base_url.as_deref().is_some_and(|base| base.starts_with("https://"));
        if self.sign_in && self.tls_cert.is_none() && !is_behind_tls {
            return Err(format!(
                "{} can be reached from other computers and passwords would travel in the clear: set `tls_cert` and \
                 `tls_key`, or a `base_url` with https where a proxy stands in front",
                self.listen
            ));
        }
        if self.is_open() {
            return Err(format!(
                "{} can be reached from other computers and this server asks nobody to sign in: listen on \
                 127.0.0.1, or say --insecure-listen if something else keeps strangers out",
                self.listen
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_value_is_one_that_can_be_written() {
        for setting in SETTINGS {
            let mut settings = Settings::default();
            let written = (setting.show)(&settings);
            assert_eq!((setting.set)(&mut settings, &written), Some(()), "{}", setting.name);
            assert_eq!(settings, Settings::default(), "{}", setting.name);
        }
    }

    #[test]
    fn an_open_server_beyond_loopback_must_be_asked_for() {
        let beyond = Settings { listen: SocketAddr::from(([0, 0, 0, 0], 80)), ..Settings::default() };
        assert!(beyond.check().is_err());
        assert_eq!(Settings { insecure_listen: true, ..beyond.clone() }.check(), Ok(()));
        assert_eq!(Settings { open: false, ..beyond }.check(), Ok(()));
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn a_server_with_sign_in_may_listen_beyond_loopback_behind_tls() {
        let listen = SocketAddr::from(([0, 0, 0, 0], 443));
        let bare = Settings { listen, sign_in: true, ..Settings::default() };
        assert!(!bare.is_open());
        assert!(bare.check().is_err());
        let base_url = Some("https://here.example/fhir".to_owned());
        assert_eq!(Settings { base_url, ..bare.clone() }.check(), Ok(()));
        let (tls_cert, tls_key) = (Some("c.pem".into()), Some("k.pem".into()));
        assert_eq!(Settings { tls_cert, tls_key, ..bare }.check(), Ok(()));
        assert_eq!(Settings { sign_in: true, ..Settings::default() }.check(), Ok(()));
    }

    #[test]
    fn a_certificate_needs_its_key() {
        let half = Settings { tls_cert: Some("c.pem".into()), ..Settings::default() };
        assert!(half.check().is_err());
        assert_eq!(Settings { tls_key: Some("k.pem".into()), ..half }.check(), Ok(()));
    }
}
