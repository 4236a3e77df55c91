//! Where are the code systems that were loaded from releases?
//!
//! In a folder of the data folder, one file for each version of a system; with PostgreSQL, too, so that each of several
//! servers has its own. A command adds and removes them while a server runs: the server looks at the folder each second
//! and takes the new ones for the requests that come after. A file gets its name only once it is whole.

mod remote;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use fhir_profiles::packages::Stamp;
use model::Instant;
use sha2::{Digest, Sha256};
use terminology::code_system::stored::{self, Head};
use terminology::{CodeSystem, Kept, Loaded};

use crate::clock;
use crate::config::Settings;
use crate::packages::{Folder, Held};

/// The folder of loaded code systems in the data folder.
const FOLDER: &str = "terminology";

/// What their names end with.
const ENDING: &str = ".codes";

/// What the names of files end with that are not whole yet.
const PART_ENDING: &str = ".part";

/// Characters of a name that are taken from a system and its version; the hash behind them tells names apart.
const NAME_LENGTH_MAX: usize = 80;

/// A file of the folder.
pub(crate) struct CodesFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its name, without the folder.
    pub(crate) name: String,
    /// What changes whenever it is replaced.
    pub(crate) stamp: Stamp,
}

/// The files of the folder, by name and stamp.
pub(crate) type Stamps = Vec<(String, Stamp)>;

/// What changes whenever code systems are added or removed.
pub(crate) fn stamps(settings: &Settings) -> Stamps {
    // A folder that cannot be read says so where it is opened.
    let files = files(settings).unwrap_or_default();
    files.into_iter().map(|file| (file.name, file.stamp)).collect()
}

/// Every file of the folder, in the order of their names.
pub(crate) fn files(settings: &Settings) -> io::Result<Vec<CodesFile>> {
    files_in(&settings.data)
}

/// Every file of the folder in a data folder, or in a copy of one.
pub(crate) fn files_in(data: &Path) -> io::Result<Vec<CodesFile>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder_in(data)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_file_name(&name) {
            let metadata = entry.metadata()?;
            let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            let stamp = Stamp { modified, bytes: metadata.len() };
            found.push(CodesFile { path: entry.path(), name, stamp });
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}

/// Opens every file; those that were open before and are as they were are shared.
///
/// A file that cannot be used is left out, and the log says so: everything else is served.
pub(crate) fn open(settings: &Settings, before: Option<&Loaded>) -> Arc<Loaded> {
    let files = files(settings).unwrap_or_else(|error| {
        tracing::error!(error = %error, "the folder of loaded code systems cannot be read");
        Vec::new()
    });
    let kept = files.iter().filter_map(|file| {
        let mark = format!("{} {} {}", file.name, file.stamp.modified, file.stamp.bytes);
        if let Some(table) = before.and_then(|before| before.marked(&mark)) {
            return Some(Kept { mark, table });
        }
        let began_at = clock::mark();
        match file.read() {
            Ok(table) => {
                let duration_ms = began_at.elapsed().as_millis();
                let (url, version) = (&*table.about.url, &*table.about.version);
                tracing::info!(
                    url,
                    version,
                    concepts = table.len(),
                    duration_ms,
                    "a loaded code system is open"
                );
                Some(Kept { mark, table: Arc::new(table) })
            }
            Err(error) => {
                tracing::error!(file = %file.path.display(), error, "a loaded code system cannot be used");
                None
            }
        }
    });
    // One for good: what it remembers is of use to the rules that come after.
    let remote = match before {
        Some(before) => before.remote().cloned(),
        None => remote::of(settings),
    };
    Arc::new(Loaded::new(kept.collect()).with_remote(remote))
}

/// Keeps other commands from changing the folder until it is dropped; what a load that was cut off left is removed.
pub(crate) fn hold(settings: &Settings) -> Result<Held, String> {
    let place = place(settings);
    let failed = |error: io::Error| format!("cannot use the folder {}: {error}", place.display());
    let held = Folder::new(place.clone()).hold().map_err(failed)?;
    for entry in fs::read_dir(&place).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.to_string_lossy().ends_with(PART_ENDING) {
            fs::remove_file(path).map_err(failed)?;
        }
    }
    Ok(held)
}

/// Writes a table into the folder; one of the same system and version is replaced. Tells how many bytes it takes.
pub(crate) fn save(settings: &Settings, table: &CodeSystem) -> Result<(PathBuf, u64), String> {
    let (folder, name) = (place(settings), file_name(table));
    let path = folder.join(&name);
    let part = folder.join(format!(".{name}{PART_ENDING}"));
    let failed = |error: io::Error| format!("cannot write {}: {error}", path.display());
    let write = || -> Result<u64, String> {
        let mut out = BufWriter::new(File::create(&part).map_err(failed)?);
        stored::write(table, &mut out)?;
        out.flush().map_err(failed)?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        fs::rename(&part, &path).map_err(failed)?;
        // The new name is for good once the folder is.
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(file.metadata().map_err(failed)?.len())
    };
    let written = write();
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    Ok((path.clone(), written?))
}

impl CodesFile {
    /// When it was loaded.
    pub(crate) fn loaded_at(&self) -> Instant {
        let micros = i64::try_from(self.stamp.modified / 1_000).unwrap_or(i64::MAX);
        Instant(micros)
    }

    /// What it says of its code system.
    pub(crate) fn head(&self) -> Result<Head, String> {
        let mut file = BufReader::new(self.open()?);
        stored::head(&mut file, self.stamp.bytes)
    }

    fn read(&self) -> Result<CodeSystem, String> {
        stored::read(&mut self.open()?, self.stamp.bytes)
    }

    fn open(&self) -> Result<File, String> {
        File::open(&self.path).map_err(|error| format!("cannot open {}: {error}", self.path.display()))
    }
}

/// Whether a file of the folder may be called so.
pub(crate) fn is_file_name(name: &str) -> bool {
    let is_plain = Path::new(name).file_name().is_some_and(|last| last == name);
    is_plain && name.ends_with(ENDING) && !name.starts_with('.')
}

/// The folder in a data folder.
pub(crate) fn folder_in(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

fn place(settings: &Settings) -> PathBuf {
    folder_in(&settings.data)
}

/// A name for people and for good: what the system and its version are called, and a hash of both.
fn file_name(table: &CodeSystem) -> String {
    let about = &table.about;
    let name = if about.name.is_empty() { &about.url } else { &about.name };
    let plain = |text: &str| {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.');
        words
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .collect::<Vec<_>>()
            .join("-")
            .to_lowercase()
    };
    let version = about.version.trim_start_matches(&*about.url);
    let told: String = plain(&format!("{name} {version}")).chars().take(NAME_LENGTH_MAX).collect();
    let hash = Sha256::digest(format!("{}|{}", about.url, about.version));
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{told}-{hash}{ENDING}")
}

#[cfg(test)]
mod tests {
    use terminology::code_system::{About, Builder};

    use super::*;

    fn table(name: &str, version: &str) -> CodeSystem {
        let url = "http://snomed.info/sct".into();
        let about = About { url, name: name.into(), version: version.into(), ..About::default() };
        let mut builder = Builder::new(about);
        builder.add("a", Some("A")).expect("within the limits");
        builder.finish()
    }

    #[test]
    fn a_file_is_called_as_its_system_is() {
        let check = |name: &str, version: &str, expected: &str| {
            let found = file_name(&table(name, version));
            assert!(found.starts_with(expected) && found.ends_with(ENDING), "{found}");
        };
        check("SNOMED CT", "http://snomed.info/sct/11/version/2024", "snomed-ct-11-version-2024-");
        check("", "../../x", "http-snomed.info-sct-x-");
        assert_ne!(file_name(&table("a", "1 2")), file_name(&table("a", "1-2")));
        assert!(file_name(&table(&"x".repeat(1000), "1")).len() < 120);
    }

    #[test]
    fn what_is_saved_is_opened_once_and_what_is_damaged_is_left_out() {
        let data = tempfile::tempdir().expect("a folder for the test");
        let settings = Settings { data: data.path().to_owned(), ..Settings::default() };
        assert_eq!(open(&settings, None).tables().count(), 0);
        let held = hold(&settings).expect("nobody else holds it");
        save(&settings, &table("one", "1")).expect("writable");
        let (path, bytes) = save(&settings, &table("two", "2")).expect("writable");
        fs::write(place(&settings).join(".x.codes.part"), b"half").expect("writable");
        drop(held);

        let first = open(&settings, None);
        let second = open(&settings, Some(&first));
        let pairs: Vec<_> = first.tables().zip(second.tables()).collect();
        assert!(pairs.len() == 2 && pairs.iter().all(|(one, other)| Arc::ptr_eq(one, other)));

        fs::write(&path, vec![0; usize::try_from(bytes).expect("it is small")]).expect("writable");
        assert_eq!(open(&settings, Some(&second)).tables().count(), 1);
        let _held = hold(&settings).expect("nobody else holds it");
        assert_eq!(fs::read_dir(place(&settings)).expect("readable").count(), 3, "two files and the hold");
    }
}
