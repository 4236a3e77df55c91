//! Are packages read, and hostile archives refused?

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use tar::{EntryType, Header};

use super::*;
use crate::limits::{ENTRIES_MAX, FILE_BYTES_MAX};

const MANIFEST: &str = r#"{"name":"example.package","version":"1.0.0","fhirVersions":["4.0.1"],"canonical":"http://example.org","dependencies":{"hl7.fhir.r4.core":"4.0.1"}}"#;
const PATIENT: &str = r#"{"resourceType":"Patient","id":"p"}"#;

/// A package of these files, the manifest among them.
pub(crate) fn package(files: &[(&str, &str)]) -> Vec<u8> {
    gzip(&tar_of(files.iter().map(|(name, text)| (name.as_bytes(), EntryType::Regular, text.as_bytes()))))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

fn tar_of<'e>(entries: impl IntoIterator<Item = (&'e [u8], EntryType, &'e [u8])>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in entries {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// What reading a package yields: the ids of its resources, or the complaint.
fn outcome(archive: &[u8]) -> String {
    match read(archive, |_| true) {
        Ok(package) => {
            let ids = package.resources.iter().map(|resource| resource.text("id").unwrap_or("-"));
            format!("{}: {}", package.manifest.label(), ids.collect::<Vec<_>>().join(" "))
        }
        Err(error) => {
            assert_eq!(error.issue().code, Code::InvalidPackage);
            error.to_string()
        }
    }
}

fn check(archive: &[u8], expected: &str) {
    assert_eq!(outcome(archive), expected);
}

/// An archive of a sound package and one more entry.
fn with_entry(name: &[u8], kind: EntryType, content: &[u8]) -> Vec<u8> {
    let manifest = (b"package/package.json".as_slice(), EntryType::Regular, MANIFEST.as_bytes());
    gzip(&tar_of([manifest, (name, kind, content)]))
}

fn check_refused(name: &[u8], kind: EntryType, expected: &str) {
    check(&with_entry(name, kind, b""), &format!("the archive is refused, since its entry {expected}"));
}

#[test]
fn resources_of_the_folder_package_are_read_and_no_others() {
    let patient = |id: &str| PATIENT.replace("\"p\"", &format!("\"{id}\""));
    let files = [
        ("package/package.json", MANIFEST.to_owned()),
        ("package/.index.json", "{".to_owned()),
        ("package/Patient-a.json", patient("a")),
        ("./package/Patient-b.json", patient("b")),
        ("package/example/Patient-c.json", patient("c")),
        ("package/other/Patient-d.json", patient("d")),
        ("package/readme.md", "{".to_owned()),
        ("Patient-e.json", patient("e")),
    ];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    check(&package(&files), "example.package#1.0.0: a b");
}

#[test]
fn only_wanted_types_are_kept() {
    let archive = package(&[("package/package.json", MANIFEST), ("package/p.json", PATIENT)]);
    let kept = |kind| {
        let package = read(&archive, |found| found == kind).expect("the package is sound");
        package.resources.len()
    };
    assert_eq!((kept("Patient"), kept("ValueSet")), (1, 0));
}

#[test]
fn the_manifest_says_what_the_package_is() {
    let archive = package(&[("package/package.json", MANIFEST)]);
    let manifest = read(&archive, |_| true).expect("the package is sound").manifest;
    let core = Dependency { name: "hl7.fhir.r4.core".into(), version: "4.0.1".into() };
    assert_eq!(manifest.dependencies, [core]);
    assert_eq!(manifest.fhir_versions, ["4.0.1"]);
    assert_eq!(manifest.canonical, "http://example.org");
}

#[test]
fn manifests_that_could_name_other_files_are_refused() {
    for (name, version) in
        [("../a", "1"), ("a/b", "1"), (".a", "1"), ("a", ""), ("a", "../1"), ("a", "1\\n2")]
    {
        let manifest = format!(r#"{{"name":"{name}","version":"{version}"}}"#);
        let found = outcome(&package(&[("package/package.json", &manifest)]));
        assert!(found.starts_with("the package's manifest is unusable"), "{name} {version}: {found}");
    }
    check(
        &package(&[("package/a.json", PATIENT)]),
        "the package's manifest is unusable: there is no `package/package.json`",
    );
    let wrong = r#"{"name":"a","version":"1","dependencies":["b"]}"#;
    check(
        &package(&[("package/package.json", wrong)]),
        "the package's manifest is unusable: `dependencies` is no object",
    );
}

#[test]
fn paths_out_of_the_archive_are_refused() {
    let leads_out = "has a path that leads out of the archive";
    check_refused(b"../evil", EntryType::Regular, &format!("`../evil` {leads_out}"));
    check_refused(b"package/../../evil", EntryType::Regular, &format!("`package/../../evil` {leads_out}"));
    check_refused(b"package/..", EntryType::Directory, &format!("`package/..` {leads_out}"));
    let unlike = "has a path that is not relative, or none that every system reads alike";
    check_refused(b"/etc/passwd", EntryType::Regular, &format!("`/etc/passwd` {unlike}"));
    check_refused(b"C:evil", EntryType::Regular, &format!("`C:evil` {unlike}"));
    check_refused(b"..\\evil", EntryType::Regular, &format!("`..\\\\evil` {unlike}"));
}

#[test]
fn dots_within_names_are_no_way_out() {
    check(
        &with_entry(b"package/a..b.json", EntryType::Regular, PATIENT.as_bytes()),
        "example.package#1.0.0: p",
    );
}

#[test]
fn links_and_devices_are_refused() {
    for kind in [EntryType::Symlink, EntryType::Link] {
        check_refused(b"package/a.json", kind, "`package/a.json` is a link, which no package may hold");
    }
    for kind in
        [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse, EntryType::new(b'Z')]
    {
        check_refused(b"package/a.json", kind, "`package/a.json` is neither a file nor a folder");
    }
}

#[test]
fn names_with_a_nul_are_refused() {
    check_refused(b"package/a\0b", EntryType::Regular, "`package/a` has a name that goes on behind a NUL");
    let name = b"package/a\0b.json".as_slice();
    let entries = [
        (b"long".as_slice(), EntryType::GNULongName, name),
        (b"package/a.json".as_slice(), EntryType::Regular, PATIENT.as_bytes()),
    ];
    let found = outcome(&gzip(&tar_of(entries)));
    assert!(found.ends_with("`package/a\\0b.json` has a name with a NUL in it"), "{found}");
}

#[test]
fn names_that_are_not_utf_8_are_refused() {
    check_refused(b"package/\xff", EntryType::Regular, "`package/\u{fffd}` has a name that is not UTF-8");
}

#[test]
fn an_entry_that_is_there_twice_is_refused() {
    let twice = package(&[("package/a.json", PATIENT), ("./package/a.json", PATIENT)]);
    check(&twice, "the archive is refused, since its entry `./package/a.json` is there twice");
}

#[test]
fn long_names_are_read_from_both_kinds_of_extended_headers() {
    let name = format!("package/{}.json", "a".repeat(120));
    let mut pax = format!(" path={name}\n");
    pax = format!("{}{pax}", pax.len() + 3);
    for (kind, header) in [(EntryType::GNULongName, format!("{name}\0")), (EntryType::XHeader, pax)] {
        let entries = [
            (b"header".as_slice(), kind, header.as_bytes()),
            (b"short.json".as_slice(), EntryType::Regular, PATIENT.as_bytes()),
            (b"package/package.json".as_slice(), EntryType::Regular, MANIFEST.as_bytes()),
        ];
        check(&gzip(&tar_of(entries)), "example.package#1.0.0: p");
    }
}

#[test]
fn extended_headers_are_bounded() {
    let header = vec![b'a'; (64 << 10) + 1];
    let archive = gzip(&tar_of([(b"x".as_slice(), EntryType::GNULongName, header.as_slice())]));
    check(&archive, "unpacking `x` exceeds the limit of bytes");
    let archive = gzip(&tar_of([(b"x".as_slice(), EntryType::GNULongName, &header[..5000])]));
    let start = "a".repeat(40);
    check(
        &archive,
        &format!(
            "the archive is refused, since its entry `{start}` has a name longer than any file may have"
        ),
    );
    let size = gzip(&tar_of([(b"x".as_slice(), EntryType::XHeader, b"11 size=99\n".as_slice())]));
    check(&size, "the archive is refused, since its entry `x` states a size of its own");
}

#[test]
fn too_many_entries_are_refused() {
    let entry = (b"package/".as_slice(), EntryType::Directory, b"".as_slice());
    check(
        &gzip(&tar_of(std::iter::repeat_n(entry, ENTRIES_MAX + 1))),
        "the archive is refused, since its entry `package/` is one entry more than an archive may have",
    );
}

#[test]
fn a_bomb_is_refused() {
    let zeros = vec![0; 40 << 20];
    check(
        &with_entry(b"package/a.json", EntryType::Regular, &zeros),
        "unpacking `package` exceeds the limit of bytes",
    );
}

#[test]
fn a_file_beyond_the_limit_is_refused_by_what_its_header_says() {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..9].copy_from_slice(b"package/a");
    header.set_size(FILE_BYTES_MAX + 1);
    header.set_cksum();
    check(&gzip(header.as_bytes()), "unpacking `package/a` exceeds the limit of bytes");
}

#[test]
fn json_that_is_too_deep_is_refused() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let found = outcome(&package(&[("package/package.json", MANIFEST), ("package/a.json", &deep)]));
    assert!(found.starts_with("`a.json` is not JSON at line 1: "), "{found}");
}

#[test]
fn a_package_cut_short_anywhere_is_refused() {
    let whole = package(&[("package/package.json", MANIFEST), ("package/a.json", PATIENT)]);
    check(&whole, "example.package#1.0.0: p");
    for end in 0..whole.len() {
        assert!(read(&whole[..end], |_| true).is_err(), "cut at {end}");
    }
}

#[test]
fn a_tar_cut_within_a_file_is_refused() {
    let entries = [(b"package/package.json".as_slice(), EntryType::Regular, MANIFEST.as_bytes())];
    let tar = tar_of(entries);
    check(&gzip(&tar[..600]), "reading the package's archive failed");
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let _ = read(&bytes, |_| true);
        let _ = read(&gzip(&bytes), |_| true);
    }

    #[test]
    fn no_changed_byte_makes_reading_panic(place in 0_usize..4096, byte: u8) {
        let mut tar = tar_of([
            (b"long".as_slice(), EntryType::GNULongName, b"package/package.json\0".as_slice()),
            (b"package/package.json".as_slice(), EntryType::Regular, MANIFEST.as_bytes()),
            (b"package/a.json".as_slice(), EntryType::Regular, PATIENT.as_bytes()),
        ]);
        let place = place % tar.len();
        tar[place] = byte;
        let _ = read(&gzip(&tar), |_| true);
    }
}
