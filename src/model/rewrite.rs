//! Where in a resource may the name of another one stand?
//!
//! One walk over the tree that offers each such place to a caller who knows new names:
//! `Reference.reference`, elements of type uri, url, oid, uuid and canonical, and the links of narrative.
//! <https://hl7.org/fhir/R4/http.html#trules>

use crate::value::{Object, Text, Value};

/// Members whose text may name a resource, by how their names begin or are.
///
/// Types are not known here. A text that is the name of an entry is never there by chance, so looking at
/// too many members does no harm; `system` and `fullUrl` are kept out because they name no resource.
const NAMES: &[&str] = &[
    "reference", "url", "uri", "canonical", "instantiatesUri", "instantiatesCanonical", "source", "target",
    "derivedFrom", "profile", "targetProfile", "valueSet", "library", "definitionUri", "definitionCanonical",
    "derivedFromUri", "sponsor", "endpoint", "patientReference", "content", "address",
];

/// Attributes of narrative that hold links.
const LINKS: [&str; 2] = ["href=", "src="];

/// Offers every place to `rename` and puts what it gives there.
pub fn rewrite(resource: &mut Object, rename: &mut dyn FnMut(&str) -> Option<Text>) {
    for (name, value) in resource.iter_mut() {
        rewrite_member(name, value, rename);
    }
}

fn rewrite_member(name: &str, value: &mut Value, rename: &mut dyn FnMut(&str) -> Option<Text>) {
    match value {
        Value::Object(object) => rewrite(object, rename),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite_member(name, item, rename)),
        Value::String(text) if name == "div" => {
            if let Some(changed) = rewrite_links(text, rename) {
                *text = changed;
            }
        }
        Value::String(text) if may_name(name) => {
            if let Some(changed) = rename_whole(text, rename) {
                *text = changed;
            }
        }
        _ => {}
    }
}

fn may_name(member: &str) -> bool {
    const VALUES: [&str; 5] = ["valueUri", "valueUrl", "valueCanonical", "valueUuid", "valueOid"];
    NAMES.contains(&member) || VALUES.contains(&member)
}

/// Renames a reference; a version or fragment after it stays where it is.
fn rename_whole(text: &str, rename: &mut dyn FnMut(&str) -> Option<Text>) -> Option<Text> {
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    if let Some(changed) = rename(text) {
        return Some(changed);
    }
    let end = text.find('#').or_else(|| text.find("/_history/")).or_else(|| text.find('|'))?;
    let changed = rename(&text[..end])?;
    Some(Text::from(format!("{changed}{}", &text[end..])))
}

/// Renames the links of narrative; none when nothing changed.
fn rewrite_links(div: &str, rename: &mut dyn FnMut(&str) -> Option<Text>) -> Option<Text> {
    let mut written = String::new();
    let mut rest = div;
    while let Some((start, end)) = next_link(rest) {
        let changed = rename_whole(&rest[start..end], rename);
        written.push_str(&rest[..start]);
        written.push_str(changed.as_deref().unwrap_or(&rest[start..end]));
        rest = &rest[end..];
    }
    written.push_str(rest);
    (written != div).then(|| written.into())
}

/// Where the content of the next quoted link begins and ends.
fn next_link(text: &str) -> Option<(usize, usize)> {
    let first = LINKS.iter().filter_map(|name| text.find(name).map(|place| place + name.len())).min()?;
    let quote = text[first..].chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let Some(quote) = quote else {
        // Not an attribute; go on behind it, as an empty link that is renamed to itself.
        return Some((first, first));
    };
    let start = first + quote.len_utf8();
    let length = text[start..].find(quote)?;
    Some((start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn check(input: &str, expected: &str) {
        let Ok(Value::Object(mut resource)) = json::parse(input.as_bytes()) else { panic!("an object") };
        rewrite(&mut resource, &mut |name| (name == "urn:uuid:1").then(|| "Patient/7".into()));
        let written = String::from_utf8(json::to_compact(&Value::Object(resource))).expect("UTF-8");
        assert_eq!(written, expected);
    }

    #[test]
    fn references_are_renamed_wherever_they_stand() {
        check(
            r#"{"subject":{"reference":"urn:uuid:1"},"contained":[{"x":[{"reference":"urn:uuid:1"}]}]}"#,
            r#"{"subject":{"reference":"Patient/7"},"contained":[{"x":[{"reference":"Patient/7"}]}]}"#,
        );
        check(r#"{"content":[{"attachment":{"url":"urn:uuid:1"}}]}"#, r#"{"content":[{"attachment":{"url":"Patient/7"}}]}"#);
        check(r#"{"extension":[{"valueUri":"urn:uuid:1"}]}"#, r#"{"extension":[{"valueUri":"Patient/7"}]}"#);
        check(r#"{"instantiatesCanonical":["urn:uuid:1"]}"#, r#"{"instantiatesCanonical":["Patient/7"]}"#);
    }

    #[test]
    fn a_version_or_fragment_stays_behind_the_new_name() {
        check(r#"{"reference":"urn:uuid:1#p"}"#, r##"{"reference":"Patient/7#p"}"##);
        check(r#"{"reference":"urn:uuid:1/_history/2"}"#, r#"{"reference":"Patient/7/_history/2"}"#);
    }

    #[test]
    fn links_in_narrative_are_renamed_and_its_text_is_not() {
        check(
            r#"{"text":{"div":"<div>urn:uuid:1 <a href=\"urn:uuid:1\">x</a><img src='urn:uuid:1'/> href=no</div>"}}"#,
            r#"{"text":{"div":"<div>urn:uuid:1 <a href=\"Patient/7\">x</a><img src='Patient/7'/> href=no</div>"}}"#,
        );
    }

    #[test]
    fn what_names_no_resource_is_left_alone() {
        let text = r##"{"system":"urn:uuid:1","value":"urn:uuid:1","reference":"#a","display":"urn:uuid:1"}"##;
        check(text, text);
    }
}
