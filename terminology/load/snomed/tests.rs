//! Does a release of our own making become the table that it tells of?
//!
//! Identifiers and terms are invented; only those that the format itself needs are SNOMED CT's own.

use crate::CodeSystem;
use crate::code_system::stored;
use crate::load::{Defect, Report, trial, with_check_digit};

const CONCEPT: &str = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId";
const DESCRIPTION: &str =
    "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId";
const RELATIONSHIP: &str = "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId";
const CONCRETE: &str = "id\teffectiveTime\tactive\tmoduleId\tsourceId\tvalue\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId";
const SET: &str = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId";

const FULL: &str = "900000000000003001";
const SYNONYM: &str = "900000000000013009";
const US: &str = "900000000000509007";
const GB: &str = "900000000000508004";
const PREFERRED: &str = "900000000000548007";
const ACCEPTABLE: &str = "900000000000549004";

/// An invented identifier: a number, the two digits of its kind, and the check digit.
fn id(number: u64, kind: &str) -> String {
    with_check_digit(&format!("{}{kind}", 7000 + number)).expect("digits alone")
}

fn concept(number: u64) -> String {
    id(1000 + number, "00")
}

/// A file of a release: its heading, and rows whose fields are parted by blanks; `_` stands for a blank.
fn file(heading: &str, rows: &[String]) -> String {
    let row =
        |row: &String| row.split(' ').map(|field| field.replace('_', " ")).collect::<Vec<_>>().join("\t");
    let lines = std::iter::once(heading.to_owned()).chain(rows.iter().map(row));
    lines.map(|line| line + "\r\n").collect()
}

/// A release whose files are those here, each under its name; tests exchange some.
fn release() -> Vec<(&'static str, String)> {
    let (module, root) = (concept(90), concept(0));
    let row =
        |number: u64, kind: &str, rest: String| format!("{} 20240101 1 {module} {rest}", id(number, kind));
    let concepts =
        (0..6).chain([90, 80]).map(|number| row(1000 + number, "00", "900000000000074008".to_owned()));
    let mut concepts: Vec<String> = concepts.collect();
    concepts[3] = format!("{} 20230101 0 {module} 900000000000073002", concept(3));
    let name = |number: u64, of: u64, kind: &str, term: &str| {
        row(number, "01", format!("{} en {kind} {term} 900000000000448009", concept(of)))
    };
    let descriptions = vec![
        name(100, 0, FULL, "Thing_(thing)"),
        name(101, 0, SYNONYM, "Thing"),
        name(102, 1, FULL, "Colored_thing_(thing)"),
        name(103, 1, SYNONYM, "Coloured_thing"),
        name(104, 1, SYNONYM, "Colored_thing"),
        name(105, 3, FULL, "Old_thing_(thing)"),
        name(106, 2, SYNONYM, "Gone").replace(" 1 ", " 0 "),
        name(107, 2, SYNONYM, "Round_thing"),
    ];
    let accepted =
        |of: u64, set: &str, how: &str| format!("x 20240101 1 {module} {set} {} {how}", id(of, "01"));
    let languages = vec![
        accepted(101, US, PREFERRED),
        accepted(103, GB, PREFERRED),
        accepted(103, US, ACCEPTABLE),
        accepted(104, US, PREFERRED),
        accepted(107, US, PREFERRED),
        accepted(107, GB, PREFERRED),
    ];
    let relation = |number: u64, from: u64, rest: String| {
        row(number, "02", format!("{} {rest} 900000000000011006 900000000000451002", concept(from)))
    };
    let is_a = |number, from, to| relation(number, from, format!("{} 0 116680003", concept(to)));
    let relationships = vec![
        is_a(1, 1, 0),
        is_a(2, 2, 0),
        is_a(3, 4, 1),
        is_a(4, 4, 2),
        relation(5, 4, format!("{} 2 {}", concept(2), concept(5))),
        is_a(6, 3, 0).replace(" 1 ", " 0 "),
    ];
    let concrete = vec![relation(7, 4, format!("#2.5 1 {}", concept(5)))];
    let sets = vec![
        format!("x 20240101 1 {module} {} {} {root}", concept(80), concept(3)),
        format!("y 20240101 0 {module} {} {} {root}", concept(80), concept(2)),
    ];
    let dependencies =
        vec![format!("z 20240301 1 {module} 900000000000534007 900000000000012004 20240301 20240101")];
    let set = |more: &str| format!("{SET}\t{more}");
    vec![
        ("Terminology/sct2_Concept_Snapshot_XX_20240301.txt", file(CONCEPT, &concepts)),
        ("Terminology/sct2_Description_Snapshot-en_XX_20240301.txt", file(DESCRIPTION, &descriptions)),
        ("Terminology/sct2_Relationship_Snapshot_XX_20240301.txt", file(RELATIONSHIP, &relationships)),
        ("Terminology/sct2_RelationshipConcreteValues_Snapshot_XX.txt", file(CONCRETE, &concrete)),
        ("Refset/der2_cRefset_LanguageSnapshot-en.txt", file(&set("acceptabilityId"), &languages)),
        ("Refset/der2_cRefset_AssociationSnapshot.txt", file(&set("targetComponentId"), &sets)),
        (
            "Refset/der2_ssRefset_ModuleDependencySnapshot.txt",
            file(&set("sourceEffectiveTime\ttargetEffectiveTime"), &dependencies),
        ),
    ]
}

type Made = Result<(CodeSystem, Report), Defect>;

fn load(files: &[(&str, String)]) -> Made {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let (name, mut tables, report) = trial::load(&files)?;
    assert_eq!((name, tables.len()), ("SNOMED CT (RF2)", 1));
    Ok((tables.remove(0), report))
}

/// Holds what the table of the release tells of a concept against what is expected.
fn check(number: u64, expected: &str) {
    let (table, _) = load(&release()).expect("the release is right");
    // What was written as a file and read again is asked, so that both are tried.
    let mut bytes = Vec::new();
    stored::write(&table, &mut bytes).expect("memory takes it");
    let table = stored::read(&mut bytes.as_slice(), bytes.len() as u64).expect("it is whole");
    let place = table.find(&concept(number)).expect("it is there");
    let mut told = vec![format!("{:?}", table.display(place).unwrap_or_default())];
    let names = table.designations(place).map(|it| {
        let purpose = it.purpose.rsplit('|').next().unwrap_or_default();
        format!("{} {} {:?}", it.language, purpose.trim_start_matches("9000000000000"), it.value)
    });
    told.extend(names);
    let parents = table
        .hierarchy
        .parents(place)
        .iter()
        .map(|parent| format!("^{}", table.display(*parent).unwrap_or_default()));
    told.extend(parents);
    let own = table.relations(place).filter(|(_, it)| !["moduleId", "effectiveTime"].contains(&it.code));
    let number_of = |code: &str| table.find(code).map_or(code.to_owned(), |place| format!("#{place}"));
    told.extend(own.map(|(group, it)| {
        format!("{}:{}={} {:?}", group, number_of(it.code), number_of(it.value), it.kind)
    }));
    told.extend(
        table.members(place).map(|it| format!("{} {:?}", number_of(it.code), it.fields.split('\t').next())),
    );
    if table.is_inactive(place) {
        told.push("inactive".to_owned());
    }
    assert_eq!(told.join("; "), expected);
}

/// Holds why a release is refused, in which one file has another text, against what is expected.
fn check_refused(part: &str, change: impl Fn(&str) -> String, expected: &str) {
    let mut files = release();
    let file = files.iter_mut().find(|(name, _)| name.contains(part)).expect("the release has it");
    file.1 = change(&file.1);
    let refused = load(&files).err().map(|refused| refused.to_string());
    let refused = refused.expect("it is refused");
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn a_concept_is_called_as_the_leading_dialect_prefers() {
    check(0, r#""Thing"; en 03001 "Thing (thing)"; en 13009 "Thing"; 0:sufficientlyDefined=false Boolean"#);
    check(
        1,
        r#""Colored thing"; en 03001 "Colored thing (thing)"; en 13009 "Coloured thing"; en-GB preferredForLanguage "Coloured thing"; en 13009 "Colored thing"; ^Thing; 0:sufficientlyDefined=false Boolean"#,
    );
}

#[test]
fn an_inactive_concept_keeps_its_full_name() {
    check(
        3,
        r#""Old thing (thing)"; en 03001 "Old thing (thing)"; 0:sufficientlyDefined=true Boolean; inactive"#,
    );
}

#[test]
fn attributes_are_properties_in_their_groups() {
    check(
        4,
        r#"""; ^Colored thing; ^Round thing; 0:sufficientlyDefined=false Boolean; 2:#5=#2 Code; 1:#5=2.5 Decimal"#,
    );
}

#[test]
fn a_reference_set_has_its_active_members() {
    check(80, r##"""; 0:sufficientlyDefined=false Boolean; #3 Some("targetComponentId")"##);
}

#[test]
fn the_version_is_that_of_the_edition_and_the_rest_is_counted() {
    let (table, report) = load(&release()).expect("the release is right");
    assert_eq!(*table.about.version, format!("http://snomed.info/sct/{}/version/20240301", concept(90)));
    assert_eq!(
        (report.taken["concepts"], report.taken["is-a relationships"], report.taken["descriptions"]),
        (7, 4, 7)
    );
    assert_eq!(report.skipped["inactive relationships"], 1);
    assert_eq!(report.skipped["inactive descriptions"], 1);
}

#[test]
fn the_newest_state_of_a_concept_counts() {
    let mut files = release();
    let later = format!("{} 20240201 1 {} 900000000000073002", concept(3), concept(90));
    files.push(("Other/sct2_Concept_Snapshot_YY_20240301.txt", file(CONCEPT, &[later])));
    let (table, _) = load(&files).expect("the release is right");
    let place = table.find(&concept(3)).expect("it is there");
    assert!(!table.is_inactive(place));
}

#[test]
fn a_history_is_left_out() {
    let mut files = release();
    files.push(("Full/sct2_Concept_Full_XX_20240301.txt", file(CONCEPT, &["broken".to_owned()])));
    assert!(load(&files).is_ok());
}

#[test]
fn what_is_damaged_is_refused_with_its_place() {
    check_refused(
        "Concept_",
        |text| text[..text.len() - 5].to_owned(),
        "line 9: the file ends in the middle of this line",
    );
    check_refused(
        "Concept_",
        |text| text.replacen("\t900000000000074008", "", 1),
        "line 2: the row has 4 fields where 5 were",
    );
    check_refused(
        "Concept_",
        |text| text.replacen(&concept(0), "1234567", 1),
        "line 2: `id` is `1234567`, which is no",
    );
    check_refused(
        "Concept_",
        |text| format!("{text}{}", text.lines().last().expect("it has lines").to_owned() + "\r\n"),
        "stands twice",
    );
    check_refused(
        "Description",
        |text| text.replacen("Thing (thing)", &"x".repeat(1_000_000), 1),
        "line 2: the line is longer than the limit",
    );
    check_refused("Relationship_", |text| text.replacen("\t1\t", "\tyes\t", 1), "line 2: `active` is `yes`");
    check_refused(
        "Dependency",
        |text| text.lines().next().expect("it has lines").to_owned() + "\r\n",
        "say --version",
    );
}

#[test]
fn a_circle_is_refused_naming_the_line_that_closes_it() {
    let close = |text: &str| {
        let line = text.lines().nth(1).expect("it has lines");
        text.to_owned()
            + &line.replace(&concept(1), "?").replace(&concept(0), &concept(4)).replace('?', &concept(0))
            + "\r\n"
    };
    check_refused("Relationship_", close, "stands below itself");
    check_refused("Relationship_", close, "Relationship_Snapshot_XX_20240301.txt, line ");
}
