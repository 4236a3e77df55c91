//! Is the package found inside a wheel?

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};
use proptest::prelude::*;

use super::*;

const NAME: &str = "google/fhir/r4/data/hl7.fhir.r4.core.tgz";

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).expect("it is small").to_le_bytes()
}

fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).expect("it is small").to_le_bytes()
}

/// A wheel of one other file and then this one.
fn wheel(name: &str, method: usize, packed: &[u8]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, method, packed) in [("a.py", 0, &b"pass"[..]), (name, method, packed)] {
        directory
            .extend([CENTRAL_ENTRY, &[0; 6], &short(method), &[0; 8], &long(packed.len()), &[0; 4]].concat());
        directory.extend([&short(name.len())[..], &[0; 12], &long(archive.len()), name.as_bytes()].concat());
        archive
            .extend([LOCAL_ENTRY, &[0; 22], &short(name.len()), &[0; 2], name.as_bytes(), packed].concat());
    }
    let start = archive.len();
    archive.extend(directory);
    archive.extend([b"PK\x05\x06".as_slice(), &[0; 12], &long(start), &[0; 2]].concat());
    archive
}

fn check(archive: &[u8], expected: &str) {
    let found = match package(archive) {
        Ok(package) => String::from_utf8_lossy(&package).into_owned(),
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected);
}

#[test]
fn the_package_is_found_in_a_wheel_however_it_is_packed() {
    check(&wheel(NAME, 0, b"the package"), "the package");
    check(&wheel(NAME, 8, &deflated(b"the package")), "the package");
}

#[test]
fn what_is_no_wheel_is_the_package_itself() {
    check(b"the package", "the package");
    check(b"", "");
}

#[test]
fn a_wheel_without_the_package_is_refused() {
    let expected = "the archive is refused, since its entry `hl7.fhir.r4.core.tgz` is not in the wheel";
    check(&wheel("b.py", 0, b"pass"), expected);
    check(&wheel(NAME, 99, b"unknown method"), expected);
    check(&wheel(NAME, 8, b"\xffnot deflated"), expected);
    check(LOCAL_ENTRY, expected);
}

proptest! {
    #[test]
    fn no_changed_byte_makes_reading_panic(place in 0_usize..1000, byte: u8) {
        let mut archive = wheel(NAME, 8, &deflated(b"the package"));
        let place = place % archive.len();
        archive[place] = byte;
        let _ = package(&archive);
        let _ = package(&archive[..place]);
    }
}
