//! How is a package fetched from a registry?
//!
//! As npm does: the document of a name lists its versions, each with the address of its archive. FHIR's own registry
//! speaks the same language: <https://confluence.hl7.org/display/FHIR/NPM+Package+Specification>.

use std::time::Duration;

use fhir_profiles::packages::{Fetch, FetchError};
use http::Uri;
use model::{Value, json};

/// Bytes of the list of a package's versions.
const LIST_BYTES_MAX: u64 = 16 << 20;

/// Bytes of an archive; what it may inflate to is bounded where it is read.
const ARCHIVE_BYTES_MAX: u64 = 256 << 20;

/// How long a whole answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// How long the registry may take to be reached at all; without a network, people wait for this.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// A registry on the web.
pub(crate) struct WebRegistry {
    base: String,
    agent: ureq::Agent,
}

impl WebRegistry {
    /// The registry at `base`.
    pub(crate) fn new(base: &Uri) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT_WITHIN))
            .timeout_global(Some(ANSWER_WITHIN))
            .build();
        Self { base: base.to_string().trim_end_matches('/').to_owned(), agent: config.into() }
    }

    fn get(&self, url: &str, bytes_max: u64) -> Result<Vec<u8>, FetchError> {
        let failed = |error: ureq::Error| match error {
            ureq::Error::StatusCode(404) => FetchError::Unknown,
            other => FetchError::Failed(format!("{url}: {other}")),
        };
        let mut answer = self.agent.get(url).call().map_err(failed)?;
        answer.body_mut().with_config().limit(bytes_max).read_to_vec().map_err(failed)
    }

    /// The object of versions: from each, where its archive is.
    fn list(&self, name: &str) -> Result<Value, FetchError> {
        let url = format!("{}/{name}", self.base);
        let list = json::parse(&self.get(&url, LIST_BYTES_MAX)?);
        let list = list.map_err(|wrong| FetchError::Failed(format!("{url}: {}", wrong.message)))?;
        let versions = list.get("versions").cloned();
        versions.ok_or_else(|| FetchError::Failed(format!("{url} lists no versions")))
    }
}

impl Fetch for WebRegistry {
    fn versions(&self, name: &str) -> Result<Vec<String>, FetchError> {
        let versions = self.list(name)?;
        let versions = versions.as_object().into_iter().flat_map(|versions| versions.iter());
        Ok(versions.map(|(version, _)| version.to_owned()).collect())
    }

    fn fetch(&self, name: &str, version: &str) -> Result<Vec<u8>, FetchError> {
        let versions = self.list(name)?;
        let known = versions.get(version).ok_or(FetchError::Unknown)?;
        let archive = known.get("dist").and_then(|dist| dist.text("tarball"));
        // FHIR's registry serves the archive under the version, whether it says so or not.
        let url = archive.map_or_else(|| format!("{}/{name}/{version}", self.base), str::to_owned);
        self.get(&url, ARCHIVE_BYTES_MAX)
    }
}
