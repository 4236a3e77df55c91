//! Does a table come back from its file as it was?

use std::io::Cursor;

use super::*;
use crate::code_system::{Builder, Designation, Kind, Member, Names, Note, Property};

fn sample() -> CodeSystem {
    let about =
        About { url: "http://s".into(), version: "1".into(), case_sensitive: true, ..About::default() };
    let mut builder = Builder::new(about);
    for (number, (code, display)) in
        [("a", "Heart"), ("b", "Heart attack"), ("c", "")].into_iter().enumerate()
    {
        let place = builder.add(code, Some(display)).expect("within the limits");
        let designation = Designation { language: "de", purpose: "http://s|x", value: "Herz" };
        let note = Note { id: 7 + number as u64, detail: "accepted" };
        builder.designate_noted(place, designation, note).expect("within the limits");
        let property = Property { code: "size", kind: Kind::Decimal, value: "1.50", system: "" };
        builder.relate(place, 3, property).expect("within the limits");
    }
    builder.put_below(1, 0);
    builder.put_below(2, 0);
    builder.put_below(2, 1);
    builder.set_inactive(2);
    builder.enlist(0, Member { code: "b", detail: "now", fields: "target\tx" }).expect("within the limits");
    builder.finish()
}

fn written(table: &CodeSystem) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(table, &mut bytes).expect("memory takes it");
    bytes
}

fn read_back(bytes: &[u8]) -> Result<CodeSystem, String> {
    read(&mut Cursor::new(bytes), bytes.len() as u64)
}

/// Everything that a table says, as text.
fn told(table: &CodeSystem) -> String {
    let mut told = format!("{:?}\n", table.about);
    for place in table.all().iter() {
        told += &format!(
            "{} {:?} {} {:?} {:?} {:?} {:?} {:?}\n",
            table.code(place),
            table.display(place),
            table.is_inactive(place),
            table.noted_designations(place).collect::<Vec<_>>(),
            table.relations(place).collect::<Vec<_>>(),
            table.members(place).collect::<Vec<_>>(),
            table.hierarchy.parents(place),
            table.hierarchy.below(place, table.len()).iter().collect::<Vec<_>>(),
        );
    }
    let found = table.named(&["heart".to_owned(), "att".to_owned()], Names::All);
    told + &format!("{:?} {:?}", found.iter().collect::<Vec<_>>(), table.find("b"))
}

/// Holds why a changed file is refused against what is expected.
fn check_refused(change: impl FnOnce(&mut Vec<u8>), expected: &str) {
    let mut bytes = written(&sample());
    change(&mut bytes);
    let refused = read_back(&bytes).err().expect("it is refused");
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn a_table_comes_back_as_it_was() {
    let before = sample();
    let after = read_back(&written(&before)).expect("it is whole");
    assert_eq!(told(&after), told(&before));
    let empty = Builder::new(About::default()).finish();
    assert_eq!(told(&read_back(&written(&empty)).expect("it is whole")), told(&empty));
}

#[test]
fn the_head_is_read_alone() {
    let bytes = written(&sample());
    let head = head(&mut Cursor::new(&bytes), bytes.len() as u64).expect("it is whole");
    assert_eq!((&*head.about.url, &*head.about.version, head.concepts), ("http://s", "1", 3));
}

#[test]
fn what_was_cut_at_any_place_is_refused() {
    let bytes = written(&sample());
    for length in 0..bytes.len() {
        assert!(read_back(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn what_was_changed_at_any_place_is_refused() {
    let bytes = written(&sample());
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        assert!(read_back(&changed).is_err(), "byte {place}");
    }
}

#[test]
fn it_is_said_what_is_wrong() {
    check_refused(|bytes| bytes[0] = b'x', "no code system of Brigid");
    check_refused(|bytes| bytes[8] = 9, "its format is 9 where 1 was expected; load the release again");
    check_refused(|bytes| bytes.truncate(100), "shorter than it says");
    check_refused(|bytes| bytes.push(0), "longer than it says");
    check_refused(|bytes| bytes[23] = 0xff, "says that it has");
    check_refused(|bytes| *bytes.last_mut().expect("it has bytes") ^= 1, "its hash is not that");
}
