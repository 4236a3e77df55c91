//! Is an archive read as it was packed, and one that is not right refused?

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::*;

/// How a test spoils an archive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoilt {
    Not,
    /// The directory says that files are one byte shorter.
    TooLong,
    /// Their checksums are others.
    Checksum,
    /// They are encrypted.
    Encrypted,
    /// The archive ends early by so many bytes.
    Cut(usize),
}

fn halves(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|number| u16::try_from(*number).expect("small").to_le_bytes()).collect()
}

fn words(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|number| u32::try_from(*number).expect("small").to_le_bytes()).collect()
}

/// An archive of files that are deflated, but the first, as the format has it.
fn packed(files: &[(&str, &str)], spoilt: Spoilt) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (number, (name, content)) in files.iter().enumerate() {
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(content.as_bytes()).expect("in memory");
        let (method, body) = match number {
            0 => (0, content.as_bytes().to_vec()),
            _ => (8, deflated.finish().expect("in memory")),
        };
        let mut crc = Crc::new();
        crc.update(content.as_bytes());
        let sum = crc.sum() ^ u32::from(spoilt == Spoilt::Checksum);
        let length = content.len() - usize::from(spoilt == Spoilt::TooLong);
        let flags = usize::from(spoilt == Spoilt::Encrypted);
        let place = out.len();
        let common = [
            halves(&[20, flags, method, 0, 0]),
            sum.to_le_bytes().to_vec(),
            words(&[body.len(), length]),
            halves(&[name.len(), 0]),
        ]
        .concat();
        out.extend([LOCAL, &common, name.as_bytes(), &body].concat());
        let rest = [halves(&[0, 0, 0]), words(&[0, place])].concat();
        directory.extend([ENTRY, &halves(&[20]), &common, &rest, name.as_bytes()].concat());
    }
    let counts = halves(&[0, 0, files.len(), files.len()]);
    let end = [END, &counts, &words(&[directory.len(), out.len()]), &halves(&[2]), b"by"].concat();
    out.extend(directory);
    out.extend(end);
    if let Spoilt::Cut(bytes) = spoilt {
        out.truncate(out.len() - bytes);
    }
    out
}

/// Holds what is read of a small archive against what is expected: names with their content, or the complaint.
fn check(spoilt: Spoilt, expected: &str) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("release.zip");
    let files = [("b/two.txt", "to be"), ("b/", ""), ("a.txt", "or not to be, or not to be, or not to be")];
    std::fs::write(&path, packed(&files, spoilt)).expect("written");
    let read = || -> io::Result<String> {
        let mut told = String::new();
        for member in members(&path)? {
            told += &format!("{} {}: ", member.name, member.bytes);
            open(&path, &member)?.read_to_string(&mut told)?;
            told += "; ";
        }
        Ok(told)
    };
    let told = read().unwrap_or_else(|error| error.to_string());
    assert!(told.contains(expected), "{expected} in {told}");
}

#[test]
fn files_come_back_as_they_were_packed() {
    let expected = "a.txt 40: or not to be, or not to be, or not to be; b/two.txt 5: to be; ";
    check(Spoilt::Not, expected);
}

#[test]
fn an_archive_that_is_not_right_is_refused() {
    check(Spoilt::Checksum, "it is damaged");
    check(Spoilt::Encrypted, "packed in a way that is not known");
    check(Spoilt::Cut(1), "the archive has no end");
    check(Spoilt::Cut(30), "the archive has no end");
}

#[test]
fn no_file_is_longer_than_the_directory_says() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("release.zip");
    std::fs::write(&path, packed(&[("a", "bomb"), ("b", "bomb")], Spoilt::TooLong)).expect("written");
    for member in members(&path).expect("a directory") {
        let read = open(&path, &member).and_then(|mut file| file.read_to_end(&mut Vec::new()));
        assert_eq!(read.map_err(|error| error.to_string()), Err("it is longer than it says".to_owned()));
    }
}

#[test]
fn numbers_of_large_archives_stand_in_an_extra_field() {
    let extra = [halves(&[7, 2]), vec![1, 2], halves(&[1, 16]), vec![1; 8], vec![2; 8]].concat();
    let numbers: Vec<u64> = large_numbers(&extra).collect();
    assert_eq!(numbers, [0x0101_0101_0101_0101, 0x0202_0202_0202_0202]);
    assert_eq!(large_numbers(&[1, 0, 9]).count(), 0);
}
