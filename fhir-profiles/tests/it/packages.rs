//! Can published packages be installed, and do their definitions then count?

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use fhir_profiles::packages::{Offline, Shelf, Stamp, Unavailable};
use fhir_profiles::{Packages, Registry};

use crate::suite;

/// In an order in which each finds what it needs, as far as that is among them.
const PUBLISHED: &[&str] = &[
    "hl7.terminology.r4-7.0.1",
    "hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1",
    "hl7.fhir.us.core-3.1.1",
    "hl7.fhir.us.core-6.1.0",
    "hl7.fhir.uv.ips-1.1.0",
    "hl7.fhir.uv.ips-2.0.0",
];

/// A folder, as the server has one.
struct Folder(PathBuf);

impl Folder {
    /// An empty folder of this name, below where Cargo lets tests write.
    fn empty(name: &str) -> Folder {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        Folder(folder)
    }
}

fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Shelf for Folder {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        unless_missing(std::fs::read(self.0.join(name)))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = self.0.join(format!("{name}.new"));
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(beside, self.0.join(name))?;
        std::fs::File::open(&self.0)?.sync_all()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        unless_missing(std::fs::remove_file(self.0.join(name))).map(|_| ())
    }

    fn stamp(&self, name: &str) -> io::Result<Option<Stamp>> {
        let Some(metadata) = unless_missing(std::fs::metadata(self.0.join(name)))? else {
            return Ok(None);
        };
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        Ok(Some(Stamp { modified, bytes: metadata.len() }))
    }
}

/// The version of the definition that a canonical names.
fn version(registry: &Registry, canonical: &str) -> String {
    registry.find(canonical).map_or_else(|| "none".to_owned(), |entry| entry.version.to_string())
}

#[test]
fn published_packages_are_installed_and_their_definitions_found() {
    let folder = Arc::new(Folder::empty("published-packages"));
    let mut packages = Packages::open(Arc::clone(&folder) as Arc<dyn Shelf>).expect("an empty folder opens");
    for name in PUBLISHED {
        let Some(archive) = suite(&format!("packages/{name}.tgz")) else {
            return;
        };
        let added = packages.add(&archive, &Offline, Unavailable::PassOver);
        let added = added.unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {}", added.warnings.join("; "));
    }
    let again = Packages::open(folder).expect("the lock is readable");
    assert_eq!(again.list().len(), PUBLISHED.len());
    assert_eq!(again.stamp().expect("the lock is there"), packages.stamp().expect("the lock is there"));
    let registry = again.registry().expect("the layers are whole");
    let patient = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
    let clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    let cases = [
        (patient.to_owned(), "6.1.0"),
        (format!("{patient}|3.1.1"), "3.1.1"),
        (format!("{patient}|3"), "3.1.1"),
        (format!("{patient}|4.0.0"), "none"),
        ("http://hl7.org/fhir/StructureDefinition/Patient".to_owned(), "4.0.1"),
        ("http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips".to_owned(), "2.0.0"),
        ("http://hl7.org/fhir/StructureDefinition/patient-birthPlace".to_owned(), "5.3.0-ballot-tc1"),
        (clinical.to_owned(), "3.0.0"),
    ];
    for (canonical, expected) in cases {
        assert_eq!(version(&registry, &canonical), expected, "{canonical}");
    }
    for layer in registry.layers() {
        for entry in layer.entries() {
            assert_eq!(entry.resource().text("id"), Some(&*entry.id), "{} in {}", entry.url, layer.label);
        }
    }
}
