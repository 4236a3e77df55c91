//! Are codes and identifiers found by what is asked for?

use proptest::prelude::*;

use super::super::trial::{self, condition, is_meant, parameter, rows_of};
use super::*;
use crate::catalogue::Kind;
use crate::rows::{Indexed, Row};

fn check(element: (&'static str, &str), cases: &[(&str, &str)]) {
    trial::check(&parameter(Kind::Token, &[], Vec::new()), element, cases);
}

#[test]
fn a_coding_is_found_by_code_and_system_whatever_the_case() {
    let coding = ("Coding", r#"{"system":"http://x","code":"Ab-1"}"#);
    check(coding, &[("=ab-1", "yes"), ("=http://x|AB-1", "yes"), ("=http://x|", "yes"), ("=ab", "no")]);
    check(coding, &[("=http://y|Ab-1", "no"), ("=http://X|Ab-1", "no"), ("=|Ab-1", "no")]);
    check(coding, &[("=http://y|", "no"), ("=Ab-1x", "no")]);
    check(("Coding", r#"{"code":"c"}"#), &[("=|c", "yes"), ("=c", "yes"), ("=http://x|c", "no")]);
    check(("Coding", r#"{"system":"http://x"}"#), &[("=http://x|", "no"), ("=http://x|c", "no")]);
    check(("Coding", r#"{"code":"ÄΣ"}"#), &[("=äς", "yes"), ("=Äς", "yes"), ("=ÄΣ", "yes"), ("=äσ", "no")]);
}

#[test]
fn case_counts_where_the_code_system_says_so() {
    let coding = ("Coding", r#"{"system":"http://cased","code":"mg"}"#);
    check(coding, &[("=http://cased|mg", "yes"), ("=http://cased|Mg", "no"), ("=MG", "yes")]);
    check(("Coding", r#"{"system":"http://s","code":"a1"}"#), &[("=http://s|A1", "yes")]);
    let unit = r#"{"system":"http://unitsofmeasure.org","code":"mg"}"#;
    check(
        ("Coding", unit),
        &[("=http://unitsofmeasure.org|mg", "yes"), ("=http://unitsofmeasure.org|Mg", "no")],
    );
}

#[test]
fn any_coding_of_a_concept_will_do() {
    let concept =
        r#"{"coding":[{"system":"http://x","code":"1"},{"system":"http://y","code":"2"}],"text":"Headache"}"#;
    let concept = ("CodeableConcept", concept);
    check(concept, &[("=1", "yes"), ("=http://y|2", "yes"), ("=http://x|2", "no"), ("=Headache", "no")]);
    check(concept, &[(":not=2", "no"), (":not=3", "yes"), (":not=http://x|2", "yes")]);
    check(("CodeableConcept", r#"{"text":"x"}"#), &[("=x", "no"), (":not=x", "yes")]);
}

#[test]
fn identifiers_are_found_by_value_and_by_type() {
    let identifier = r#"{"system":"http://x","value":"4|7,5","type":{"text":"Record number","coding":[
        {"system":"http://t","code":"MR","display":"Medical record"},{"code":"U"}]}}"#;
    let identifier = ("Identifier", identifier);
    check(identifier, &[(r"=4\|7\,5", "yes"), (r"=http://x|4\|7\,5", "yes"), ("=http://x|4", "no")]);
    check(identifier, &[(r":of-type=http://t|MR|4\|7\,5", "yes"), (r":of-type=http://t|mr|4\|7\,5", "yes")]);
    check(identifier, &[(r":of-type=http://t|U|4\|7\,5", "no"), (":of-type=http://t|MR|4", "no")]);
    let parts = "`system|code|value`";
    check(
        identifier,
        &[(":of-type=MR|4", parts), (":of-type=|MR|4", parts), (":of-type=http://t|MR|", parts)],
    );
    check(("Identifier", r#"{"value":"7"}"#), &[("=|7", "yes"), ("=7", "yes"), ("=http://x|7", "no")]);
}

#[test]
fn other_words_are_found_as_they_stand() {
    check(
        ("ContactPoint", r#"{"system":"phone","value":"+49 30"}"#),
        &[("=+49 30", "yes"), ("=phone|+49 30", "no")],
    );
    check(
        ("boolean", "true"),
        &[("=true", "yes"), ("=TRUE", "yes"), ("=false", "no"), (":not=false", "yes")],
    );
    check(("string", r#""Lot 7""#), &[("=lot 7", "yes"), ("=lot", "no")]);
    check(("uri", r#""http://x/y""#), &[("=http://x/y", "yes")]);
    check(("id", r#""abc""#), &[("=|abc", "yes")]);
    check(("positiveInt", "12"), &[("=12", "yes")]);
}

#[test]
fn an_element_of_type_code_is_found_by_any_system_that_has_the_code() {
    let code = ("code", r#""a""#);
    check(code, &[("=a", "yes"), ("=http://s|a", "yes"), ("=http://cased|a", "no"), ("=http://x|a", "no")]);
    check(
        code,
        &[("=|a", "yes"), ("=http://s|b", "no"), (":in=http://v", "no"), (":not-in=http://v", "yes")],
    );
    check(code, &[(":below=http://s|a", "yes"), (":above=http://s|a11", "yes")]);
    check(code, &[("=http://s|", "yes"), ("=http://cased|", "no"), ("=http://none|", "no")]);
    check(("code", r#""z""#), &[("=http://s|", "no")]);
    check(("code", r#""text/plain""#), &[("=urn:ietf:bcp:13|", "yes"), ("=http://s|", "no")]);
    check(("code", r#""a1""#), &[(":in=http://v", "yes")]);
    // A Coding without a system is of none.
    check(("Coding", r#"{"code":"a"}"#), &[("=http://s|a", "no"), (":below=http://s|a", "no")]);
}

#[test]
fn value_sets_are_named_by_canonical_or_by_their_place() {
    let coding = ("Coding", r#"{"system":"http://s","code":"A1"}"#);
    check(coding, &[(":in=http://v", "yes"), (":in=ValueSet/local", "yes"), (":not-in=http://v", "no")]);
    check(
        coding,
        &[(":in=http://own.org/fhir/ValueSet/local", "yes"), (":in=ValueSet/none", "`ValueSet/none`")],
    );
    check(
        coding,
        &[(":in=http://none", "cannot be compared with `http://none`"), (":in=", "URL of a value set")],
    );
    check(coding, &[(":in=http://unknown", "a search cannot tell which codes are in the value set")]);
    check(
        ("Coding", r#"{"system":"http://s","code":"a"}"#),
        &[(":in=http://v", "no"), (":not-in=http://v", "yes")],
    );
    check(("Coding", r#"{"system":"http://cased","code":"Mg"}"#), &[(":in=http://v", "no")]);
    check(("Coding", r#"{"system":"http://cased","code":"mg"}"#), &[(":in=http://v", "yes")]);
    check(("Coding", r#"{"system":"http://x","code":"A1"}"#), &[(":in=http://v", "no")]);
}

#[test]
fn concepts_stand_above_and_below_one_another() {
    let coding = ("Coding", r#"{"system":"http://s","code":"a1"}"#);
    check(
        coding,
        &[(":below=http://s|a", "yes"), (":below=http://s|A1", "yes"), (":below=http://s|a11", "no")],
    );
    check(
        coding,
        &[(":above=http://s|a", "no"), (":above=http://s|a1", "yes"), (":above=http://s|a11", "yes")],
    );
    check(coding, &[(":below=a", "yes"), (":below=b", "no"), (":below=none", "known here")]);
    check(coding, &[(":below=http://s|none", "`http://s`"), (":above=http://none|a", "`http://none`")]);
    check(coding, &[(":below=http://s|", "`system|code`"), (":below=a|b|c", "`system|code`")]);
    check(("Coding", r#"{"system":"http://x","code":"a1"}"#), &[(":below=http://s|a", "no")]);
}

#[test]
fn media_types_are_found_with_their_parameters() {
    let code = ("code", r#""text/XML; charset=UTF-8""#);
    check(
        code,
        &[(":below=text/xml", "yes"), ("=text/xml", "no"), (":below=urn:ietf:bcp:13|text/xml", "yes")],
    );
    check(code, &[(":below=text/x", "no"), (":below=text/xml; charset=utf-8", "yes")]);
    check(("code", r#""text/xmlx""#), &[(":below=text/xml", "no")]);
}

#[test]
fn texts_are_rows_of_their_own() {
    let parameter = parameter(Kind::Token, &[], Vec::new());
    let texts = |type_name, element: &str| -> Vec<String> {
        let rows = rows_of(&parameter, type_name, element);
        let own = rows.into_iter().filter(|row| row.parameter == parameter.under("text"));
        own.map(|row| format!("{:?}", row.value)).collect()
    };
    let concept = r#"{"coding":[{"code":"1","display":"One"},{"code":"2"}],"text":"Number"}"#;
    assert_eq!(texts("CodeableConcept", concept), [r#"String("One")"#, r#"String("Number")"#]);
    assert_eq!(texts("Coding", r#"{"display":"One"}"#), [r#"String("One")"#]);
    assert_eq!(texts("Identifier", r#"{"value":"1","type":{"text":"Kind"}}"#), [r#"String("Kind")"#]);
    check(("CodeableConcept", concept), &[(":text=num", "yes"), (":text=two", "no"), (":text=", "a text")]);
}

#[test]
fn what_is_no_token_is_refused_by_name() {
    let code = ("code", r#""a""#);
    let forms = "cannot be `";
    check(code, &[("=", forms), ("=|", forms), ("=a|b|c", forms)]);
    check(code, &[(":exact=a", "`p` has no modifier `:exact`"), (":Patient=a", "no modifier")]);
}

#[test]
fn of_few_codes_each_place_is_read() {
    let mut codes = Codes::default();
    let id = ParameterId(1);
    codes.add(2, "b", Case::Ignored);
    codes.add(2, "A", Case::Ignored);
    codes.add(3, "a", Case::Ignored);
    let places = [("a", 2), ("a", BOUND_SYSTEM), ("a", 3), ("b", 2), ("b", BOUND_SYSTEM)];
    let expected = places.map(|(code, system)| {
        Range::equal(Index::Tokens, id, vec![Part::Text(code.into()), Part::Int(system)])
    });
    let shown = ranges(&TokenTest::Among(Arc::new(codes)), id).expect("always some");
    assert_eq!(shown, (expected.to_vec(), true));
}

#[test]
fn of_many_codes_each_token_is_held_against_the_set() {
    let coding = ("Coding", r#"{"system":"http://many","code":"c77"}"#);
    check(
        coding,
        &[(":in=http://lots", "yes"), (":not-in=http://lots", "no"), (":below=http://many|c0", "yes")],
    );
    check(("Coding", r#"{"system":"http://many","code":"C77"}"#), &[(":in=http://lots", "yes")]);
    check(("Coding", r#"{"system":"http://many","code":"c98"}"#), &[(":in=http://lots", "no")]);
    check(("Coding", r#"{"system":"http://other","code":"c77"}"#), &[(":in=http://lots", "no")]);
    check(("code", r#""c77""#), &[(":in=http://lots", "yes"), (":above=http://many|c1", "no")]);
}

#[test]
fn what_follows_a_rule_is_held_against_it() {
    check(("Coding", r#"{"system":"urn:ietf:bcp:13","code":"text/xml"}"#), &[(":in=http://endless", "yes")]);
    check(("Coding", r#"{"system":"urn:ietf:bcp:13","code":"xml"}"#), &[(":in=http://endless", "no")]);
    check(("Coding", r#"{"system":"http://x","code":"text/xml"}"#), &[(":in=http://endless", "no")]);
}

#[test]
fn a_set_of_many_codes_tells_which_code_of_the_index_is_next() {
    let parameter = parameter(Kind::Token, &[], Vec::new());
    let condition = condition(&parameter, ":in=http://lots").expect("a value set");
    let (id, within) = condition.within().expect("a set of many codes");
    assert_eq!(id, parameter.id);
    assert_eq!(within.next("").as_deref(), Some("c0"));
    assert_eq!(within.next("c10").as_deref(), Some("c10"));
    assert_eq!(within.next("c100").as_deref(), Some("c11"));
    assert_eq!(within.next("c98").as_deref(), None);
    assert!(within.may_hold("c97") && !within.may_hold("c98") && !within.may_hold("c"));
}

#[test]
fn of_a_code_that_is_too_long_the_beginning_is_compared() {
    let long = |length| "x".repeat(length);
    let coding = format!(r#"{{"code":"{}"}}"#, long(TEXT_BYTES_MAX + 1));
    for (length, expected) in
        [(TEXT_BYTES_MAX - 1, "no"), (TEXT_BYTES_MAX, "yes"), (TEXT_BYTES_MAX + 9, "yes")]
    {
        check(("Coding", &coding), &[(&format!("={}", long(length)), expected)]);
    }
}

#[test]
fn after_all_that_begin_with_a_text_comes_the_next_letter() {
    let cases =
        [("ab", Some("ac")), ("a\u{7f}", Some("a\u{80}")), ("\u{d7ff}", Some("\u{e000}")), ("", None)];
    for (text, expected) in cases.into_iter().chain([("b\u{10ffff}", Some("c")), ("\u{10ffff}", None)]) {
        assert_eq!(after(text).as_deref(), expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_way_to_a_token_misses_it(
        rows in proptest::collection::vec((0..4_i64, "[aAbß]{1,2}|[ä]{120,130}|[x]{248,258}"), 0..4),
        system in proptest::option::of("(|http://s|http://cased)"),
        code in "[aAbß]{1,2}|[ä]{120,130}|[x]{248,258}",
        modifier in "(|:not|:below)",
    ) {
        let numbers = [0, BOUND_SYSTEM, hash::number("http://s"), hash::number("http://cased")];
        let parameter = parameter(Kind::Token, &[], Vec::new());
        let system = system.map(|system| system + "|").unwrap_or_default();
        if let Ok(condition) = condition(&parameter, &format!("{modifier}={system}{code}")) {
            let rows = rows.into_iter().map(|(system, code)| Row {
                parameter: parameter.id,
                group: 0,
                component: 0,
                value: Indexed::Token {
                    system: numbers[usize::try_from(system).expect("small")],
                    code: code.into(),
                },
            });
            is_meant(&condition, rows.collect());
        }
    }
}

#[test]
fn a_place_tells_of_a_code_alone_where_no_letter_could_be_in_another_case() {
    let is_exact = |code, case| {
        let test = TokenTest::Code(Wanted::new(vec![1], code, case));
        ranges(&test, crate::rows::ParameterId(1)).map(|(_, exact)| exact)
    };
    assert_eq!(is_exact("8302-2", Case::Counts), Some(true));
    assert_eq!(is_exact("mg", Case::Counts), Some(false));
    assert_eq!(is_exact("mg", Case::Ignored), Some(true));
    assert_eq!(is_exact("µ", Case::Counts), Some(false));
}
