//! In which texts of a resource are words looked for?
//!
//! `_text` is about the narrative, `_content` about the entire content:
//! <https://hl7.org/fhir/R4/search.html#content>. That is every string of it, also of what it contains: names,
//! displays, comments, codes, identifiers, dates. No words, and left out, are its ids and references, URLs, base64, the
//! time of a day, numbers and truth values.

use fulltext::Document;
use model::{Object, Value};

use super::narrative;

/// Members that hold no words whatever their value: ids and what is made for machines.
const SILENT: [&str; 9] =
    ["id", "reference", "url", "system", "versionId", "lastUpdated", "data", "hash", "carrierAIDC"];

/// How the names of members end that hold base64, where their name is that of a choice.
const SILENT_CHOICE: &str = "Base64Binary";

/// How URLs begin.
const URLS: [&str; 3] = ["http://", "https://", "urn:"];

/// Length of a date to the day.
const DATE_BYTES: usize = 10;

/// The texts of a resource.
pub(super) fn document(resource: &Object) -> Document {
    let mut document = Document::default();
    for (name, value) in resource.iter() {
        match (name, value.get("div")) {
            ("text", Some(Value::String(div))) => narrative::read(div, &mut document.text),
            ("resourceType", _) => {}
            _ => read(name, value, &mut document.beside),
        }
    }
    document
}

/// JSON is no deeper than its parser lets it be.
fn read(name: &str, value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(_) if is_silent(name) => {}
        Value::String(text) if name == "div" => narrative::read(text, texts),
        Value::String(text) => {
            let words = words(text);
            if !words.is_empty() {
                texts.push(words.to_owned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| read(name, item, texts)),
        Value::Object(object) => object.iter().for_each(|(name, value)| read(name, value, texts)),
        _ => {}
    }
}

fn is_silent(name: &str) -> bool {
    SILENT.contains(&name) || name.ends_with(SILENT_CHOICE)
}

/// What of a string is words.
fn words(text: &str) -> &str {
    if URLS.iter().any(|beginning| text.starts_with(beginning)) {
        return "";
    }
    let bytes = text.as_bytes();
    let is_moment = bytes.get(DATE_BYTES) == Some(&b'T')
        && bytes[..DATE_BYTES].iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    if is_moment { &text[..DATE_BYTES] } else { text }
}

#[cfg(test)]
mod tests {
    use model::json;

    use super::*;

    /// The texts of the narrative and those beside it.
    fn check(resource: &str, text: &[&str], beside: &[&str]) {
        let tree = json::parse(resource.as_bytes()).expect(resource);
        let document = document(tree.as_object().expect("an object"));
        assert_eq!((document.text, document.beside), (own(text), own(beside)), "{resource}");
    }

    fn own(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_narrative_stands_apart_from_everything_else() {
        let div = r#"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Chest <b>pain</b></p></div>"#;
        check(
            &format!(
                r#"{{"resourceType":"Composition","id":"x1","text":{{"status":"generated","div":"{div}"}},
                "section":[{{"title":"Plan","text":{{"status":"additional","div":"{div}"}}}}]}}"#
            ),
            &["Chest pain"],
            &["Plan", "additional", "Chest pain"],
        );
        check(r#"{"resourceType":"Basic","text":"odd"}"#, &[], &["odd"]);
    }

    #[test]
    fn every_string_counts_but_what_is_made_for_machines() {
        check(
            r#"{"resourceType":"Patient","id":"x","meta":{"versionId":"1","lastUpdated":"2020-01-01T00:00:00Z",
            "tag":[{"system":"urn:a","code":"t","display":"Test"}]},"active":true,"multipleBirthInteger":2,
            "identifier":[{"system":"http://a.example","value":"123"}],
            "name":[{"family":"Ampère","given":["Ann","B"],"period":{"start":"1999-12-31T10:00:00Z"}}],
            "_birthDate":{"extension":[{"url":"http://b.example","valueString":"about"}]},
            "photo":[{"contentType":"image/png","data":"AAAA","hash":"BBBB","title":"Portrait"}],
            "extension":[{"url":"c","valueBase64Binary":"CCCC"},{"url":"d","valueUri":"urn:uuid:1"}],
            "managingOrganization":{"reference":"Organization/1","display":"Clinic"},
            "contained":[{"resourceType":"Organization","id":"o","name":"Ward"}]}"#,
            &[],
            &[
                "t",
                "Test",
                "123",
                "Ampère",
                "Ann",
                "B",
                "1999-12-31",
                "about",
                "image/png",
                "Portrait",
                "Clinic",
                "Organization",
                "Ward",
            ],
        );
    }
}
