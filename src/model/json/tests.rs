//! Is what is read what is written?

use proptest::prelude::*;

use super::*;
use crate::issue::Code;
use crate::limits::{DEPTH_MAX, NUMBER_LENGTH_MAX};
use crate::value::{Number, Value};

fn round(input: &str) -> String {
    String::from_utf8(to_compact(&parse(input.as_bytes()).expect(input))).expect("UTF-8")
}

fn refused(input: impl AsRef<[u8]>) -> (Code, usize, usize) {
    let syntax = parse(input.as_ref()).expect_err("refused");
    (syntax.code, syntax.line, syntax.column)
}

#[test]
fn what_is_compact_comes_back_byte_for_byte() {
    for text in [
        r#"{"b":1.10,"a":[null,{"x":"é😀"}],"_a":[{"id":"q"},null]}"#,
        r#"[-0,0,1E5,2.5e-3,100000000000000000000.00]"#,
        r#"["\"\\\n\r\t\b\f\u0001/"]"#,
        r#"{"":{},"n":[]}"#,
        "true",
    ] {
        assert_eq!(round(text), text);
    }
}

#[test]
fn space_is_dropped_and_escapes_are_made_plain() {
    assert_eq!(round(" { \"a\" :\r\n\t[ 1 , \"\\u00e9\\ud83d\\ude00\\/\" ] } "), r#"{"a":[1,"é😀/"]}"#);
}

#[test]
fn the_pretty_form_reads_as_the_same_tree() {
    let tree = parse(br#"{"a":[1,{"b":[]}],"c":{}}"#).expect("valid");
    let pretty = to_pretty(&tree);
    assert_eq!(parse(&pretty), Ok(tree));
    assert!(pretty.starts_with(b"{\n  \"a\": [\n    1,\n"));
}

#[test]
fn what_is_not_json_is_refused_where_it_goes_wrong() {
    for (text, code, line, column) in [
        ("", Code::EmptyBody, 1, 1),
        (" \n ", Code::EmptyBody, 2, 2),
        ("{\"a\":1,}", Code::MalformedJson, 1, 8),
        ("{\"a\":1 \"b\"", Code::MalformedJson, 1, 8),
        ("{\n \"é\":1,\n \"x\" 2}", Code::MalformedJson, 3, 6),
        ("{\"a\":1,\"a\":2}", Code::DuplicateMember, 1, 8),
        ("{\"a\":1,\"\\u0061\":2}", Code::DuplicateMember, 1, 8),
        ("[1] 2", Code::MalformedJson, 1, 5),
        ("[01]", Code::MalformedJson, 1, 2),
        ("[1.]", Code::MalformedJson, 1, 2),
        ("[.5]", Code::MalformedJson, 1, 2),
        ("[+1]", Code::MalformedJson, 1, 2),
        ("[1e]", Code::MalformedJson, 1, 2),
        ("[1-2]", Code::MalformedJson, 1, 2),
        ("[NaN]", Code::MalformedJson, 1, 2),
        ("[tru]", Code::MalformedJson, 1, 2),
        ("\"a\nb\"", Code::MalformedJson, 1, 3),
        ("\"abc", Code::MalformedJson, 1, 5),
        ("\"\\x\"", Code::MalformedJson, 1, 2),
        ("\"\\ud800\"", Code::MalformedJson, 1, 2),
        ("\"\\udc00\"", Code::MalformedJson, 1, 2),
        ("\"\\ud800\\u0041\"", Code::MalformedJson, 1, 2),
        ("\"\\u00g0\"", Code::MalformedJson, 1, 2),
        ("\u{feff}{}", Code::MalformedJson, 1, 1),
        ("'a'", Code::MalformedJson, 1, 1),
    ] {
        assert_eq!(refused(text), (code, line, column), "{text:?}");
    }
    assert_eq!(refused(b"{\"a\":\"\xff\"}"), (Code::InvalidUtf8, 1, 7));
}

#[test]
fn depth_ends_at_its_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok());
    assert_eq!(refused(nested(DEPTH_MAX + 1)).0, Code::TooDeep);
    assert_eq!(refused("[".repeat(1_000_000)).0, Code::TooDeep);
    assert_eq!(refused("{\"a\":".repeat(1_000_000)).0, Code::TooDeep);
}

#[test]
fn numbers_end_at_their_limit() {
    assert!(parse("1".repeat(NUMBER_LENGTH_MAX).as_bytes()).is_ok());
    assert_eq!(refused("1".repeat(NUMBER_LENGTH_MAX + 1)).0, Code::NumberTooLong);
    assert_eq!(refused("1".repeat(1_000_000)).0, Code::NumberTooLong);
}

#[test]
fn duplicates_are_found_in_wide_objects_too() {
    let wide: Vec<String> = (0..5000).map(|n| format!("\"m{n}\":{n}")).collect();
    assert!(parse(format!("{{{}}}", wide.join(",")).as_bytes()).is_ok());
    assert_eq!(refused(format!("{{{},\"m7\":1}}", wide.join(","))).0, Code::DuplicateMember);
}

/// Makes any tree that is not deeper or longer than a text may be.
fn tree() -> impl Strategy<Value = Value> {
    let number = "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][-+]?[0-9]{1,20})?";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number.prop_map(|text| Value::Number(Number::new(&text).expect("a JSON number"))),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            proptest::collection::hash_map(any::<String>(), inner, 0..8).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(tree in tree()) {
        prop_assert_eq!(parse(&to_compact(&tree)), Ok(tree.clone()));
        prop_assert_eq!(parse(&to_pretty(&tree)), Ok(tree));
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over(
        wild in proptest::collection::vec(any::<u8>(), 0..64),
        likely in "([\\[\\]{}:,\"0-9eE.+-]|true|null|\\\\u[0-9d][0-9a-f]{0,3}|\\\\| |é){0,40}",
    ) {
        for bytes in [wild, likely.into_bytes()] {
            if let Ok(tree) = parse(&bytes) {
                prop_assert_eq!(parse(&to_compact(&tree)), Ok(tree));
            }
        }
    }
}
