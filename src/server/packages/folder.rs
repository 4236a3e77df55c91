//! How does a folder keep the files of packages?

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use fhir_profiles::packages::{LOCK, Shelf, Stamp};

/// The file that whoever changes the folder holds.
const HOLD_FILE: &str = ".hold";

/// A folder, made when something is first written.
pub(crate) struct Folder {
    place: PathBuf,
}

/// A folder that no other process changes while this is there.
pub(crate) struct Held {
    _file: File,
}

impl Folder {
    /// The folder at `place`.
    pub(crate) fn new(place: PathBuf) -> Self {
        Self { place }
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Keeps other processes from changing it, once none is at it.
    pub(crate) fn hold(&self) -> io::Result<Held> {
        self.make()?;
        let file = File::create(self.place.join(HOLD_FILE))?;
        // The system lets go of it with the process, however that ends.
        file.lock()?;
        Ok(Held { _file: file })
    }

    /// Copies every file into another folder; the lock file last, so that what it names is there.
    pub(crate) fn copy(&self, to: &Folder) -> io::Result<()> {
        let Some(entries) = present(fs::read_dir(&self.place))? else { return Ok(()) };
        let names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
        let mut names: Vec<_> = names.into_iter().filter_map(|name| name.into_string().ok()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort_by_key(|name| name == LOCK);
        for name in names {
            if let Some(bytes) = self.read(&name)? {
                to.write(&name, &bytes)?;
            }
        }
        Ok(())
    }

    fn make(&self) -> io::Result<()> {
        crate::wire::make_folder(&self.place).map_err(io::Error::other)
    }

    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let plain = Path::new(name).file_name().is_some_and(|last| last == name);
        if plain { Ok(self.place.join(name)) } else { Err(io::Error::other("not the name of a file")) }
    }
}

/// What is not there is no failure.
fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Shelf for Folder {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        present(fs::read(self.path(name)?))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.make()?;
        let path = self.path(name)?;
        let beside = self.place.join(format!(".{name}.{}", std::process::id()));
        let written = File::create(&beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        if let Err(error) = written.and_then(|()| fs::rename(&beside, &path)) {
            let _ = fs::remove_file(&beside);
            return Err(error);
        }
        // The new name is for good once the folder is.
        File::open(&self.place)?.sync_all()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        present(fs::remove_file(self.path(name)?)).map(|_| ())
    }

    fn stamp(&self, name: &str) -> io::Result<Option<Stamp>> {
        let Some(metadata) = present(fs::metadata(self.path(name)?))? else { return Ok(None) };
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Ok(Some(Stamp { modified, bytes: metadata.len() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_its_stamp_changes() {
        let place = tempfile::tempdir().expect("a folder for the test");
        let folder = Folder::new(place.path().join("packages"));
        assert_eq!(folder.read("a").expect("readable"), None);
        assert_eq!(folder.stamp("a").expect("readable"), None);
        folder.remove("a").expect("nothing to remove is no failure");
        folder.write("a", b"1").expect("writable");
        let before = folder.stamp("a").expect("readable");
        folder.write("a", b"22").expect("writable");
        assert_eq!(folder.read("a").expect("readable").as_deref(), Some(&b"22"[..]));
        assert_ne!(folder.stamp("a").expect("readable"), before);
        folder.remove("a").expect("removable");
        assert_eq!(folder.read("a").expect("readable"), None);
        assert_eq!(fs::read_dir(place.path().join("packages")).expect("readable").count(), 0);
    }

    #[test]
    fn all_files_are_copied_but_the_hidden_ones() {
        let place = tempfile::tempdir().expect("a folder for the test");
        let (from, to) = (Folder::new(place.path().join("from")), Folder::new(place.path().join("to")));
        from.copy(&to).expect("nothing to copy is no failure");
        let _held = from.hold().expect("nobody else holds it");
        for name in [LOCK, "a.layer"] {
            from.write(name, name.as_bytes()).expect("writable");
        }
        from.copy(&to).expect("copied");
        assert_eq!(to.read("a.layer").expect("readable").as_deref(), Some(&b"a.layer"[..]));
        assert_eq!(fs::read_dir(place.path().join("to")).expect("readable").count(), 2);
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let place = tempfile::tempdir().expect("a folder for the test");
        let folder = Folder::new(place.path().join("packages"));
        for name in ["../a", "/a", "a/b", "..", ""] {
            assert!(folder.write(name, b"1").is_err(), "{name}");
        }
    }
}
