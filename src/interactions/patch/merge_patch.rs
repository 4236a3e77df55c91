//! What does a JSON Merge Patch make of a tree?
//!
//! RFC 7386: members of the patch replace those of the target, `null` removes them. A patch that is not
//! an object replaces the whole, as the RFC says; whether that leaves a resource is the caller's question.

use model::{Code, Issue, Object, Value};

use super::{Allowance, weigh};

/// Merges `patch` into `target`; fails only when that is too much work or grows too deep.
pub fn apply(patch: &Value, target: Value) -> Result<Value, Issue> {
    merge(patch, target, 0, &mut Allowance::new())
}

fn merge(patch: &Value, target: Value, levels: usize, allowance: &mut Allowance) -> Result<Value, Issue> {
    let Value::Object(changes) = patch else {
        weigh(patch, levels, allowance)?;
        return Ok(patch.clone());
    };
    // A patch read from text keeps the limit already; one built by hand is held to it here.
    if levels >= model::limits::DEPTH_MAX {
        return Err(Issue::error(Code::PatchFailed, "the patch is nested deeper than the server allows"));
    }
    let mut merged = match target {
        Value::Object(object) => object,
        _ => Object::with_capacity(changes.len()),
    };
    for (name, change) in changes.iter() {
        allowance.spend(merged.len() + 1)?;
        if *change == Value::Null {
            merged.remove(name);
            continue;
        }
        let before =
            merged.get_mut(name).map_or(Value::Null, |member| std::mem::replace(member, Value::Null));
        merged.set(name, merge(change, before, levels + 1, allowance)?);
    }
    Ok(merged.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::json;

    /// Checks one row of the table in RFC 7386, appendix A, or one like them.
    fn check(target: &str, patch: &str, expected: &str) {
        let read = |text: &str| json::parse(text.as_bytes()).expect("valid JSON");
        let merged = apply(&read(patch), read(target)).expect("small");
        assert_eq!(String::from_utf8_lossy(&json::to_compact(&merged)), expected, "{target} + {patch}");
    }

    #[test]
    fn members_are_replaced_added_and_removed() {
        check(r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#);
        check(r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#);
        check(r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#);
        check(r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#);
        check(r#"{"a":{"b":"c"}}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#);
        check(r#"{"a":"foo"}"#, r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#);
    }

    #[test]
    fn arrays_are_replaced_as_a_whole() {
        check(r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#);
        check(r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#);
        check(r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#);
        check("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#);
    }

    #[test]
    fn nulls_below_a_new_member_vanish_and_those_of_the_target_stay() {
        check("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#);
        check(r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#);
    }

    #[test]
    fn a_patch_that_is_no_object_takes_the_place_of_the_whole() {
        check(r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#);
        check(r#"{"a":"foo"}"#, "null", "null");
    }

    #[test]
    fn digits_and_the_place_of_a_replaced_member_are_kept() {
        check(r#"{"x":1.0,"y":2}"#, r#"{"x":1.50}"#, r#"{"x":1.50,"y":2}"#);
    }

    #[test]
    fn a_patch_deeper_than_the_limit_is_refused() {
        let deep = (0..1000).fold(Value::Null, |inner, _| model::value::object([("a", inner)]));
        assert_eq!(apply(&deep, Value::Null).expect_err("too deep").code, Code::PatchFailed);
    }
}
