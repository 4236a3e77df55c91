//! How do loaded code systems travel with a copy?
//!
//! Each is one file that is whole under its name. It is hashed while it is copied, and held against the manifest when it
//! comes back, so that a code system that changed on the way is not restored.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use model::Value;
use model::value::object;
use sha2::{Digest, Sha256};
use store::BlobId;

use super::manifest::{id, number};
use crate::terminology;
use crate::wire;

/// Bytes that are copied at once.
const BUFFER_BYTES: usize = 1 << 18;

/// The file of a code system, as a manifest names it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) struct CopiedCodes {
    name: String,
    bytes: u64,
    sha256: BlobId,
}

/// Copies every loaded code system of a data folder into another, or into a copy.
pub(super) fn copy(from: &Path, to: &Path) -> Result<Vec<CopiedCodes>, String> {
    let failed =
        |error: io::Error| format!("the copy in {} is not whole: code systems: {error}", to.display());
    let files = terminology::files_in(from).map_err(failed)?;
    let mut copied = Vec::with_capacity(files.len());
    for file in files {
        match copy_one(&file.name, from, to) {
            Ok(file) => copied.push(file),
            // It was removed since.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(copied)
}

/// Copies the code systems of a copy into a data folder; refused where one is not as the manifest says.
pub(in crate::commands) fn restore(codes: &[CopiedCodes], from: &Path, data: &Path) -> Result<(), String> {
    for file in codes {
        let failed = |error: io::Error| format!("cannot restore the code system {}: {error}", file.name);
        if copy_one(&file.name, from, data).map_err(failed)? != *file {
            return Err(format!("the code system {} in {} is damaged", file.name, from.display()));
        }
    }
    Ok(())
}

fn copy_one(name: &str, from: &Path, to: &Path) -> io::Result<CopiedCodes> {
    let mut source = File::open(terminology::folder_in(from).join(name))?;
    let folder = terminology::folder_in(to);
    wire::make_folder(&folder).map_err(io::Error::other)?;
    let mut target = File::create(folder.join(name))?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        target.write_all(&buffer[..count])?;
        bytes += count as u64;
    }
    target.sync_all()?;
    File::open(&folder)?.sync_all()?;
    let sha256 = BlobId(hash.finalize().into());
    Ok(CopiedCodes { name: name.to_owned(), bytes, sha256 })
}

impl CopiedCodes {
    /// As a manifest tells of it.
    pub(super) fn tree(&self) -> Value {
        let sha256 = self.sha256.to_string();
        object([("name", self.name.as_str().into()), ("bytes", self.bytes.into()), ("sha256", sha256.into())])
    }

    /// Undoes [`tree`](Self::tree); none for a name that leads elsewhere.
    pub(super) fn from_tree(tree: &Value) -> Option<Self> {
        let name = tree.text("name").filter(|name| terminology::is_file_name(name))?;
        Some(Self { name: name.to_owned(), bytes: number(tree, "bytes")?, sha256: id(tree)? })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use model::Object;

    use super::*;

    #[test]
    fn code_systems_come_back_as_they_were_or_not_at_all() {
        let folders = tempfile::tempdir().expect("a folder for the test");
        let [data, copied, again] = ["data", "copy", "again"].map(|name| folders.path().join(name));
        assert_eq!(copy(&data, &copied), Ok(Vec::new()));
        let own = terminology::folder_in(&data);
        fs::create_dir_all(&own).expect("made");
        for name in ["a.codes", ".b.codes.part", "notes"] {
            fs::write(own.join(name), name).expect("written");
        }
        let codes = copy(&data, &copied).expect("copied");
        let told: Vec<_> = codes.iter().map(|file| (file.name.as_str(), file.bytes)).collect();
        assert_eq!(told, [("a.codes", 7)]);
        let read: Option<Vec<_>> = codes.iter().map(|file| CopiedCodes::from_tree(&file.tree())).collect();
        assert_eq!(read.as_ref(), Some(&codes));

        assert_eq!(restore(&codes, &copied, &again), Ok(()));
        let restored = fs::read(terminology::folder_in(&again).join("a.codes"));
        assert_eq!(restored.expect("readable"), b"a.codes");
        fs::write(terminology::folder_in(&copied).join("a.codes"), "b.codes").expect("written");
        assert!(restore(&codes, &copied, &again).is_err_and(|why| why.ends_with("is damaged")));
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_in_no_manifest() {
        for name in ["../a.codes", "/a.codes", ".codes", "a", ""] {
            let mut tree = Object::new();
            tree.set("name", name);
            tree.set("bytes", 1_u64);
            tree.set("sha256", BlobId([1; 32]).to_string());
            assert_eq!(CopiedCodes::from_tree(&tree.into()), None, "{name}");
        }
    }
}
