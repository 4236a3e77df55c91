//! Is text taken apart and put together right?

use proptest::prelude::*;

use super::*;
use crate::values::print;

fn items(texts: &[&str]) -> Collection<'static> {
    let item = |text: &&str| match text.parse() {
        Ok(number) => Item::Integer(number),
        Err(_) => Item::String(Cow::Owned(text.trim_matches('\'').to_owned())),
    };
    texts.iter().map(item).collect()
}

fn run(function: &str, input: &[&str], arguments: &[&str]) -> Answer<'static> {
    let found = FUNCTIONS.iter().find(|known| known.name == function).expect(function);
    let arguments: Vec<_> = arguments.iter().map(|argument| items(&[argument])).collect();
    let Run::Values(run) = found.run else { panic!("{function} takes expressions") };
    run(items(input), &arguments)
}

/// Calls `function` on `input`; digits are numbers, everything else is text. `{}` is empty, `error` a failure.
fn check(function: &str, input: &str, arguments: &[&str], expected: &str) {
    let written = match run(function, &[input], arguments) {
        Err(_) => "error".to_owned(),
        Ok(found) if found.is_empty() => "{}".to_owned(),
        Ok(found) => found.iter().filter_map(print::text).collect::<Vec<_>>().join("|"),
    };
    assert_eq!(written, expected, "{input}.{function}({arguments:?})");
}

#[test]
fn places_count_characters() {
    for (function, input, arguments, expected) in [
        ("indexOf", "LogicalModel-Person", &["-"][..], "12"),
        ("indexOf", "äöü", &["ü"], "2"),
        ("indexOf", "abc", &["z"], "-1"),
        ("lastIndexOf", "äbäb", &["äb"], "2"),
        ("substring", "'12345'", &["2"], "345"),
        ("substring", "äöü", &["1", "1"], "ö"),
        ("substring", "äöü", &["3"], "{}"),
        ("substring", "'12345'", &["-1"], "{}"),
        ("substring", "'12345'", &["2", "5"], "345"),
        ("substring", "'12345'", &["2", "0"], ""),
        ("substring", "'12345'", &["2", "-1"], ""),
        ("length", "äöü", &[], "3"),
        ("length", "5", &[], "error"),
        ("toChars", "t2", &[], "t|2"),
    ] {
        check(function, input, arguments, expected);
    }
}

#[test]
fn text_is_compared_and_made() {
    for (function, input, arguments, expected) in [
        ("startsWith", "abc", &["'ab'"][..], "true"),
        ("endsWith", "abc", &["'ab'"], "false"),
        ("contains", "abc", &["''"], "true"),
        ("contains", "abc", &["5"], "error"),
        ("upper", "straße", &[], "STRASSE"),
        ("trim", " a b ", &[], "a b"),
        ("replace", "abc", &["''", "x"], "xaxbxcx"),
        ("replace", "'123456'", &["'234'", "''"], "156"),
        ("split", "A,,C", &[","], "A||C"),
        ("split", "abc", &["''"], "a|b|c"),
        ("encode", "subjects?_d", &["base64"], "c3ViamVjdHM/X2Q="),
        ("encode", "subjects?_d", &["urlbase64"], "c3ViamVjdHM_X2Q="),
        ("encode", "test", &["hex"], "74657374"),
        ("encode", "test", &["rot13"], "{}"),
        ("decode", "'74657374'", &["hex"], "test"),
        ("decode", "'747'", &["hex"], "{}"),
        ("decode", "dGVzdA==", &["base64"], "test"),
        ("decode", "dGVzd*==", &["base64"], "{}"),
        ("decode", "/w==", &["base64"], "{}"),
        ("escape", "\"1<2\"&", &["html"], "&quot;1&lt;2&quot;&amp;"),
        ("unescape", "&quot;1&lt;2&quot; &unknown; & &#x41;&#66;", &["html"], "\"1<2\" &unknown; & AB"),
        ("escape", "\"1\\2\"\n\u{1}", &["json"], "\\\"1\\\\2\\\"\\n\\u0001"),
        ("unescape", "\\\"\\u00e4\\ud83d\\ude00\\x", &["json"], "\"ä😀\\x"),
    ] {
        check(function, input, arguments, expected);
    }
}

#[test]
fn patterns_are_found() {
    for (function, input, arguments, expected) in [
        ("matches", "FHIR", &["FHIR"][..], "true"),
        ("matches", "xFHIRx", &["FHIR"], "true"),
        ("matches", "FHIR", &["fhir"], "false"),
        ("matches", "FHIR", &["fhir", "i"], "true"),
        ("matches", "FHIR", &["fhir", "q"], "error"),
        ("matches", "a\nb", &["a.b"], "true"),
        ("matchesFull", "xFHIRx", &["FHIR"], "false"),
        ("matchesFull", "ab", &["a|ab"], "true"),
        ("matches", "FHIR", &["("], "error"),
        ("matches", "a[b&&c", &[r"^[a-c[&&]+$"], "true"),
        ("matches", "a]", &["^[]a]+$"], "true"),
        ("matches", "a/b", &[r"^[^\s\.,:;\'\x22\/|?!@#$%&*()\[\]{}]+\/b$"], "true"),
        ("replaceMatches", "abc123", &["[0-9]", "-"], "abc---"),
        ("replaceMatches", "11/30", &["(?<month>[0-9]+)/(?<day>[0-9]+)", "${day}-${month}"], "30-11"),
        ("replaceMatches", "abc", &["''", "x"], "abc"),
    ] {
        check(function, input, arguments, expected);
    }
}

#[test]
fn nothing_in_gives_nothing_out_and_several_are_refused() {
    for function in FUNCTIONS.iter().filter(|function| function.name != "join") {
        let arguments = &["a", "a"][..function.arguments.0];
        assert!(
            matches!(run(function.name, &[], arguments), Ok(found) if found.is_empty()),
            "{}",
            function.name
        );
        assert!(run(function.name, &["a", "b"], arguments).is_err(), "{}", function.name);
    }
}

#[test]
fn long_texts_and_patterns_are_refused_by_the_name_of_the_limit() {
    let long = "a".repeat(TEXT_LENGTH_MAX);
    for (function, input, arguments, limit) in [
        ("replace", long.as_str(), &["a", "bb"][..], "TEXT_LENGTH_MAX"),
        ("replaceMatches", &long, &["a", "bb"], "TEXT_LENGTH_MAX"),
        ("matches", "a", &[&long], "PATTERN_LENGTH_MAX"),
        ("matches", "a", &["((a{1000}){1000}){1000}"], "PATTERN_BYTES_MAX"),
    ] {
        assert_eq!(run(function, &[input], arguments).err(), Some(Failure::TooCostly(limit)), "{function}");
    }
    assert!(run("join", &[&long, &long], &[","]).is_err());
}

proptest! {
    #[test]
    fn what_is_encoded_and_escaped_comes_back(text in ".{0,40}") {
        let text = format!("x{text}");
        for (there, back, formats) in
            [("encode", "decode", &["base64", "urlbase64", "hex"][..]), ("escape", "unescape", &["html", "json"])]
        {
            for format in formats {
                let input = vec![Item::String(Cow::Borrowed(text.as_str()))];
                let format = [items(&[format])];
                let call = |name: &str, input| {
                    let found = FUNCTIONS.iter().find(|known| known.name == name).expect(name);
                    let Run::Values(run) = found.run else { panic!("{name} takes expressions") };
                    run(input, &format).expect(name)
                };
                let again = call(back, call(there, input));
                prop_assert_eq!(again.first().and_then(print::text), Some(text.clone()));
            }
        }
    }

    #[test]
    fn no_pattern_makes_the_reader_fall_over(pattern in ".{0,20}", likely in r"[\[\]^a&~\\()*+?{}-]{0,20}", text in ".{0,20}") {
        for pattern in [pattern, likely] {
            if let Ok(pattern) = Pattern::new(&pattern, "") {
                drop(pattern.replace(&text, "$0$1"));
            }
        }
    }
}
