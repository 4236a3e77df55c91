//! Is every primitive accepted that is well-formed, and no other?

use model::{Number, Value};

use super::*;

fn check(type_name: &str, valid: &[&str], invalid: &[&str]) {
    let value = |text: &str| match type_name {
        "integer" | "unsignedInt" | "positiveInt" | "decimal" => {
            Value::Number(Number::new(text).expect("a JSON number"))
        }
        _ => Value::from(text),
    };
    for text in valid {
        assert_eq!(Format::of(type_name).check(&value(text)), Ok(()), "{type_name} `{text}`");
    }
    for text in invalid {
        assert!(Format::of(type_name).check(&value(text)).is_err(), "{type_name} `{text}`");
    }
}

#[test]
fn whole_numbers_keep_to_their_range() {
    check("integer", &["0", "-2147483648", "2147483647"], &["2147483648", "-2147483649", "1.0", "1e2", "-0"]);
    check("unsignedInt", &["0", "2147483647"], &["-1", "2147483648"]);
    check("positiveInt", &["1"], &["0", "-1"]);
    check("decimal", &["0", "-0.00", "1e-7", "123456789012345678901234567890"], &[]);
}

#[test]
fn dates_are_of_the_calendar() {
    check(
        "date",
        &["2026", "2026-11", "2024-02-29", "2000-02-29", "0001-01-01"],
        &[
            "",
            "26",
            "0000",
            "2026-13",
            "2026-00",
            "2026-02-29",
            "1900-02-29",
            "2026-11-31",
            "2026-1-1",
            "2026/11/21",
        ],
    );
    check(
        "dateTime",
        &[
            "2026",
            "2026-11-21",
            "2026-11-21T08:01:02Z",
            "2026-11-21T08:01:02.5+05:30",
            "2016-12-31T23:59:60Z",
        ],
        &[
            "2026-11-21T08:01:02",
            "2026-11-21T08:01Z",
            "2026-11T08:01:02Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T08:01:02+14:30",
            "2026-11-21T08:01:02.Z",
            "2026-11-21T",
        ],
    );
    check("instant", &["2026-11-21T08:01:02.123-14:00"], &["2026-11-21", "2026-11-21T08:01:02"]);
    check(
        "time",
        &["08:01:02", "08:01:02.5"],
        &["08:01", "8:01:02", "08:01:02Z", "25:00:00", "08:60:00", "08:00:61"],
    );
}

#[test]
fn names_keep_to_their_alphabet() {
    check("id", &["a", "A-1.b"], &["", "a_b", "a b", "/x", &"x".repeat(65)]);
    check("code", &["a", "a b", "A54.4†"], &["", " a", "a ", "a  b", "a\tb"]);
    check(
        "oid",
        &["urn:oid:1.2.3", "urn:oid:2.16.840"],
        &["1.2.3", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02", "urn:oid:1..2"],
    );
    check(
        "uuid",
        &["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
        &[
            "c757873d-ec9a-4326-a141-556f43239520",
            "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
            "urn:uuid:x",
        ],
    );
}

#[test]
fn uris_hold_no_white_space() {
    check(
        "uri",
        &["http://a.org/b", "a/b", "urn:oid:1.2", "mailto:a@b"],
        &["a b", "oid:1.2", "urn:uuid:1", "urn:oid:a"],
    );
    check("canonical", &["http://a.org/q|1", "#q"], &["a b"]);
}

#[test]
fn base64_comes_in_fours() {
    check("base64Binary", &["YQ==", "YWJj", "YW Jj\nYWJj"], &["", "YQ=", "Y===", "%%%2", "YQ==YQ==", "=AAA"]);
    assert_eq!(base64_bytes("YQ=="), Some(1));
    assert_eq!(base64_bytes("YWJj"), Some(3));
    assert_eq!(base64_bytes("YWJ"), None);
}

#[test]
fn texts_hold_no_control_characters_and_no_more_than_a_megabyte() {
    check("string", &["a", " ", "a\r\n\tb", "ä"], &["a\u{0}", "\u{1b}", &"x".repeat(STRING_BYTES_MAX + 1)]);
    check("markdown", &["*a*"], &["\u{7}"]);
}
