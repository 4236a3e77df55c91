//! Does a patch do what it says, or nothing?

use model::json;
use model::limits::DEPTH_MAX;
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Value {
    json::parse(text.as_bytes()).expect("valid JSON")
}

/// Shows the patched target, or the stable code and the message of the refusal.
fn patched(target: &str, patch: &str) -> String {
    match apply(&read(patch), read(target)) {
        Ok(value) => String::from_utf8(json::to_compact(&value)).expect("UTF-8"),
        Err(issue) => format!("{}: {}", issue.code.as_str(), issue.message),
    }
}

fn check(target: &str, patch: &str, expected: &str) {
    assert_eq!(patched(target, patch), expected, "{target} + {patch}");
}

#[test]
fn numbers_are_tested_by_value_and_kept_by_text() {
    let target = r#"{"a":1.00}"#;
    check(target, r#"[{"op":"test","path":"/a","value":1}]"#, target);
    check(target, r#"[{"op":"test","path":"/a","value":10e-1}]"#, target);
    check(
        target,
        r#"[{"op":"test","path":"/a","value":1.001}]"#,
        "patch-failed: operation 0: the value at this path is not the one tested for",
    );
}

#[test]
fn a_patch_that_is_none_names_the_operation_at_fault() {
    check("{}", "{}", "malformed-patch: a JSON Patch is an array of operations");
    check("{}", r#"[{"op":"add"}]"#, "malformed-patch: operation 0: the operation lacks `path`");
    check(
        "{}",
        r#"[{"op":"add","path":"/a","value":1},{"op":"spam","path":"/b"}]"#,
        "malformed-patch: operation 1: `spam` is not an operation of JSON Patch",
    );
    check("{}", r#"[{"op":"remove","path":"a"}]"#, "malformed-patch: operation 0: `a` is not a JSON Pointer");
    check(
        "{}",
        r#"[{"op":"remove","path":"/~2"}]"#,
        "malformed-patch: operation 0: `/~2` is not a JSON Pointer",
    );
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    check(
        r#"{"a":{}}"#,
        r#"[{"op":"remove","path":"/a/b"}]"#,
        "patch-failed: operation 0: there is no `b` at this path",
    );
    check(
        "[1]",
        r#"[{"op":"add","path":"/2","value":0}]"#,
        "patch-failed: operation 0: `2` is no place to add to in an array of 1",
    );
    check(
        "[1]",
        r#"[{"op":"replace","path":"/01","value":0}]"#,
        "patch-failed: operation 0: `01` is no place in an array of 1",
    );
    check(
        "{}",
        r#"[{"op":"remove","path":""}]"#,
        "patch-failed: operation 0: the whole document cannot be removed",
    );
}

#[test]
fn a_value_moves_anywhere_but_into_itself() {
    check(r#"{"a":{"b":1}}"#, r#"[{"op":"move","from":"/a/b","path":"/c"}]"#, r#"{"a":{},"c":1}"#);
    check(r#"{"a":1}"#, r#"[{"op":"move","from":"/a","path":"/a"}]"#, r#"{"a":1}"#);
    check(
        r#"{"a":{"b":1}}"#,
        r#"[{"op":"move","from":"/a","path":"/a/b"}]"#,
        "patch-failed: operation 0: a value cannot be moved into itself",
    );
    check(r#"{"a":1,"ab":2}"#, r#"[{"op":"move","from":"/a","path":"/ab"}]"#, r#"{"ab":1}"#);
}

#[test]
fn escapes_of_pointers_are_read_once() {
    check(r#"{"~1":1,"/":2}"#, r#"[{"op":"remove","path":"/~01"}]"#, r#"{"/":2}"#);
    check(r#"{"~1":1,"/":2}"#, r#"[{"op":"remove","path":"/~1"}]"#, r#"{"~1":1}"#);
}

#[test]
fn a_patch_that_doubles_the_document_again_and_again_ends_at_the_limit() {
    let double = r#"{"op":"copy","from":"/a","path":"/a/-"}"#;
    let patch = format!("[{}]", vec![double; 40].join(","));
    let target = format!(r#"{{"a":["{}"]}}"#, "x".repeat(1 << 20));
    assert!(patched(&target, &patch).contains("steps of work"));
    let patch: Vec<String> =
        (0..60).map(|place| format!(r#"{{"op":"copy","from":"/a","path":"/b{place}"}}"#)).collect();
    let target = format!(r#"{{"a":"{}"}}"#, "x".repeat(2 << 20));
    assert!(patched(&target, &format!("[{}]", patch.join(","))).contains("steps of work"));
}

#[test]
fn no_patch_grows_a_document_deeper_than_one_that_could_be_read() {
    let patch: Vec<String> = (1..=DEPTH_MAX)
        .map(|levels| format!(r#"{{"op":"add","path":"{}","value":{{}}}}"#, "/a".repeat(levels)))
        .collect();
    let all_but_last = patch[..DEPTH_MAX - 1].join(",");
    let grown = patched("{}", &format!("[{all_but_last}]"));
    assert!(json::parse(grown.as_bytes()).is_ok());
    assert!(patched("{}", &format!("[{}]", patch.join(","))).contains("nested deeper"));
}

#[test]
fn a_patch_ends_at_its_number_of_operations() {
    let test = r#"{"op":"test","path":"","value":{}}"#;
    let patch = |count| format!("[{}]", vec![test; count].join(","));
    assert_eq!(patched("{}", &patch(PATCH_OPERATIONS_MAX)), "{}");
    assert!(patched("{}", &patch(PATCH_OPERATIONS_MAX + 1)).starts_with("malformed-patch"));
}

/// Makes small trees with few names, so that random pointers often hit.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (0..9u64).prop_map(Value::from),
        "[ab~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("[ab01-]", inner, 0..4).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
            }),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let verb = proptest::sample::select(vec!["add", "remove", "replace", "move", "copy", "test"]);
    let path = "(/(a|b|0|1|-|~0|~)){0,3}";
    (verb, path, path, tree()).prop_map(|(verb, path, from, value)| {
        model::value::object([
            ("op", verb.into()),
            ("path", path.into()),
            ("from", from.into()),
            ("value", value),
        ])
    })
}

proptest! {
    #[test]
    fn no_patch_makes_the_server_fall_over(
        target in tree(),
        operations in proptest::collection::vec(operation(), 0..12),
        anything in tree(),
    ) {
        let result = apply(&Value::Array(operations), target.clone());
        if let Ok(value) = result {
            prop_assert_eq!(json::parse(&json::to_compact(&value)), Ok(value));
        }
        drop(apply(&anything, target));
    }

    #[test]
    fn what_was_added_is_found_and_its_removal_leaves_what_was_before(target in tree(), value in tree()) {
        prop_assume!(matches!(target, Value::Object(_)));
        let patch = model::value::object([("op", "add".into()), ("path", "/new".into()), ("value", value.clone())]);
        let added = apply(&Value::Array(vec![patch]), target.clone()).expect("an object takes any member");
        prop_assert_eq!(added.get("new"), Some(&value));
        let removed = apply(&read(r#"[{"op":"remove","path":"/new"}]"#), added);
        prop_assert_eq!(removed, Ok(target));
    }
}
