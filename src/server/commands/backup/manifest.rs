//! What must a copy consist of?

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use model::value::object;
use model::{Value, json};
use sha2::{Digest, Sha256};
use store::BlobId;
use store::blobs::Stored;

use super::codes::CopiedCodes;

/// The manifest's name in the folder.
const FILE: &str = "manifest.json";

/// Raised when what a copy consists of changes.
const FORMAT: u64 = 1;

/// What a copy consists of.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) struct Manifest {
    /// Bytes of the database file.
    pub(super) bytes: u64,
    /// The SHA-256 of the database file.
    sha256: BlobId,
    /// Every blob.
    pub(in crate::commands) blobs: Vec<Stored>,
    /// Every loaded code system.
    pub(in crate::commands) codes: Vec<CopiedCodes>,
}

impl Manifest {
    /// The manifest of a database file, without any blobs yet.
    pub(super) fn of_database(file: &Path) -> Result<Self, String> {
        let (bytes, sha256) =
            digest(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        Ok(Self { bytes, sha256, blobs: Vec::new(), codes: Vec::new() })
    }

    /// Whether this is the database file that it was made of.
    pub(in crate::commands) fn describes(&self, file: &Path) -> Result<bool, String> {
        let found = Self::of_database(file)?;
        Ok((found.bytes, found.sha256) == (self.bytes, self.sha256))
    }

    /// Puts it into the folder, on stable storage.
    pub(super) fn write(&self, folder: &Path) -> Result<(), String> {
        let blob =
            |blob: &Stored| object([("sha256", blob.id.to_string().into()), ("bytes", blob.length.into())]);
        let database = [("bytes", self.bytes.into()), ("sha256", self.sha256.to_string().into())];
        let manifest = object([
            ("format", FORMAT.into()),
            ("database", object(database)),
            ("blobs", Value::Array(self.blobs.iter().map(blob).collect())),
            ("terminology", Value::Array(self.codes.iter().map(CopiedCodes::tree).collect())),
        ]);
        let path = folder.join(FILE);
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(&json::to_pretty(&manifest))?;
            file.sync_all()?;
            File::open(folder)?.sync_all()
        });
        written.map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Reads it back from a folder.
    pub(in crate::commands) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let text = std::fs::read(&path).map_err(|error| {
            format!("cannot read {}, so {} is not a whole copy: {error}", path.display(), folder.display())
        })?;
        let manifest = json::parse(&text).ok();
        let read = manifest.filter(|manifest| number(manifest, "format") == Some(FORMAT));
        let read = read.and_then(|manifest| Self::from_tree(&manifest));
        read.ok_or_else(|| format!("{} is not a manifest of format {FORMAT}", path.display()))
    }

    fn from_tree(manifest: &Value) -> Option<Self> {
        let database = manifest.get("database")?;
        let blob = |blob: &Value| Some(Stored { id: id(blob)?, length: number(blob, "bytes")? });
        let blobs = manifest.get("blobs")?.items().iter().map(blob).collect::<Option<_>>()?;
        // Copies of earlier versions have none.
        let codes = manifest.get("terminology").map_or(&[][..], Value::items);
        let codes = codes.iter().map(CopiedCodes::from_tree).collect::<Option<_>>()?;
        Some(Self { bytes: number(database, "bytes")?, sha256: id(database)?, blobs, codes })
    }
}

pub(super) fn id(value: &Value) -> Option<BlobId> {
    BlobId::parse(value.text("sha256")?)
}

pub(super) fn number(value: &Value, name: &str) -> Option<u64> {
    match value.get(name)? {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn digest(file: &Path) -> io::Result<(u64, BlobId)> {
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut File::open(file)?, &mut hash)?;
    Ok((bytes, BlobId(hash.finalize().into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("database");
        std::fs::write(&file, b"rows").expect("written");
        let mut manifest = Manifest::of_database(&file).expect("readable");
        manifest.blobs.push(Stored { id: BlobId([7; 32]), length: 5 });
        manifest.write(folder.path()).expect("written");
        assert_eq!(Manifest::read(folder.path()), Ok(manifest));
    }

    #[test]
    fn a_changed_database_is_not_the_one_described() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("database");
        std::fs::write(&file, b"rows").expect("written");
        let manifest = Manifest::of_database(&file).expect("readable");
        assert_eq!(manifest.describes(&file), Ok(true));
        std::fs::write(&file, b"rowz").expect("written");
        assert_eq!(manifest.describes(&file), Ok(false));
    }

    #[test]
    fn a_folder_without_a_manifest_is_no_copy() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        assert!(Manifest::read(folder.path()).is_err());
        std::fs::write(folder.path().join(FILE), b"{\"format\":2}").expect("written");
        assert!(Manifest::read(folder.path()).is_err());
    }
}
