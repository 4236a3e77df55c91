//! What does a published package hold?
//!
//! A FHIR package is a gzipped tar of JSON files in the folder `package`, with a manifest as npm has it:
//! <https://hl7.org/fhir/R4/packages.html>. Examples stand in a folder of their own and are not read.

mod archive;
mod manifest;

use std::fmt;
use std::io::{self, Read};

use flate2::read::GzDecoder;
use model::{Code, Issue, Value, json};
use sha2::{Digest, Sha256};

pub(crate) use manifest::check_word;
pub use manifest::{Dependency, Manifest};

use crate::limits::{ARCHIVE_BYTES_MAX, RATIO_FREE_BYTES, RATIO_MAX};
use archive::Bounded;

/// Why a package cannot be read.
#[derive(Debug)]
pub enum PackageError {
    /// The archive is broken.
    Archive(io::Error),
    /// The archive, or a file in it, is larger than the limit.
    TooLarge(String),
    /// A file is not the JSON that its name promises.
    Json(String, model::Syntax),
    /// An entry is such as no package may hold.
    Refused {
        /// The entry's name.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The manifest lacks something, or says what cannot be.
    Manifest(String),
}

impl PackageError {
    pub(crate) fn refused(entry: &str, reason: &'static str) -> Self {
        PackageError::Refused { entry: entry.escape_debug().to_string(), reason }
    }

    /// The complaint as clients see it.
    pub fn issue(&self) -> Issue {
        Issue::error(Code::InvalidPackage, self.to_string())
    }
}

impl fmt::Display for PackageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackageError::Archive(_) => out.write_str("reading the package's archive failed"),
            PackageError::TooLarge(file) => write!(out, "unpacking `{file}` exceeds the limit of bytes"),
            PackageError::Json(file, wrong) => {
                write!(out, "`{file}` is not JSON at line {}: {}", wrong.line, wrong.message)
            }
            PackageError::Refused { entry, reason } => {
                write!(out, "the archive is refused, since its entry `{entry}` {reason}")
            }
            PackageError::Manifest(wrong) => write!(out, "the package's manifest is unusable: {wrong}"),
        }
    }
}

impl std::error::Error for PackageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PackageError::Archive(source) => Some(source),
            _ => None,
        }
    }
}

impl From<io::Error> for PackageError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::FileTooLarge => PackageError::TooLarge("package".to_owned()),
            _ => PackageError::Archive(error),
        }
    }
}

/// A package as read: what it says of itself, and the resources in it.
pub struct Package {
    /// What it says of itself.
    pub manifest: Manifest,
    /// What was kept of the resources directly in the folder `package`, in the order of the archive.
    pub resources: Vec<Value>,
}

/// Reads the manifest and those resources, whole, whose type `wanted` accepts.
pub fn read(package: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Package, PackageError> {
    read_part(package, |resource| resource.text("resourceType").is_some_and(&wanted).then_some(resource))
}

/// Reads the manifest and what `keep` makes of each resource, so that never all of them are held whole.
pub fn read_part(package: &[u8], keep: impl Fn(Value) -> Option<Value>) -> Result<Package, PackageError> {
    let mut manifest = None;
    let mut resources = Vec::new();
    for_each_file(unpacked(package)?, |name, bytes| {
        // `.index.json` and its kind list what is there anyway.
        if !name.ends_with(".json") || name.starts_with('.') {
            return Ok(());
        }
        let tree = parse(name, bytes)?;
        if name == "package.json" {
            manifest = Some(Manifest::read(&tree)?);
        } else if tree.text("resourceType").is_some() {
            resources.extend(keep(tree));
        }
        Ok(())
    })?;
    let manifest =
        manifest.ok_or_else(|| PackageError::Manifest("there is no `package/package.json`".into()))?;
    Ok(Package { manifest, resources })
}

/// Gives every file directly in the folder `package` to `take`: its name and its bytes.
pub fn for_each_file(
    archive: impl Read,
    mut take: impl FnMut(&str, &[u8]) -> Result<(), PackageError>,
) -> Result<(), PackageError> {
    archive::walk(archive, |path, bytes| match path.strip_prefix("package/") {
        Some(name) if !name.contains('/') => take(name, bytes),
        _ => Ok(()),
    })
}

/// Gives every JSON file whose name begins with `prefix` to `take`: its name and its tree.
pub fn for_each_resource(
    package: &[u8],
    prefix: &str,
    mut take: impl FnMut(&str, Value),
) -> Result<(), PackageError> {
    for_each_file(unpacked(package)?, |name, bytes| {
        if name.starts_with(prefix) && name.ends_with(".json") {
            take(name, parse(name, bytes)?);
        }
        Ok(())
    })
}

/// The SHA-256 of `bytes` in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The tar inside, which fails when it proves to be a bomb.
fn unpacked(package: &[u8]) -> Result<impl Read, PackageError> {
    if package.len() > ARCHIVE_BYTES_MAX {
        return Err(PackageError::TooLarge("package".to_owned()));
    }
    let bytes_max = RATIO_FREE_BYTES + RATIO_MAX * package.len() as u64;
    Ok(Bounded::new(GzDecoder::new(package), bytes_max))
}

fn parse(name: &str, bytes: &[u8]) -> Result<Value, PackageError> {
    json::parse(bytes).map_err(|wrong| PackageError::Json(name.to_owned(), wrong))
}

#[cfg(test)]
pub(crate) mod tests;
