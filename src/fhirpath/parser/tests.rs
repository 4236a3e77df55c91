//! Is every expression read as the grammar has it, and everything else refused?

use proptest::prelude::*;

use crate::Expression;
use crate::limits::{EXPRESSION_LENGTH_MAX, SYNTAX_DEPTH_MAX};
use crate::sample::{PATIENT, yielded};

/// What an expression yields, or where it cannot be read.
fn check(expression: &str, expected: &str) {
    assert_eq!(yielded(expression, PATIENT), expected, "{expression}");
}

#[test]
fn operators_bind_as_the_specification_says() {
    for (expression, expected) in [
        ("1 + 2 * 3 - 4", "3"),
        ("8 - 4 - 2", "2"),
        ("true or true and false", "true"),
        ("false implies false implies false", "false"),
        ("1 = 1 and 2 > 1", "true"),
        ("1 | 2 | 1", "1, 2"),
        ("1 + 1 is Integer", "true"),
        ("'a' in ('a' | 'b') and true", "true"),
        ("4 days = 96 hours", "true"),
        ("1 year", "1 year"),
        ("2 'mg'", "2 'mg'"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn literals_are_read_as_written() {
    for (expression, expected) in [
        (r"'\u0041\n\'\\'", "A\n'\\"),
        ("1.50", "1.50"),
        ("12L", "12"),
        ("@2015-02-04T14:34:28Z", "2015-02-04T14:34:28Z"),
        ("@2015T", "2015"),
        ("@T14:30", "14:30"),
        ("@2015.toString()", "2015"),
        ("name.`given`.first()", "Peter"),
        ("id // no more", "p1"),
        ("/* none */ id", "p1"),
        ("\u{a0}id\n", "p1"),
        ("true", "true"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn what_is_no_expression_is_refused_at_its_place() {
    for (expression, place) in [
        ("", 0),
        ("2 +", 3),
        ("2 + 2 /* open", 6),
        ("'open", 0),
        ("'\\x'", 1),
        ("a.", 2),
        ("a b", 2),
        ("(a", 2),
        ("a[0", 3),
        ("a.nothing()", 2),
        ("a.first(1)", 2),
        ("a.skip()", 2),
        ("$that", 0),
        ("@2015-13", 0),
        ("@T25", 0),
        ("a is", 4),
        ("a.ofType('x')", 9),
        ("a.where(b desc)", 10),
        ("%", 1),
        ("é + ?", 0),
        ("'é' ?", 4),
        ("99999999999999999999999999999999", 0),
    ] {
        let error = Expression::parse(expression).expect_err(expression);
        assert_eq!(error.offset, place, "{expression}: {error}");
    }
}

#[test]
fn the_longest_expression_is_read_and_one_letter_more_is_not() {
    let long = |length: usize| format!("'{}'", "a".repeat(length - 2));
    assert!(Expression::parse(&long(EXPRESSION_LENGTH_MAX)).is_ok());
    assert!(Expression::parse(&long(EXPRESSION_LENGTH_MAX + 1)).is_err());
}

/// Ways to nest, each with the greatest number of times that it can be done.
static NESTED: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("iif(true, ", "1", ")"),
    ("", "$this", ".select($this)"),
    ("", "id", ".where(true)"),
    ("", "1", " + 1"),
    ("", "true", " and true"),
    ("-", "1", ""),
    ("1[", "0", "]"),
    ("", "id", ".first()"),
    ("", "id", ".exists()"),
    ("true and (", "true", ")"),
    ("select(", "id", ")"),
    ("where(", "true", ")"),
    ("(1 | ", "1", ")"),
    ("1 in (", "1", ")"),
    ("repeat(", "id", ")"),
];

#[test]
fn the_deepest_expressions_fit_a_small_stack_and_deeper_ones_are_refused() {
    let deepest = || {
        for (before, inner, after) in NESTED {
            let nested = |times: usize| format!("{}{inner}{}", before.repeat(times), after.repeat(times));
            let most = (1..=SYNTAX_DEPTH_MAX + 1)
                .take_while(|times| Expression::parse(&nested(*times)).is_ok())
                .last();
            let most = most.expect("nesting once is allowed");
            assert!(most >= SYNTAX_DEPTH_MAX / 6, "{before}{after} {most}");
            assert!(most <= SYNTAX_DEPTH_MAX, "{before}{after} {most}");
            let found = yielded(&nested(most), PATIENT);
            assert!(!found.contains("syntax"), "{found}");
        }
    };
    let small = std::thread::Builder::new().stack_size(2 << 20).spawn(deepest);
    small.expect("a thread").join().expect("the stack is large enough");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,60}") {
        let _ = Expression::parse(&text);
    }

    #[test]
    fn no_words_make_the_parser_panic(words in proptest::collection::vec(proptest::sample::select(vec![
        "a", "1", "1.", "1.5", "'x'", "@2015", "@T", "%", "%a", "$this", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-",
        "*", "and", "is", "as", "in", "days", "`", "'", "\\", "/*", "//", "where", "first", "ofType", "sort", "desc", "é",
    ]), 0..24), blanks in proptest::bool::ANY) {
        let _ = Expression::parse(&words.join(if blanks { " " } else { "" }));
    }
}
