//! Is what was written found, and nothing else, over commits, restarts and damage?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;

use super::*;
use crate::document::Document;

fn name(id: &str) -> Name<'_> {
    Name { tenant: 0, kind: "Note", id }
}

fn document(text: &str, beside: &str) -> Document {
    let texts = |all: &str| all.split('|').map(str::to_owned).collect();
    Document { text: texts(text), beside: texts(beside) }
}

/// The ids that are found, in order.
fn found(index: &Index, field: Field, meant: &str) -> String {
    let meant = Expression::parse(meant).expect(meant);
    match index.search((0, "Note"), field, &meant).expect("the index can be read") {
        Found::All(ids) => BTreeSet::from_iter(ids).into_iter().collect::<Vec<_>>().join(" "),
        Found::TooMany => "too many".to_owned(),
    }
}

/// What is found among a few notes.
fn check(field: Field, meant: &str, expected: &str) {
    let index = Index::in_memory().expect("an index in memory");
    let notes = [
        ("1", document("Chest pain and fever", "Herzschmerz|E11.9")),
        ("2", document("Fieber, chest x-ray|pain of the knee", "Ménière")),
        ("3", document("", "chest pain cardiomyopathy")),
    ];
    let notes = notes.map(|(id, document)| (name(id), Change::Add(document)));
    index.apply(&notes).expect("written");
    let others = [Name { tenant: 1, ..name("4") }, Name { kind: "Not", ..name("5") }];
    let others = others.map(|name| (name, Change::Add(document("chest pain fever", "chest"))));
    index.apply(&others).expect("written");
    index.commit(1).expect("committed");
    assert_eq!(found(&index, field, meant), expected, "{meant}");
}

#[test]
fn words_are_found_in_the_field_in_which_they_stand() {
    check(Field::Text, "chest", "1 2");
    check(Field::Content, "chest", "1 2 3");
    check(Field::Content, "FIEBER meniere", "2");
    check(Field::Text, "fieber meniere", "");
    check(Field::Text, "nothing", "");
}

#[test]
fn expressions_mean_what_they_say() {
    check(Field::Text, "pain -fever", "2");
    check(Field::Text, "-fever", "2 3");
    check(Field::Text, "-(-fever)", "1");
    check(Field::Text, "fever or knee", "1 2");
    check(Field::Text, "(fever or -pain) chest", "1");
    check(Field::Text, "fever or -pain", "1 3");
    check(Field::Content, "-chest", "");
    check(Field::Content, "e11.9", "1");
}

#[test]
fn a_phrase_stands_in_one_text() {
    check(Field::Text, "\"chest pain\"", "1");
    check(Field::Content, "\"chest pain\"", "1 3");
    check(Field::Text, "\"ray pain\"", "");
    check(Field::Content, "\"knee meniere\"", "");
}

#[test]
fn a_word_is_found_by_its_beginning() {
    check(Field::Content, "card*", "3");
    check(Field::Content, "herz*", "1");
    check(Field::Text, "f*", "1 2");
    check(Field::Content, "x-r*", "2");
    check(Field::Content, "e11.9*", "1");
    check(Field::Content, "chest-car*", "");
}

#[test]
fn nothing_is_found_before_it_is_committed_or_after_it_is_gone() {
    let index = Index::in_memory().expect("an index in memory");
    let write = |id: &str, change: Change| index.apply(&[(name(id), change)]).expect("written");
    write("1", Change::Add(document("one", "")));
    assert_eq!(found(&index, Field::Text, "one"), "");
    assert_eq!(index.position(), None);
    index.commit(7).expect("committed");
    assert_eq!(found(&index, Field::Text, "one"), "1");
    assert_eq!(index.position(), Some(7));
    write("1", Change::Replace(document("two", "")));
    index.commit(8).expect("committed");
    assert_eq!(
        (found(&index, Field::Text, "one"), found(&index, Field::Text, "two")),
        ("".into(), "1".into())
    );
    write("1", Change::Remove);
    index.commit(9).expect("committed");
    assert_eq!(found(&index, Field::Text, "-one"), "");
    write("2", Change::Add(document("three", "")));
    index.commit(10).expect("committed");
    index.clear().expect("cleared");
    assert_eq!((found(&index, Field::Text, "three"), index.position()), ("".into(), None));
}

#[test]
fn what_was_committed_outlives_the_process_and_the_rest_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path()).expect("a new index");
    assert!(matches!(Index::open(folder.path()), Err(Error::Busy)));
    index.apply(&[(name("1"), Change::Add(document("one", "")))]).expect("written");
    index.commit(5).expect("committed");
    index.apply(&[(name("2"), Change::Add(document("one", "")))]).expect("written");
    drop(index);
    let index = Index::open(folder.path()).expect("the same index");
    assert_eq!((found(&index, Field::Text, "one"), index.position()), ("1".into(), Some(5)));
    index.rest().expect("nothing is being written");
    index.apply(&[(name("1"), Change::Replace(document("two", "")))]).expect("written");
    index.commit(6).expect("committed");
    assert_eq!(found(&index, Field::Text, "one or two"), "1");
}

#[test]
fn a_damaged_index_is_emptied() {
    for damage in ["meta.json", "form"] {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path()).expect("a new index");
        index.apply(&[(name("1"), Change::Add(document("one", "")))]).expect("written");
        index.commit(5).expect("committed");
        drop(index);
        let meta = folder.path().join("files/meta.json");
        let text = fs::read_to_string(&meta).expect("a file of tantivy");
        let other = if damage == "form" { text.replace("\"1 5\"", "\"0 5\"") } else { "{".to_owned() };
        assert_ne!(other, text);
        fs::write(&meta, other).expect("written");
        let index = Index::open(folder.path()).expect("an empty index");
        assert_eq!((found(&index, Field::Text, "one"), index.position()), ("".into(), None), "{damage}");
    }
}

#[test]
fn an_index_with_a_piece_that_is_gone_or_cut_short_is_emptied() {
    check_piece(|path| fs::remove_file(path).expect("removed"));
    check_piece(|path| fs::write(path, "short").expect("written"));
    check_piece(|path| fs::write(path, [0; 4096]).expect("written"));
}

/// Damages a piece of an index, which is empty then, and can be filled.
fn check_piece(damage: fn(&Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path()).expect("a new index");
    index.apply(&[(name("1"), Change::Add(document("one", "")))]).expect("written");
    index.commit(5).expect("committed");
    drop(index);
    for file in fs::read_dir(folder.path().join("files")).expect("a folder") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|it| it == "idx") {
            damage(&path);
        }
    }
    let index = Index::open(folder.path()).expect("an empty index");
    assert_eq!(index.position(), None);
    index.apply(&[(name("1"), Change::Add(document("two", "")))]).expect("written");
    index.commit(6).expect("committed");
    assert_eq!(found(&index, Field::Text, "one or two"), "1");
}

#[test]
fn as_many_are_found_as_the_limit_says() {
    let index = Index::in_memory().expect("an index in memory");
    let ids: Vec<_> = (0..=FOUND_MAX).map(|id| id.to_string()).collect();
    let changes: Vec<_> = ids.iter().map(|id| (name(id), Change::Add(document("one", "")))).collect();
    index.apply(&changes[1..]).expect("written");
    index.commit(1).expect("committed");
    assert_eq!(found(&index, Field::Text, "one").split(' ').count(), FOUND_MAX);
    index.apply(&changes[..1]).expect("written");
    index.commit(2).expect("committed");
    assert_eq!(found(&index, Field::Text, "one"), "too many");
}

#[test]
fn what_is_longer_than_the_limit_is_found_by_its_beginning() {
    let index = Index::in_memory().expect("an index in memory");
    let long = format!("{} end", "a ".repeat(TEXT_BYTES_MAX / 2 - 1));
    let document = Document { text: vec![long, "beyond".to_owned()], beside: vec!["beside".to_owned()] };
    index.apply(&[(name("1"), Change::Add(document))]).expect("written");
    index.commit(1).expect("committed");
    assert_eq!(found(&index, Field::Content, "a beside"), "1");
    assert_eq!(found(&index, Field::Content, "end or beyond"), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The documents that stand, by what the words alone tell.
    #[test]
    fn what_is_found_is_what_a_look_at_every_document_finds(
        writes in prop::collection::vec((0..6_u8, "([abc] ){0,3}", 0..4_u8), 0..24),
        meant in "(-?[abc] |-?[abc] or ){0,3}-?[abc]",
    ) {
        let index = Index::in_memory().expect("an index in memory");
        let mut standing: BTreeMap<String, String> = BTreeMap::new();
        for (moment, (id, text, kind)) in (0..).zip(writes) {
            let id = id.to_string();
            let change = match kind {
                0 => Change::Remove,
                _ if standing.contains_key(&id) => Change::Replace(document(&text, "")),
                _ => Change::Add(document(&text, "")),
            };
            index.apply(&[(name(&id), change)]).expect("written");
            if kind == 0 { standing.remove(&id); } else { standing.insert(id, text); }
            if kind == 1 { index.commit(moment).expect("committed"); }
        }
        index.commit(99).expect("committed");
        let expression = Expression::parse(&meant).expect("words");
        let expected: Vec<_> = standing.iter().filter(|(_, text)| holds(&expression, text)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(id, _)| id.as_str()).collect();
        prop_assert_eq!(found(&index, Field::Text, &meant), expected.join(" "), "{}", meant);
    }
}

fn holds(expression: &Expression, text: &str) -> bool {
    match expression {
        Expression::All(parts) => parts.iter().all(|part| holds(part, text)),
        Expression::Any(parts) => parts.iter().any(|part| holds(part, text)),
        Expression::Not(part) => !holds(part, text),
        Expression::Phrase(phrase) => text.split(' ').any(|word| word == phrase.last),
    }
}
