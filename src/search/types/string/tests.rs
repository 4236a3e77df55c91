//! Is a text found by how it begins?

use proptest::prelude::*;

use super::super::trial::{ask, finds, rows};
use super::*;
use crate::catalogue::Kind;

/// Which of the requests find a text.
#[track_caller]
fn check(element: (&'static str, &str), expected: &[(&str, bool)]) {
    for (request, is_found) in expected {
        assert_eq!(finds(Kind::String, element, request), *is_found, "{request} in {}", element.1);
    }
}

#[test]
fn a_text_is_found_by_its_beginning_whatever_case_accents_and_punctuation() {
    check(
        ("string", "\"O'Brien-Müller, Jr.\""),
        &[
            ("name=O'Brien", true),
            ("name=obrien", true),
            ("name=O’BRIEN MULLER", true),
            ("name=o'brien--muller  jr", true),
            ("name=Obrien-", true),
            ("name=muller", false),
            ("name=brien", false),
            ("name=obrienmuller", false),
        ],
    );
    check(
        ("string", "\" Straße\\tam  Fluß\""),
        &[("name=STRASSE AM FLUSS", true), ("name=straße", true), ("name=am", false)],
    );
    check(("string", "\"Ærøskøbing\""), &[("name=aeros", true), ("name=ÆRØ", true)]);
    check(("string", "\"ΟΔΟΣ\""), &[("name=οδος", true), ("name=οδοσ", true)]);
}

#[test]
fn a_part_is_found_with_contains() {
    check(
        ("string", "\"Mary-Ann Eveline\""),
        &[
            ("name:contains=EVE", true),
            ("name:contains=y a", true),
            ("name:contains=ánn", true),
            ("name:contains=adam", false),
        ],
    );
}

#[test]
fn all_of_it_is_found_with_exact_only_as_written() {
    check(
        ("string", "\"Müller, A\""),
        &[
            (r"name:exact=Müller\, A", true),
            (r"name:exact=müller\, A", false),
            (r"name:exact=Muller\, A", false),
            ("name:exact=Müller", false),
        ],
    );
}

#[test]
fn a_name_is_found_by_each_of_its_parts() {
    let name = r#"{"use":"official","family":"van Hentenryck","given":["Carlos","P."],"prefix":["Dr"],
        "suffix":["MSc"],"text":"the cook","period":{"start":"2001"}}"#;
    for (request, is_found) in [
        ("name=Van", true),
        ("name=hentenryck", false),
        ("name=carl", true),
        ("name=p", true),
        ("name=dr", true),
        ("name=msc", true),
        ("name=the", true),
        ("name=official", false),
        ("name=2001", false),
    ] {
        check(("HumanName", name), &[(request, is_found)]);
    }
}

#[test]
fn an_address_is_found_by_each_of_its_parts() {
    let address = r#"{"use":"home","line":["534 Erewhon St","Flat 2"],"city":"PleasantVille","district":"Rainbow",
        "state":"Vic","postalCode":"3999","country":"AUS","text":"by the sea"}"#;
    let parts = ["534 e", "flat", "pleasant", "rain", "VIC", "3999", "aus", "by the"];
    for part in parts {
        check(("Address", address), &[(&format!("address={part}"), true)]);
    }
    check(("Address", address), &[("address=home", false)]);
}

#[test]
fn an_extension_is_found_by_what_it_says() {
    let extension = r#"{"url":"http://example.org/maiden","valueString":"Marca"}"#;
    check(("Extension", extension), &[("name=marc", true), ("name=http", false)]);
}

#[test]
fn other_elements_have_no_texts() {
    for (type_name, text) in
        [("boolean", "true"), ("CodeableConcept", r#"{"text":"a"}"#), ("HumanName", "{}")]
    {
        assert!(rows(Kind::String, "name", (type_name, text)).is_empty(), "{type_name}");
    }
    assert!(rows(Kind::String, "name", ("string", "\"\"")).is_empty());
}

#[test]
fn a_long_text_is_found_by_what_is_known_of_it() {
    let text = format!("\"{}\"", "ä".repeat(TEXT_BYTES_MAX));
    let request = |letters| format!("name={}", "a".repeat(letters));
    check(
        ("string", &text),
        &[
            (&request(KEY_BYTES_MAX), true),
            (&request(KEY_BYTES_MAX + 1), true),
            (&request(TEXT_BYTES_MAX / 2), true),
            (&request(TEXT_BYTES_MAX / 2 + 1), false),
            (&format!("name:exact={}", "ä".repeat(TEXT_BYTES_MAX)), true),
        ],
    );
}

#[test]
fn what_is_nothing_or_cannot_be_asked_is_refused() {
    for (request, expected) in [
        ("name=", "the parameter `name` cannot be ``, expected a text with at least one letter or digit"),
        ("name=-", "the parameter `name` cannot be `-`, expected a text with at least one letter or digit"),
        (
            "name:exact=",
            "the parameter `name:exact` cannot be ``, expected a text with at least one letter or digit",
        ),
        (
            "name:contains='",
            "the parameter `name:contains` cannot be `'`, expected a text with at least one letter or digit",
        ),
        (
            "name:text=a",
            "the parameter `name` has no modifier `:text`, expected `:contains`, `:exact`, `:missing` or none",
        ),
    ] {
        assert_eq!(ask(Kind::String, request).expect_err(request), expected);
    }
}

#[test]
fn texts_are_folded_by_letters() {
    for (text, expected) in [
        ("  A.B. Smith-Jones  ", "ab smith jones"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("ﬁnﬀ Ⅳ ①", "finff iv 1"),
        ("５ｘ", "5x"),
        ("ガ", "カ\u{3099}"),
        ("กำแพง", "กํา\u{e41}พง"),
        ("שָׁלוֹם", "שלום"),
        ("a\u{a0}\u{200b}b", "a b"),
        ("a + b = 5 %", "a + b = 5"),
        ("O’Brien O´Brien O`Brien O'Brien", "obrien obrien obrien obrien"),
        ("…", ""),
    ] {
        assert_eq!(fold(text), expected, "{text}");
    }
}

#[test]
fn the_text_after_a_beginning_is_the_next_of_its_length_or_shorter() {
    for (text, expected) in [
        ("ab", Some("ac")),
        ("a\u{d7ff}", Some("a\u{e000}")),
        ("a\u{10ffff}\u{10ffff}", Some("b")),
        ("\u{10ffff}", None),
        ("", None),
    ] {
        assert_eq!(after(text).as_deref(), expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn what_begins_alike_is_folded_to_what_begins_alike(text in "\\PC{0,12}", cut in 0usize..12) {
        let start: String = text.chars().take(cut).collect();
        prop_assert!(fold(&text).starts_with(fold(&start).as_str()), "{text:?} {start:?}");
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
        prop_assert_eq!(fold(&text.to_lowercase()).len(), fold(&text).len());
    }

    #[test]
    fn every_text_that_passes_stands_where_candidates_do(
        text in "[ -~äßéЖ’]{1,8}",
        wanted in "[ -+\\--Z\\]-~äßé]{1,3}",
        modifier in prop::sample::select(vec!["", ":exact", ":contains"]),
    ) {
        let request = format!("name{modifier}={wanted}");
        if ask(Kind::String, &request).is_ok() {
            let text = Value::from(text);
            let text = json_text(&text);
            finds(Kind::String, ("string", &text), &request);
        }
    }
}

fn json_text(value: &Value) -> String {
    let text = value.as_str().expect("a string");
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
