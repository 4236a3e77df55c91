//! Is what people type understood, and what cannot be understood refused?

use proptest::prelude::*;

use super::*;

/// What was understood, with all parentheses, or the complaint.
fn told(text: &str) -> String {
    match Expression::parse(text) {
        Ok(expression) => write(&expression),
        Err(error) => format!("! {error}"),
    }
}

fn write(expression: &Expression) -> String {
    let join = |parts: &[Expression], by: &str| parts.iter().map(write).collect::<Vec<_>>().join(by);
    match expression {
        Expression::All(parts) => format!("({})", join(parts, " & ")),
        Expression::Any(parts) => format!("({})", join(parts, " | ")),
        Expression::Not(part) => format!("-{}", write(part)),
        Expression::Phrase(Phrase { first, last, is_open }) => {
            let words: Vec<_> = first.iter().chain([last]).map(String::as_str).collect();
            format!("{}{}", words.join("_"), if *is_open { "*" } else { "" })
        }
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(told(text), expected, "{text}");
}

fn check_refused(text: &str, beginning: &str) {
    let told = told(text);
    assert!(told.starts_with(&format!("! {beginning}")), "{text}: {told}");
}

#[test]
fn several_words_are_all_looked_for() {
    check("Fever", "fever");
    check("chest  pain", "(chest & pain)");
    check("chest & pain", "(chest & pain)");
    check("chest - pain", "(chest & pain)");
    check("E11.9", "e11_9");
    check("糖尿", "糖_尿");
}

#[test]
fn words_are_joined_as_the_specification_shows() {
    check("(bone OR liver) and metastases", "((bone | liver) & metastases)");
    check("a b or c d", "((a & b) | (c & d))");
    check("a AND b AND NOT c", "(a & b & -c)");
    check("not (a or b) c", "(-(a | b) & c)");
    check("-a -\"b c\" -(d)", "(-a & -b_c & -d)");
    check("\"or\" \"and\"", "(or & and)");
}

#[test]
fn phrases_and_beginnings_are_looked_for() {
    check("\"Chest pain\"fever", "(chest_pain & fever)");
    check("cardio* fail*", "(cardio* & fail*)");
    check("covid-1*", "covid_1*");
    check("\"a * b\"", "a_b");
}

#[test]
fn what_makes_no_sense_is_refused() {
    check_refused("", "a word of letters or digits");
    check_refused(" - () \"\" ", "a word of letters or digits");
    check_refused("(a", "a `(` opens");
    check_refused("a)", "`)` closes nothing");
    check_refused("\"a", "a `\"` opens");
    check_refused("a or", "`OR` stands between");
    check_refused("or a", "`OR` stands between");
    check_refused("and a", "`AND` stands between");
    check_refused("a and or b", "`AND` stands between");
    check_refused("a and and b", "`AND` stands between");
    check_refused("not", "`NOT` and `-`");
    check_refused("not not a", "`NOT` and `-`");
    check_refused("-()", "`NOT` and `-`");
    check_refused("*", "`*` only ends");
    check_refused("*a", "`*` only ends");
    check_refused("a*b", "`*` only ends");
    check_refused("a-*", "`*` only ends");
}

#[test]
fn what_costs_too_much_is_refused() {
    let words = |count: usize| vec!["a"; count].join(" ");
    assert!(Expression::parse(&words(EXPRESSION_WORDS_MAX)).is_ok());
    check_refused(&words(EXPRESSION_WORDS_MAX + 1), "more than 256 words");
    check_refused(&words(100_000), "199999 bytes");
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    check(&nested(EXPRESSION_DEPTH_MAX), "a");
    check_refused(&nested(EXPRESSION_DEPTH_MAX + 1), "more than 16 parentheses");
    check_refused(&"(".repeat(EXPRESSION_BYTES_MAX), "more than 16 parentheses");
    check_refused(&"-".repeat(EXPRESSION_BYTES_MAX), "a word of letters");
}

proptest! {
    #[test]
    fn whatever_is_typed_is_understood_or_refused(text in "([a-c ()\"*-]|or|and|not|é|病){0,24}") {
        let _ = Expression::parse(&text);
    }
}
