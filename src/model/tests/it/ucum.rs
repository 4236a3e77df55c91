//! Do units mean what the UCUM functional tests say?

use std::collections::HashMap;

use model::decimal::Decimal;
use model::ucum::Unit;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::scoreboard::{Scoreboard, suite_file};

const FAILING: &str = include_str!("ucum-failing.txt");

type Case = HashMap<String, String>;

#[test]
fn units_mean_what_the_functional_tests_say() {
    let Some(path) = suite_file("ucum/UcumFunctionalTests.xml") else { return };
    let text = std::fs::read_to_string(path).expect("the suite is readable");
    let mut board = Scoreboard::default();
    for (kind, case) in cases(&text) {
        let found = match kind.as_str() {
            "validation" => validation(&case),
            "displayNameGeneration" => display(&case),
            "conversion" => conversion(&case),
            "multiplication" => combination(&case, ".", |left, right| left * right),
            "division" => combination(&case, "/", |left, right| left / right),
            _ => Some("a kind of case that the runner does not know".to_owned()),
        };
        board.note(&format!("{kind} {}", case["id"]), found);
    }
    board.finish("ucum", FAILING);
}

/// Reads every case with the group it stands in.
fn cases(text: &str) -> Vec<(String, Case)> {
    let mut reader = Reader::from_str(text);
    let mut group = String::new();
    let mut cases = Vec::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Eof => return cases,
            Event::Start(start) => group = start.name().as_ref().to_owned(),
            Event::Empty(empty) if empty.name().as_ref() == "case" => {
                cases.push((group.clone(), attributes(&empty)))
            }
            _ => {}
        }
    }
}

fn attributes(element: &BytesStart<'_>) -> Case {
    let attributes = element.attributes().map(|attribute| attribute.expect("well-formed attribute"));
    let read = attributes.map(|attribute| {
        let content = quick_xml::escape::unescape(&attribute.value).expect("known entities").into_owned();
        (attribute.key.as_ref().to_owned(), content)
    });
    read.collect()
}

fn validation(case: &Case) -> Option<String> {
    match (Unit::parse(&case["unit"]), case["valid"].as_str()) {
        (Ok(_), "true") | (Err(_), "false") => None,
        (Ok(_), _) => Some(format!("`{}` was accepted", case["unit"])),
        (Err(message), _) => Some(message),
    }
}

fn display(case: &Case) -> Option<String> {
    let found = match case["unit"].as_str() {
        // Quantities without a code never reach the units; the suite calls them unity.
        "" => "(unity)".to_owned(),
        code => Unit::parse(code).map_or_else(|message| message, |unit| unit.display()),
    };
    (found != case["display"]).then_some(found)
}

/// The outcome is right when it rounds to the digits that the suite gives.
fn conversion(case: &Case) -> Option<String> {
    let value = Decimal::parse(&case["value"]).expect("a decimal");
    let outcome = Decimal::parse(&case["outcome"]).expect("a decimal");
    let found = convert(&value, &case["srcUnit"], &case["dstUnit"]);
    (!found.as_ref().is_some_and(|found| outcome.range().contains(found))).then(|| format!("{found:?}"))
}

/// Multiplies and divides units by joining their codes, as UCUM means it.
fn combination(case: &Case, operator: &str, combine: fn(f64, f64) -> f64) -> Option<String> {
    let number = |name: &str| Decimal::parse(&case[name]).expect("a decimal").to_f64();
    let joined = format!("({}){operator}({})", case["u1"], case["u2"]);
    let wanted = if case["uRes"].is_empty() { "1" } else { &case["uRes"] };
    let one = Decimal::parse("1").expect("a decimal");
    let Some(factor) = convert(&one, &joined, wanted) else {
        return Some(format!("`{joined}` and `{wanted}` have nothing in common"));
    };
    let found = combine(number("v1"), number("v2")) * factor.to_f64();
    let range = Decimal::parse(&case["vRes"]).expect("a decimal").range();
    let right = (range.low.to_f64()..range.high.to_f64()).contains(&found);
    // Where the suite gives more digits than a binary number has, its range has no width.
    let close = (found - number("vRes")).abs() <= number("vRes").abs() * 1e-15;
    (!right && !close).then(|| format!("{found}"))
}

fn convert(value: &Decimal, from: &str, to: &str) -> Option<Decimal> {
    Unit::parse(from).ok()?.convert(value, &Unit::parse(to).ok()?)
}
