//! Are packages added with what they need, and all or nothing?

use std::collections::BTreeMap;

use super::*;
use crate::package::tests::package as archive;

/// A package whose only definition is a value set, named after it and of its version.
fn package_of(label: &str, dependencies: &str) -> Vec<u8> {
    package_for(label, dependencies, r#""4.0.1""#)
}

fn package_for(label: &str, dependencies: &str, fhir_versions: &str) -> Vec<u8> {
    let (name, version) = label.split_once('#').expect("a name and a version");
    let manifest = format!(
        r#"{{"name":"{name}","version":"{version}","canonical":"http://example.org/{name}","fhirVersions":[{fhir_versions}],"dependencies":{{{dependencies}}}}}"#
    );
    let set = format!(
        r#"{{"resourceType":"ValueSet","id":"{name}","url":"http://example.org/{name}","version":"{version}","description":"prose"}}"#
    );
    archive(&[("package/package.json", &manifest), ("package/ValueSet.json", &set)])
}

/// Packages that can be fetched, by name and version.
#[derive(Default)]
struct Source(BTreeMap<(String, String), Vec<u8>>);

impl Source {
    fn of(packages: &[(&str, &str)]) -> Source {
        let mut source = Source::default();
        for (label, dependencies) in packages {
            source.put(label, package_of(label, dependencies));
        }
        source
    }

    fn put(&mut self, label: &str, archive: Vec<u8>) {
        let (name, version) = label.split_once('#').expect("a name and a version");
        self.0.insert((name.to_owned(), version.to_owned()), archive);
    }
}

impl Fetch for Source {
    fn versions(&self, name: &str) -> Result<Vec<String>, FetchError> {
        Ok(self.0.keys().filter(|(known, _)| known == name).map(|(_, version)| version.clone()).collect())
    }

    fn fetch(&self, name: &str, version: &str) -> Result<Vec<u8>, FetchError> {
        if name == "broken" {
            return Err(FetchError::Failed("no route".into()));
        }
        self.0.get(&(name.to_owned(), version.to_owned())).cloned().ok_or(FetchError::Unknown)
    }
}

fn empty() -> (Arc<MemoryShelf>, Packages) {
    let shelf = Arc::new(MemoryShelf::default());
    let packages = Packages::open(Arc::clone(&shelf) as Arc<dyn Shelf>).expect("an empty shelf opens");
    (shelf, packages)
}

fn labels(packages: &Packages) -> String {
    packages.list().iter().map(Installed::label).collect::<Vec<_>>().join(" ")
}

/// Adds a package to an empty shelf: what is installed then, and the warnings; or the complaint.
fn check(archive: &[u8], source: &Source, unavailable: Unavailable, expected: &str) {
    let (shelf, mut packages) = empty();
    let found = match packages.add(archive, source, unavailable) {
        Ok(added) => {
            let again = Packages::open(Arc::clone(&shelf) as Arc<dyn Shelf>).expect("the lock is readable");
            assert_eq!(again.list(), packages.list(), "the lock says what is installed");
            std::iter::once(labels(&packages)).chain(added.warnings).collect::<Vec<_>>().join("; ")
        }
        Err(error) => {
            assert_eq!(error.issue().code, model::Code::InvalidPackage);
            assert!(shelf.names().is_empty(), "nothing is installed when adding fails");
            error.to_string()
        }
    };
    assert_eq!(found, expected);
}

#[test]
fn a_package_brings_its_definitions_without_their_prose() {
    let (shelf, mut packages) = empty();
    packages.add(&package_of("a#1.0.0", ""), &Offline, Unavailable::Refuse).expect("the package is sound");
    assert_eq!(shelf.names(), ["a#1.0.0.layer", LOCK]);
    let registry = packages.registry().expect("the layer is whole");
    let set = registry.resolve("http://example.org/a|1.0.0").expect("the value set is there");
    assert_eq!((set.text("id"), set.text("description")), (Some("a"), None));
    assert!(registry.resolve("http://hl7.org/fhir/StructureDefinition/Patient").is_some());
}

#[test]
fn what_a_package_needs_comes_before_it() {
    let source =
        Source::of(&[("b#1.0.0", r#""c":"1.x""#), ("c#1.0.0", ""), ("c#1.2.0", ""), ("c#2.0.0", "")]);
    let needs_b = package_of("a#1.0.0", r#""hl7.fhir.r4.core":"4.0.1","b":"1.0.0""#);
    check(&needs_b, &source, Unavailable::Refuse, "c#1.2.0 b#1.0.0 a#1.0.0");
}

#[test]
fn what_is_installed_is_not_fetched() {
    let (_, mut packages) = empty();
    packages.add(&package_of("b#1.0.3", ""), &Offline, Unavailable::Refuse).expect("the package is sound");
    let added = packages.add(&package_of("a#1.0.0", r#""b":"1.0.x""#), &Offline, Unavailable::Refuse);
    assert_eq!(added.expect("b is there").packages.len(), 1);
    assert_eq!(labels(&packages), "b#1.0.3 a#1.0.0");
    assert!(packages.list()[1].needs("b", "1.0.3"));
}

#[test]
fn a_package_that_is_not_to_be_had_is_refused_or_passed_over() {
    let needs_b = package_of("a#1.0.0", r#""b":"1.0.0""#);
    let refused = "there is no package `b#1.0.0`, which `a#1.0.0` needs";
    check(&needs_b, &Source::default(), Unavailable::Refuse, refused);
    let warned = format!("a#1.0.0; {refused}; what refers to it cannot be checked");
    check(&needs_b, &Source::default(), Unavailable::PassOver, &warned);
    let pattern = package_of("a#1.0.0", r#""b":"3.x""#);
    let refused = "there is no package `b#3.x`, which `a#1.0.0` needs";
    check(&pattern, &Source::of(&[("b#1.0.0", "")]), Unavailable::Refuse, refused);
}

#[test]
fn a_failed_fetch_is_never_passed_over() {
    let needs_broken = package_of("a#1.0.0", r#""broken":"1.0.0""#);
    check(
        &needs_broken,
        &Source::default(),
        Unavailable::PassOver,
        "fetching `broken#1.0.0` failed: no route",
    );
}

#[test]
fn what_was_passed_over_is_taken_up_when_it_comes() {
    let (_, mut packages) = empty();
    let needs_b = package_of("a#1.0.0", r#""b":"1.0.0""#);
    packages.add(&needs_b, &Offline, Unavailable::PassOver).expect("the package is sound");
    packages.add(&package_of("b#1.0.0", ""), &Offline, Unavailable::Refuse).expect("the package is sound");
    assert_eq!(labels(&packages), "b#1.0.0 a#1.0.0");
    assert!(packages.remove("b", "1.0.0").is_err(), "a needs it now");
}

#[test]
fn circles_and_chains_come_to_an_end() {
    let circle = Source::of(&[("b#1.0.0", r#""a":"1.0.0""#)]);
    check(&package_of("a#1.0.0", r#""b":"1.0.0""#), &circle, Unavailable::Refuse, "a#1.0.0 b#1.0.0");
    check(&package_of("a#1.0.0", r#""a":"1.0.0""#), &circle, Unavailable::Refuse, "a#1.0.0");
    let mut chain = Source::default();
    for number in 0..40 {
        let label = format!("p#{number}");
        chain.put(&label, package_of(&label, &format!(r#""p":"{}""#, number + 1)));
    }
    let expected = "`p#33` is needed at the end of a chain of more than 32 packages";
    check(&package_of("p#0", r#""p":"1""#), &chain, Unavailable::Refuse, expected);
}

#[test]
fn other_versions_of_fhir_are_refused_and_their_core_is_passed_over() {
    let r5 = package_for("a#1.0.0", "", r#""5.0.0""#);
    check(
        &r5,
        &Source::default(),
        Unavailable::Refuse,
        "`a#1.0.0` is for FHIR 5.0.0, where 4.0.1 is expected",
    );
    let both = package_for("a#1.0.0", r#""hl7.fhir.r5.core":"5.0.0""#, r#""5.0.0","4.0.1""#);
    let expected = "a#1.0.0; `hl7.fhir.r5.core`, which `a#1.0.0` needs, is for another version of FHIR and is passed over";
    check(&both, &Source::default(), Unavailable::Refuse, expected);
    let silent = package_for("a#1.0.0", "", "");
    let expected = "a#1.0.0; `a#1.0.0` does not say which version of FHIR it is for; 4.0.1 is assumed";
    check(&silent, &Source::default(), Unavailable::Refuse, expected);
}

#[test]
fn r4_itself_is_built_in() {
    let core = package_of("hl7.fhir.r4.core#4.0.1", "");
    let expected = "`hl7.fhir.r4.core#4.0.1` is built in and cannot be added";
    check(&core, &Source::default(), Unavailable::Refuse, expected);
    let (_, mut packages) = empty();
    assert!(packages.add_named("hl7.fhir.r4.core@4.0.1", &Offline, Unavailable::Refuse).is_err());
}

#[test]
fn another_package_than_was_asked_for_is_refused() {
    let mut source = Source::default();
    source.put("b#1.0.0", package_of("evil#1.0.0", ""));
    let needs_b = package_of("a#1.0.0", r#""b":"1.0.0""#);
    check(&needs_b, &source, Unavailable::PassOver, "`evil#1.0.0` came where `b#1.0.0` was asked for");
}

#[test]
fn a_broken_package_is_named_when_another_needs_it() {
    let mut source = Source::default();
    source.put("b#1.0.0", b"no archive".to_vec());
    let expected = "reading the package `b#1.0.0` failed: reading the package's archive failed";
    check(&package_of("a#1.0.0", r#""b":"1.0.0""#), &source, Unavailable::PassOver, expected);
    check(b"no archive", &source, Unavailable::PassOver, "reading the package's archive failed");
}

#[test]
fn a_package_is_added_by_name_and_version_or_by_name_alone() {
    let source = Source::of(&[("a#1.0.0", ""), ("a#1.1.0", ""), ("a#2.0.0-ballot", "")]);
    let cases = [
        ("a@1.0.0", "a#1.0.0"),
        ("a@1.x", "a#1.1.0"),
        ("a", "a#1.1.0"),
        ("a@2.0.0-ballot", "a#2.0.0-ballot"),
        ("a@3.0.0", "there is no package `a#3.0.0`"),
        (
            "../a",
            "reading the package `../a` failed: the package's manifest is unusable: `../a` is no name or version of a package, where letters, digits, `.`, `-`, `_` and `+` are expected",
        ),
    ];
    for (name, expected) in cases {
        let (_, mut packages) = empty();
        let added = packages.add_named(name, &source, Unavailable::Refuse);
        let found = added.map_or_else(|error| error.to_string(), |_| labels(&packages));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_package_that_another_needs_cannot_be_removed() {
    let (shelf, mut packages) = empty();
    let source = Source::of(&[("b#1.0.0", "")]);
    let needs_b = package_of("a#1.0.0", r#""b":"1.0.0""#);
    packages.add(&needs_b, &source, Unavailable::Refuse).expect("the package is sound");
    let error = packages.remove("b", "1.0.0").expect_err("a needs it");
    assert_eq!(error.to_string(), "`b#1.0.0` cannot be removed, since `a#1.0.0` needs it");
    packages.remove("a", "1.0.0").expect("nothing needs it");
    packages.remove("b", "1.0.0").expect("nothing needs it any more");
    assert_eq!(shelf.names(), [LOCK]);
    let error = packages.remove("a", "1.0.0").expect_err("it is gone");
    assert_eq!(error.to_string(), "`a#1.0.0` is not installed");
}

#[test]
fn adding_a_package_again_replaces_it() {
    let (_, mut packages) = empty();
    for _ in 0..2 {
        packages
            .add(&package_of("a#1.0.0", ""), &Offline, Unavailable::Refuse)
            .expect("the package is sound");
    }
    assert_eq!(labels(&packages), "a#1.0.0");
}

#[test]
fn what_another_process_added_is_not_lost() {
    let (shelf, mut packages) = empty();
    let mut other = Packages::open(shelf).expect("an empty shelf opens");
    other.add(&package_of("a#1.0.0", ""), &Offline, Unavailable::Refuse).expect("the package is sound");
    packages.add(&package_of("b#1.0.0", ""), &Offline, Unavailable::Refuse).expect("the package is sound");
    assert_eq!(labels(&packages), "a#1.0.0 b#1.0.0");
    other.remove("b", "1.0.0").expect("it is there by now");
    assert_eq!(labels(&other), "a#1.0.0");
}

#[test]
fn for_a_build_that_is_not_published_the_newest_version_is_taken() {
    let source = Source::of(&[("b#1.0.0", ""), ("b#1.1.0", "")]);
    let needs_build = package_of("a#1.0.0", r#""b":"current""#);
    let expected = "b#1.1.0 a#1.0.0; `a#1.0.0` needs a build of `b` that is not published; \
                    the newest published version is taken";
    check(&needs_build, &source, Unavailable::Refuse, expected);
}

#[test]
fn a_profile_without_a_snapshot_is_named() {
    let manifest = r#"{"name":"a","version":"1.0.0","fhirVersions":["4.0.1"]}"#;
    let profile = r#"{"resourceType":"StructureDefinition","url":"http://example.org/p","differential":{}}"#;
    let whole = r#"{"resourceType":"StructureDefinition","url":"http://example.org/q","snapshot":{}}"#;
    let files = [("package/package.json", manifest), ("package/p.json", profile), ("package/q.json", whole)];
    let expected = "a#1.0.0; `http://example.org/p` in `a#1.0.0` comes without a snapshot, and none can be made: there is no element";
    check(&archive(&files), &Source::default(), Unavailable::Refuse, expected);
}

#[test]
fn the_stamp_changes_with_every_change() {
    let (_, mut packages) = empty();
    let mut stamps = vec![packages.stamp().expect("the shelf is there")];
    packages.add(&package_of("a#1.0.0", ""), &Offline, Unavailable::Refuse).expect("the package is sound");
    stamps.push(packages.stamp().expect("the shelf is there"));
    packages.remove("a", "1.0.0").expect("nothing needs it");
    stamps.push(packages.stamp().expect("the shelf is there"));
    assert!(stamps[0].is_none() && stamps[0] != stamps[1] && stamps[1] != stamps[2]);
}

#[test]
fn a_lock_that_was_tampered_with_is_refused() {
    let cases = [
        ("{", "reading the lock file of packages failed: "),
        ("{}", "reading the lock file of packages failed: `format` 1 is expected"),
        (
            r#"{"format":"1","packages":[{"name":"../a"}]}"#,
            "reading the lock file of packages failed: in `name`, ",
        ),
    ];
    for (lock, expected) in cases {
        let shelf = Arc::new(MemoryShelf::default());
        shelf.write(LOCK, lock.as_bytes()).expect("memory takes it");
        let error = Packages::open(shelf).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_layer_that_is_gone_or_damaged_is_named() {
    let (shelf, mut packages) = empty();
    packages.add(&package_of("a#1.0.0", ""), &Offline, Unavailable::Refuse).expect("the package is sound");
    shelf.write("a#1.0.0.layer", b"damaged").expect("memory takes it");
    let error = packages.registry().err().map(|error| error.to_string());
    let expected = "the packed definitions of `a#1.0.0` are unusable, so it must be added again";
    assert_eq!(error.as_deref(), Some(expected));
    shelf.remove("a#1.0.0.layer").expect("memory lets it go");
    let error = packages.registry().err().map(|error| error.to_string());
    let expected = "the packed definitions of `a#1.0.0` are gone, so it must be added again";
    assert_eq!(error.as_deref(), Some(expected));
}
