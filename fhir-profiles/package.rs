//! What does a published package hold?
//!
//! A FHIR package is a gzipped tar of JSON files in the folder `package`:
//! <https://hl7.org/fhir/R4/packages.html>.

use std::fmt;
use std::io::{self, Read};

use flate2::read::GzDecoder;
use model::{Value, json};
use sha2::{Digest, Sha256};

/// Bytes of one file in a package; the largest published one has 6 MB.
pub const FILE_BYTES_MAX: u64 = 64 << 20;

/// Bytes of all files together, so that a small archive cannot unpack to a full disk's worth.
pub const PACKAGE_BYTES_MAX: u64 = 4 << 30;

/// Why a package cannot be read.
#[derive(Debug)]
pub enum PackageError {
    /// The archive is broken.
    Archive(io::Error),
    /// The archive, or a file in it, is larger than the limit.
    TooLarge(String),
    /// A file is not the JSON that its name promises.
    Json(String, model::Syntax),
}

impl fmt::Display for PackageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackageError::Archive(_) => out.write_str("reading the package's archive failed"),
            PackageError::TooLarge(file) => write!(out, "unpacking `{file}` exceeds the limit of bytes"),
            PackageError::Json(file, wrong) => {
                write!(out, "`{file}` is not JSON at line {}: {}", wrong.line, wrong.message)
            }
        }
    }
}

impl std::error::Error for PackageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PackageError::Archive(source) => Some(source),
            PackageError::TooLarge(_) | PackageError::Json(..) => None,
        }
    }
}

impl From<io::Error> for PackageError {
    fn from(error: io::Error) -> Self {
        PackageError::Archive(error)
    }
}

/// Gives every file directly in the folder `package` to `take`: its name and its bytes.
pub fn for_each_file(
    archive: impl Read,
    mut take: impl FnMut(&str, &[u8]) -> Result<(), PackageError>,
) -> Result<(), PackageError> {
    let mut archive = tar::Archive::new(archive.take(PACKAGE_BYTES_MAX));
    let mut bytes = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let Some(name) = path.strip_prefix("package/").filter(|name| !name.contains('/')) else {
            continue;
        };
        if entry.size() > FILE_BYTES_MAX {
            return Err(PackageError::TooLarge(name.to_owned()));
        }
        bytes.clear();
        entry.read_to_end(&mut bytes)?;
        take(name, &bytes)?;
    }
    Ok(())
}

/// Gives every JSON file whose name begins with `prefix` to `take`: its name and its tree.
pub fn for_each_resource(
    package: &[u8],
    prefix: &str,
    mut take: impl FnMut(&str, Value),
) -> Result<(), PackageError> {
    for_each_file(GzDecoder::new(package), |name, bytes| {
        if !name.starts_with(prefix) || !name.ends_with(".json") {
            return Ok(());
        }
        let tree = json::parse(bytes).map_err(|wrong| PackageError::Json(name.to_owned(), wrong))?;
        take(name, tree);
        Ok(())
    })
}

/// The SHA-256 of `bytes` in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
