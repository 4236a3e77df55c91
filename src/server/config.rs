//! What was this server told to do?
//!
//! [`SETTINGS`] says of every setting once what it is called, what it expects and what it means; the
//! file, the environment, the flags, `--help` and `brigid config` all read this one list. Later sources
//! win: built-in values, then the TOML file, then `BRIGID_…` variables, then flags.

mod list;
mod parse;
mod print;
mod scrutiny;
mod sources;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use http::Uri;
use interactions::Scrutiny;
use model::limits;

pub(crate) use list::{SETTINGS, Setting};
pub(crate) use print::print;
pub(crate) use sources::{Configured, environment, gather};

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

/// Where FHIR packages are published.
const PACKAGE_REGISTRY: &str = "https://packages.fhir.org/";

/// How long another terminology server may take, unless the settings say otherwise: somebody waits.
const TERMINOLOGY_REMOTE_TIMEOUT_MS: u64 = 3_000;

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
