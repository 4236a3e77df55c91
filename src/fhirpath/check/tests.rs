//! Is what no instance can make right complained of, and nothing else?

use crate::Expression;
use crate::check::check as checked;
use crate::sample::Sample;
use crate::types::Types;

/// Whether the checker is content with an expression on Patient, or what it complains of.
fn check(expression: &str, expected: &str) {
    let read = Expression::parse(expression).expect(expression);
    let patient = Sample.find("Patient").expect("a type of the table");
    match (checked(&read, patient, &Sample), expected) {
        (Ok(_), "") => {}
        (Ok(_), _) => panic!("{expression}: nothing to complain of, expected `{expected}`"),
        (Err(complaints), "") => panic!("{expression}: {complaints:?}"),
        (Err(complaints), _) => {
            assert!(
                complaints.iter().any(|one| one.message.contains(expected)),
                "{expression}: {complaints:?}"
            );
        }
    }
}

#[test]
fn what_some_instance_can_satisfy_is_not_complained_of() {
    for expression in [
        "Patient.name.given",
        "name.where(use = 'official').given.first()",
        "value.ofType(Quantity).unit",
        "(value as Quantity).unit",
        "birthDate < today()",
        "birthDate.extension('http://e').value",
        "contained.id",
        "link.resolve().anything",
        "name.given.first() + 'x'",
        "iif(active, 1, 2)",
        "name.select(given | family)",
        "descendants().where(id = 'x')",
        "%resource.name",
        "1 'cm'.comparable(1 'm')",
        "name.sort(family desc).first()",
    ] {
        check(expression, "");
    }
}

#[test]
fn what_no_instance_can_satisfy_is_complained_of() {
    for (expression, complaint) in [
        ("name.suffix1", "suffix1"),
        ("valueQuantity.unit", "valueQuantity"),
        ("Bundle.entry", "Bundle"),
        ("name.given.ofType(string1)", "string1"),
        ("name.startsWith('x')", "startsWith"),
        ("(value as string).unit", "unit"),
        ("children().skip(1)", "skip"),
        ("iif('x', 1, 2)", "iif"),
        ("(1 | 2).not()", "not"),
        ("birthDate + 7", "+"),
    ] {
        check(expression, complaint);
    }
}
