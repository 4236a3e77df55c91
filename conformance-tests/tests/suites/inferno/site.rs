//! Which server is asked?
//!
//! One of its own for each suite, on SQLite in a folder that goes with it, with the packages that the suite is about.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use conformance_tests::wire::{self, Answer};
use tokio::runtime::Runtime;

/// A server that answers until this is dropped.
pub(crate) struct Site {
    runtime: Runtime,
    address: SocketAddr,
    running: Option<server::Running>,
    // Dropped after the server has stopped.
    _folder: tempfile::TempDir,
}

impl Site {
    /// Starts a server with these packages.
    pub(crate) fn open(packages: &[PathBuf]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        for package in packages {
            install(folder.path(), package)?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
        let settings = server::Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: folder.path().to_owned(),
            log_format: server::LogFormat::Off,
            ..server::Settings::default()
        };
        let running = runtime.block_on(server::start(settings))?;
        Ok(Self { runtime, address: running.address(), running: Some(running), _folder: folder })
    }

    /// Asks for a path below the FHIR base, with its leading slash, or for a whole URL of this server.
    pub(crate) fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, String> {
        let own = format!("http://{}", self.address);
        let path = target.strip_prefix(&own).map_or_else(|| format!("/fhir{target}"), str::to_owned);
        let mut sent = vec![("Host".to_owned(), self.address.to_string())];
        sent.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        sent.push(("Connection".to_owned(), "close".to_owned()));
        let request = wire::write_request(&format!("{method} {path}"), &sent, body, false);
        self.runtime.block_on(wire::ask(self.address, &request))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

/// Adds a package to a data folder, as an operator does.
fn install(data: &Path, package: &Path) -> Result<(), String> {
    // Nothing is fetched: what the package needs beyond R4 goes without.
    let words =
        ["brigid", "package", "add", "--without-dependencies", "--package-registry=", "--log-format=off"];
    let words = words.into_iter().map(OsString::from);
    let arguments = words.chain(["--data".into(), data.into(), package.into()]).collect();
    let code = server::run(arguments);
    // Exit codes can be shown and not compared.
    let succeeded = format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS);
    succeeded.then_some(()).ok_or_else(|| format!("cannot install {}", package.display()))
}
