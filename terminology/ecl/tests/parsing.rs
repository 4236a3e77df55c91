//! What is an expression constraint, and what is none?

use crate::ecl::parse;
use crate::limits::{ECL_DEPTH_MAX, ECL_LENGTH_MAX};

/// Holds how an expression is printed, or why it is refused, against what is expected.
fn check(expression: &str, expected: &str) {
    let found = parse(expression).map(|tree| tree.to_string());
    match expected.strip_prefix("refused: ") {
        Some(reason) => {
            let refused = found.expect_err(expression);
            assert!(refused.ends_with(reason), "{expression}\nexpected: {reason}\nfound: {refused}");
        }
        None => assert_eq!(found.as_deref(), Ok(expected), "{expression}"),
    }
}

/// Holds an expression that is printed as it is written.
fn check_same(expression: &str) {
    check(expression, expression);
}

#[test]
fn operators_have_a_brief_and_a_long_form() {
    for (word, symbol) in [
        ("descendantOf", "<"),
        ("DESCENDANTORSELFOF", "<<"),
        ("childOf", "<!"),
        ("childOrSelfOf", "<<!"),
        ("ancestorOf", ">"),
        ("ancestorOrSelfOf", ">>"),
        ("parentOf", ">!"),
        ("parentOrSelfOf", ">>!"),
        ("top", "!!>"),
        ("bottom", "!!<"),
        ("memberOf", "^"),
    ] {
        check(&format!("{word} 123456"), &format!("{symbol} 123456"));
        check(&format!("{symbol}123456"), &format!("{symbol} 123456"));
    }
    check("ANY", "*");
    check("< < 123456", "<< 123456");
    check("> >! 123456", ">>! 123456");
    check("<^123456", "< ^ 123456");
    check("memberOf123456", "^ 123456");
    check(
        "descendantOf123456",
        "refused: expected a concept, `*` or a constraint in brackets, found `d` at character 1",
    );
}

#[test]
fn terms_and_comments_are_told_from_the_rest() {
    check("  123456|a (b) OR c|  ", "123456 |a (b) OR c|");
    check("/* one */<</* two * / */123456 /**/ |x|/**/", "<< 123456 |x|");
    check("123456 ||", "refused: expected a term between two pipes, found none at character 8");
    check("123456 |a", "refused: a term has no end; it begins at character 8");
    check("123456 /* a", "refused: a comment has no end; it begins at character 8");
    check("* {{ term = \"a }}", "refused: a text in quotes has no end; it begins at character 13");
}

#[test]
fn identifiers_have_their_form() {
    check("12345", "refused: expected an identifier of 6 to 18 digits, found `12345` at character 1");
    check("0123456", "refused: expected an identifier of 6 to 18 digits, found `0123456` at character 1");
    check("1234567890123456789", "refused: found `1234567890123456789` at character 1");
    check("<< abc", "refused: expected a concept, `*` or a constraint in brackets, found `a` at character 4");
    check_same("LOINC#54486-6 |a name|");
    check("\"LOINC#54486-6\"", "LOINC#54486-6");
    check_same("\"A-b2#c d\"");
    check("LOINC#", "refused: expected a code of another scheme after `#`, found none at character 1");
}

#[test]
fn joints_are_not_mixed_without_brackets() {
    check("123456 and 123457 ANd < 123458", "123456 AND 123457 AND < 123458");
    check("123456, 123457", "123456 AND 123457");
    check_same("123456 OR 123457 OR (123458 MINUS 123459)");
    check(
        "123456 AND 123457 OR 123458",
        "refused: `OR` after `AND` needs brackets that tell what is meant, at character 19",
    );
    check(
        "123456 MINUS 123457 MINUS 123458",
        "refused: `MINUS` after `MINUS` needs brackets that tell what is meant, at character 21",
    );
    check("123456 AND(123457)", "refused: expected a space, found `(` at character 11");
    check("123456 AND", "refused: found the end at character 11");
    check("123456 <<", "refused: expected the end, found `<` at character 8");
    check("", "refused: found the end at character 1");
    check("(123456", "refused: expected `)`, found the end at character 8");
    check("123456)", "refused: expected the end, found `)` at character 7");
    check(
        "123456 OR 123457 : * = *",
        "refused: expected brackets around what is refined, found `:` at character 18",
    );
}

#[test]
fn refinements_nest() {
    check("*:123456=*", "* : 123456 = *");
    check("* : 123456 = * AND 123457 = *", "* : 123456 = *, 123457 = *");
    check_same("* : 123456 = 123457 OR 123458 = 123459");
    check_same("* : (123456 = * OR 123457 = *), 123458 = *");
    check("* : ((123456 = *))", "* : 123456 = *");
    check("* : (123456 = *, 123457 = *)", "* : 123456 = *, 123457 = *");
    check_same("* : (<< 123456 MINUS 123457) = *");
    check("* : ((<< 123456) {{ term = \"x\" }}) not = *", "* : ((<< 123456) {{ D term = \"x\" }}) != *");
    check_same("* : (123456 : 123457 = *) != 123458");
    check_same("* : { 123456 = *, (123457 = * OR 123458 = *) }");
    check_same("* : [1..3] { [0..0] R 123456 = * }, [2..*] 123457 != (* : 123458 = *)");
    check("* : [1 to many] reverseOf 123456 <> ANY", "* : [1..*] R 123456 != *");
    check("* : R123456 = *", "* : R 123456 = *");
    check_same("* : R#1 = *");
    check_same("* : ({ 123456 = * } OR 123457 = *), 123458 = *");
    check(
        "* : 123456 = *, 123457 = * OR 123458 = *",
        "refused: `OR` after `AND` needs brackets that tell what is meant, at character 28",
    );
    check(
        "* : { { 123456 = * } }",
        "refused: expected a concept, `*` or a constraint in brackets, found `{` at character 7",
    );
    check(
        "* : [1] 123456 = *",
        "refused: expected `..` and the most that there may be, found `]` at character 7",
    );
    check("* : 123456", "refused: expected a comparison such as `=` or `!=`, found the end at character 11");
    check("* : [..2] 123456 = *", "refused: expected a whole number, found `.` at character 6");
}

#[test]
fn dots_stand_in_a_row() {
    check("<123456.123457 . << 123458", "< 123456 . 123457 . << 123458");
    check_same("(123456 . 123457) : 123458 = *");
}

#[test]
fn concrete_values_have_their_form() {
    check_same(
        "* : 123456 >= #-2.50, 123457 = \"a \\\" b\", 123458 != true, 123459 = (\"a\" wild:\"b*\" match:\"c\")",
    );
    check("* : 123456 = #+7", "* : 123456 = #7");
    check("* : 123456 = wild : \"a\\*\"", "* : 123456 = wild:\"a\\*\"");
    check_same("* : 123456 = A#1");
    check_same("* : 123456 = (A#1 OR 123457)");
    check("* : 123456 = \"A#1\"", "* : 123456 = A#1");
    check(
        "* : 123456 = #",
        "refused: expected a number without needless zeros, found the end at character 15",
    );
    check(
        "* : 123456 = #007",
        "refused: expected a number without needless zeros, found the end at character 18",
    );
    check("* : 123456 < 123457", "refused: expected a number after `#`, found `1` at character 14");
    check("* : 123456 = \" \"", "refused: expected a text to look for, found none at character 14");
    check(
        "* : 123456 = \"a\\b\"",
        "refused: expected `\\` only before `\"`, `\\` or, if wild, `*` at character 14",
    );
}

#[test]
fn members_select_columns() {
    check_same("^ [a, b] 123456 {{ M mapTarget = \"J45\", mapGroup > #2 }}");
    check("^[ANY]123456", "^ [*] 123456");
    check("memberOf [ targetComponentId ] (< 123456)", "^ [targetComponentId] (< 123456)");
    check(
        "^ [] 123456",
        "refused: expected the name of a column of the reference set, in letters, found `]` at character 4",
    );
    check_same("^ 123456 {{ M sourceEffectiveTime >= \"20210131\", flag = true, targetId = << 123457 }}");
    check_same("^ 123456 {{ M active = \"*\", moduleId = (123457 123458) }} {{ M effectiveTime = \"\" }}");
    check(
        "^ 123456 {{ C active = 1 }} {{ M active = 1 }}",
        "refused: member filters must stand before all others, at character 29",
    );
}

#[test]
fn filters_are_told_by_their_letter() {
    check("* {{term=\"a b\"}}", "* {{ D term = \"a b\" }}");
    check(
        "* {{ d language = (EN sv), type = (synonym fullySpecifiedName def) }}",
        "* {{ D language = (en sv), type = (syn fsn def) }}",
    );
    check_same("* {{ D typeId = (123456 |a| 123457), id != (123458 123459) }} {{ C active = true }}");
    check_same("* {{ D typeId = (123456 |a| OR 123457), dialectId = (123456 OR 123457) }}");
    check_same("* {{ D dialect = en-us (prefer), dialect != (en-gb (accept) en-nz) (123456 123457) }}");
    check_same("* {{ D dialectId = 123456 |a| (prefer), dialectId = (123456 (accept prefer) 123457) }}");
    check("* {{ D dialect = EN-US (Preferred Acceptable) }}", "* {{ D dialect = en-us (prefer accept) }}");
    check_same(
        "* {{ C definitionStatus = (primitive defined), definitionStatusId != 123456, effectiveTime > \"20200131\" }}",
    );
    check_same("* {{ D effectiveTime = (\"20200131\" \"20210131\"), moduleId = << 123456, active = false }}");
    check(
        "* {{ C effectiveTime = \"20201301\" }}",
        "refused: expected a day as `\"YYYYMMDD\"` at character 24",
    );
    check("* {{ C active = 2 }}", "refused: expected `1`, `0`, `true` or `false`, found `2` at character 17");
    check("* {{ C term = \"a\" }}", "refused: found `t` at character 8");
    check("* {{ }}", "refused: found `}` at character 6");
    check("* {{ term = \"a\"", "refused: expected `}}`, found the end at character 16");
    check("* {{ language = eng }}", "refused: expected a language of two letters, found `e` at character 17");
}

#[test]
fn history_has_profiles() {
    check("*{{+HISTORY}}", "* {{ + HISTORY-MAX }}");
    check("* {{ + history_min }}", "* {{ + HISTORY-MIN }}");
    check_same("< 123456 {{ D term = \"a\" }} {{ + HISTORY-MOD }}");
    check_same("* {{ + HISTORY (< 123456 OR 123457) }}");
    check("* {{ + HISTORY-ALL }}", "refused: found `H` at character 8");
    check("* {{ + HISTORY }} {{ C active = 1 }}", "refused: expected the end, found `{` at character 19");
}

#[test]
fn length_and_depth_have_limits() {
    let nested = |depth: usize| format!("{}123456{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(ECL_DEPTH_MAX)).is_ok());
    let refused = parse(&nested(ECL_DEPTH_MAX + 1)).expect_err("too deep");
    assert!(refused.contains("more than the limit of 60 deep"), "{refused}");
    let long = "1".repeat(ECL_LENGTH_MAX + 1);
    assert!(parse(&long).is_err_and(|refused| refused.contains("longer than the limit of 200000 bytes")));
    // Refinements within names within refinements: no way through takes more than one walk.
    let deep = (0..ECL_DEPTH_MAX).fold("123456".to_owned(), |inner, _| format!("(* : {inner} = *)"));
    assert!(parse(&deep).is_ok());
    let open = "* : (((123456 : (((123456 : (((".repeat(2_000);
    assert!(parse(&open).is_err());
}
