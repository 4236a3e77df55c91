//! Does the table of a release answer what constraints ask of it?

use super::*;
use crate::code_system::{About, Builder, Designation, Member as Row, Note, Property};

const THING: &str = "7001005";
const ROUND: &str = "7002003";
const BALL: &str = "7003008";
const HAS_FORM: &str = "7004002";
const SET: &str = "7005001";
const MODULE: &str = "900000000000207008";

fn table() -> CodeSystem {
    let about = About { url: crate::load::SNOMED.into(), case_sensitive: true, ..About::default() };
    let mut builder = Builder::new(about);
    let mut made = || -> Result<(), String> {
        for code in [THING, ROUND, BALL, HAS_FORM, SET] {
            let place = builder.add(code, None)?;
            let told = [("sufficientlyDefined", Kind::Boolean, if code == BALL { "true" } else { "false" })];
            let day = [("moduleId", Kind::Code, MODULE), ("effectiveTime", Kind::DateTime, "2024-01-31")];
            for (code, kind, value) in told.into_iter().chain(day) {
                builder.describe(place, Property { code, kind, value, system: "" })?;
            }
        }
        builder.put_below(1, 0);
        builder.put_below(2, 0);
        builder.relate(2, 1, Property { code: HAS_FORM, kind: Kind::Code, value: ROUND, system: "" })?;
        builder.relate(2, 1, Property { code: HAS_FORM, kind: Kind::Decimal, value: "2.5", system: "" })?;
        let purpose = "http://snomed.info/sct|900000000000013009";
        let detail = format!("{MODULE} 20240131 900000000000509007=900000000000548007");
        let name = Designation { language: "en", purpose, value: "Ball of glass" };
        builder.designate_noted(2, name, Note { id: 7_006_011, detail: &detail })?;
        builder.designate_again(2, "en-US", "preferred")?;
        let fields = format!("targetComponentId\t{THING}");
        builder.enlist(4, Row { code: BALL, detail: &format!("{MODULE} 20240131"), fields: &fields })
    };
    made().expect("within the limits");
    builder.finish()
}

/// Holds the codes that pass a filter, or why none can be told, against what is expected.
fn check(property: &str, op: &str, value: &str, expected: &str) {
    let table = table();
    let found = filter(&table, &Filter { property, op, value });
    let told = match found {
        None => "another filter".to_owned(),
        Some(Err(reason)) => reason,
        Some(Ok(bits)) => bits.iter().map(|place| table.code(place)).collect::<Vec<_>>().join(" "),
    };
    assert!(
        told == expected || expected.starts_with('…') && told.ends_with(&expected['…'.len_utf8()..]),
        "{value}: {told}"
    );
}

fn check_constraint(constraint: &str, expected: &str) {
    check("constraint", "=", constraint, expected);
}

#[test]
fn constraints_are_evaluated_over_the_table() {
    check_constraint(&format!("< {THING}"), &format!("{ROUND} {BALL}"));
    check_constraint(&format!("< {THING} : {HAS_FORM} = {ROUND}"), BALL);
    check_constraint(&format!("< {THING} : {HAS_FORM} >= #2.5"), BALL);
    check_constraint(&format!("< {THING} : {HAS_FORM} > #2.5"), "");
    check_constraint("* {{ C definitionStatus = defined }}", BALL);
    check_constraint("* {{ C effectiveTime >= \"20240201\" }}", "");
}

#[test]
fn descriptions_are_told_with_their_dialects() {
    check_constraint("* {{ D term = \"glas ball\" }}", BALL);
    check_constraint("* {{ D term = \"glas\", dialect = en-us (prefer) }}", BALL);
    check_constraint("* {{ D term = \"glas\", dialect = en-gb }}", "");
}

#[test]
fn a_reference_set_is_asked_for_its_members() {
    check("concept", "in", SET, BALL);
    check("concept", "in", ROUND, "");
    check("concept", "in", &format!("{SET},{ROUND}"), "another filter");
    check_constraint(&format!("^ {SET} {{{{ M targetComponentId = {THING} }}}}"), BALL);
    check_constraint(&format!("^ {SET} {{{{ M targetComponentId = {ROUND} }}}}"), "");
}

#[test]
fn what_is_not_loaded_is_said() {
    check_constraint("* {{ D active = 0 }}", "…inactive descriptions and members are not loaded");
    check("concept", "is-a", THING, "another filter");
}
