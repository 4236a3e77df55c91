//! Where in a resource may the name of another one stand?
//!
//! One walk over the tree that offers each such place to a caller who knows new names:
//! `Reference.reference`, elements of type uri, url, oid and uuid, and the links of narrative. Canonicals
//! are not touched: <https://hl7.org/fhir/R4/http.html#trules>.
//!
//! Types are not known here; members are told by their names, which R4 uses consistently. Kept out are
//! names of something else that happen to be URIs: `system`, `type`, and the `url` by which a definition
//! or an extension is known. A Bundle within a resource keeps its own names among its own entries.

use crate::value::{Object, Text, Value};

/// Members of type uri or url whose names do not say so by their ending, and `reference` itself.
const NAMES: [&str; 14] = [
    "reference",
    "url",
    "uri",
    "address",
    "authority",
    "endpoint",
    "issuer",
    "link",
    "location",
    "onlineInformation",
    "policy",
    "protocol",
    "rendering",
    "source",
];

/// How members end that are told by their type: `valueUri`, `instantiatesUri`, `authorizationUrl`.
const ENDINGS: [&str; 4] = ["Uri", "Url", "Oid", "Uuid"];

/// Elements of narrative that link, and their attributes that do.
const LINKS: [(&str, &str); 2] = [("a", "href"), ("img", "src")];

/// Offers every place to `rename` and puts what it gives there.
///
/// A version or fragment is not offered, and stays behind the new name.
pub fn rewrite(resource: &mut Object, rename: &mut dyn FnMut(&str) -> Option<Text>) {
    rewrite_object("", resource, rename);
}

/// Shows every `Reference.reference` to `visit`, without version or fragment.
///
/// Other places may hold names that the server need not know; a reference must resolve.
pub fn references(resource: &Object, visit: &mut dyn FnMut(&str)) {
    if is_bundle(resource) {
        return;
    }
    for (name, value) in resource.iter() {
        references_in(name, value, visit);
    }
}

fn references_in(name: &str, value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(object) => references(object, visit),
        Value::Array(items) => items.iter().for_each(|item| references_in(name, item, visit)),
        Value::String(text) if name == "reference" && !text.starts_with('#') => {
            visit(&text[..name_end(text)])
        }
        _ => {}
    }
}

fn rewrite_object(holder: &str, object: &mut Object, rename: &mut dyn FnMut(&str) -> Option<Text>) {
    if is_bundle(object) {
        return;
    }
    let names_itself =
        object.get("resourceType").is_some() || matches!(holder, "extension" | "modifierExtension");
    for (name, value) in object.iter_mut() {
        if name != "url" || !names_itself {
            rewrite_member(name, value, rename);
        }
    }
}

fn rewrite_member(name: &str, value: &mut Value, rename: &mut dyn FnMut(&str) -> Option<Text>) {
    match value {
        Value::Object(object) => rewrite_object(name, object, rename),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite_member(name, item, rename)),
        Value::String(text) => {
            let renamed = match name {
                "div" => rename_links(text, rename),
                _ if may_name(name) => rename_whole(text, rename),
                _ => None,
            };
            if let Some(renamed) = renamed {
                *text = renamed;
            }
        }
        _ => {}
    }
}

fn is_bundle(object: &Object) -> bool {
    object.get("resourceType").and_then(Value::as_str) == Some("Bundle")
}

fn may_name(member: &str) -> bool {
    NAMES.contains(&member) || ENDINGS.iter().any(|ending| member.ends_with(ending))
}

fn rename_whole(text: &str, rename: &mut dyn FnMut(&str) -> Option<Text>) -> Option<Text> {
    let end = name_end(text);
    if end == 0 {
        return None;
    }
    let renamed = rename(&text[..end])?;
    Some(if end == text.len() { renamed } else { format!("{renamed}{}", &text[end..]).into() })
}

/// Where the name ends and a version or fragment begins.
fn name_end(text: &str) -> usize {
    let end = text.find('#').unwrap_or(text.len());
    text[..end].find("/_history/").unwrap_or(end)
}

/// Renames the links of narrative; `None` when nothing changed.
fn rename_links(div: &str, rename: &mut dyn FnMut(&str) -> Option<Text>) -> Option<Text> {
    let mut written = String::new();
    let mut copied = 0;
    let mut place = 0;
    while let Some(start) = div[place..].find('<').map(|found| place + found + 1) {
        let tag = &div[start..start + tag_length(&div[start..])];
        place = start + tag.len();
        let Some((from, to)) = link(tag) else { continue };
        if let Some(renamed) = rename_whole(&tag[from..to], rename) {
            written.push_str(&div[copied..start + from]);
            written.push_str(&renamed);
            copied = start + to;
        }
    }
    (copied > 0).then(|| Text::from(written + &div[copied..]))
}

/// How long a tag is, up to its `>`, which may also stand in a quoted attribute.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (place, byte) in text.bytes().enumerate() {
        match quote {
            Some(open) if open == byte => quote = None,
            Some(_) => {}
            None if byte == b'>' => return place,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None => {}
        }
    }
    text.len()
}

/// Where in a tag the content of its linking attribute begins and ends.
fn link(tag: &str) -> Option<(usize, usize)> {
    let name_end = tag.find(|letter: char| letter.is_ascii_whitespace())?;
    let (_, wanted) = LINKS.iter().find(|(element, _)| *element == &tag[..name_end])?;
    let mut place = name_end;
    loop {
        let equals = place + tag[place..].find('=')?;
        let opening = equals + 1 + tag[equals + 1..].find(['"', '\''])?;
        let start = opening + 1;
        let end = start + tag[start..].find(char::from(tag.as_bytes()[opening]))?;
        if tag[place..equals].trim() == *wanted {
            return Some((start, end));
        }
        place = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use proptest::prelude::*;

    fn resource(text: &str) -> Object {
        let Ok(Value::Object(resource)) = json::parse(text.as_bytes()) else { panic!("an object: {text}") };
        resource
    }

    fn check(input: &str, expected: &str) {
        let mut resource = resource(input);
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
    }

    #[test]
    fn uris_are_renamed_and_canonicals_are_not() {
        check(
            r#"{"content":[{"attachment":{"url":"urn:uuid:1"}}],"instantiatesUri":["urn:uuid:1","x"]}"#,
            r#"{"content":[{"attachment":{"url":"Patient/7"}}],"instantiatesUri":["Patient/7","x"]}"#,
        );
        check(
            r#"{"extension":[{"url":"urn:uuid:1","valueUri":"urn:uuid:1"}]}"#,
            r#"{"extension":[{"url":"urn:uuid:1","valueUri":"Patient/7"}]}"#,
        );
        let kept = r#"{"instantiatesCanonical":["urn:uuid:1"],"valueCanonical":"urn:uuid:1"}"#;
        check(kept, kept);
    }

    #[test]
    fn a_version_or_fragment_stays_behind_the_new_name() {
        check(r#"{"reference":"urn:uuid:1#p"}"#, r##"{"reference":"Patient/7#p"}"##);
        check(r#"{"reference":"urn:uuid:1/_history/2"}"#, r#"{"reference":"Patient/7/_history/2"}"#);
        check(r#"{"reference":"urn:uuid:1/_history/2#p"}"#, r#"{"reference":"Patient/7/_history/2#p"}"#);
    }

    #[test]
    fn links_in_narrative_are_renamed_and_its_text_is_not() {
        check(
            r#"{"text":{"div":"<div>urn:uuid:1 <a title='>' href=\"urn:uuid:1#x\">x</a><img src='urn:uuid:1'/> href='urn:uuid:1'</div>"}}"#,
            r#"{"text":{"div":"<div>urn:uuid:1 <a title='>' href=\"Patient/7#x\">x</a><img src='Patient/7'/> href='urn:uuid:1'</div>"}}"#,
        );
        let kept = r#"{"div":"<p href='urn:uuid:1'><a name='href' title='urn:uuid:1'><a href='urn:uuid:1"}"#;
        check(kept, kept);
    }

    #[test]
    fn what_names_something_else_is_left_alone() {
        for text in [
            r##"{"system":"urn:uuid:1","value":"urn:uuid:1","reference":"#a","display":"urn:uuid:1"}"##,
            r#"{"resourceType":"ValueSet","url":"urn:uuid:1"}"#,
            r#"{"resourceType":"Bundle","entry":[{"resource":{"subject":{"reference":"urn:uuid:1"}}}]}"#,
        ] {
            check(text, text);
        }
    }

    #[test]
    fn references_are_shown_and_nothing_else() {
        let text = r##"{"a":[{"reference":"urn:uuid:1#p"},{"reference":"#x"}],"url":"u","b":{"reference":"Basic/1"}}"##;
        let mut seen = Vec::new();
        references(&resource(text), &mut |reference| seen.push(reference.to_owned()));
        assert_eq!(seen, ["urn:uuid:1", "Basic/1"]);
    }

    proptest! {
        #[test]
        fn no_narrative_makes_the_walk_fall_over(wild in "[<>a='\" hrefé#]{0,30}", likely in "(<a |<img |href=|src=|\"|'|u|>|é){0,12}") {
            for div in [wild, likely] {
                let same = rename_links(&div, &mut |name| Some(name.into()));
                prop_assert!(same.is_none_or(|same| same == *div));
            }
        }
    }
}
