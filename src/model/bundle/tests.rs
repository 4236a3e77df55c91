//! Is a Bundle read as it was meant, and written as it is read?

use super::*;
use crate::issue::Code;
use crate::json;
use crate::value::Value;

fn check_refused(input: &str, expected: &[(Code, &str)]) {
    let Ok(Value::Object(bundle)) = json::parse(input.as_bytes()) else { panic!("an object") };
    let issues = match read(bundle) {
        Err(issues) => issues,
        Ok(bundle) => bundle.entries.into_iter().filter_map(Result::err).flatten().collect(),
    };
    let found: Vec<_> =
        issues.iter().map(|issue| (issue.code, issue.expression.as_deref().unwrap_or_default())).collect();
    assert_eq!(found, expected, "{input}");
}

#[test]
fn what_is_wrong_with_an_entry_is_said_with_its_place() {
    let bundle = |entries: &str| format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{entries}]}}"#);
    check_refused(r#"{"resourceType":"Patient"}"#, &[(Code::WrongType, "")]);
    check_refused(r#"{"resourceType":"Bundle","type":"history"}"#, &[(Code::BundleType, "Bundle.type")]);
    check_refused(&bundle("1"), &[(Code::InvalidEntry, "Bundle.entry[0]")]);
    check_refused(&bundle("{}"), &[(Code::InvalidEntry, "Bundle.entry[0].request")]);
    check_refused(
        &bundle(r#"{"request":{"method":"GIVE"}}"#),
        &[
            (Code::InvalidEntry, "Bundle.entry[0].request.method"),
            (Code::InvalidEntry, "Bundle.entry[0].request.url"),
        ],
    );
    check_refused(
        &bundle(r#"{"request":{"method":"POST","url":"Patient"}}"#),
        &[(Code::InvalidEntry, "Bundle.entry[0].resource")],
    );
    let named = r#"{"fullUrl":"urn:uuid:1","request":{"method":"GET","url":"Patient/1"}}"#;
    check_refused(&bundle(&format!("{named},{named}")), &[(Code::DuplicateEntry, "Bundle.entry[1].fullUrl")]);
}

#[test]
fn a_bundle_is_glued_from_bytes() {
    let links = [Link { relation: "self", url: "http://x/_history?a=\"1\"" }];
    let head = BundleHead { id: Some("b"), links: &links, ..BundleHead::new(BundleType::History) };
    let mut writer = BundleWriter::new(&head);
    let (full_url, request) = (Some("http://x/Basic/1"), Some((Method::Put, "Basic/1")));
    writer.entry(&EntryParts { full_url, resource: Some(b"{}"), request, ..EntryParts::default() });
    let response = Some(Response { etag: Some("W/\"1\""), ..Response::new("204 No Content") });
    writer.entry(&EntryParts { response, ..EntryParts::default() });
    let expected = concat!(
        r#"{"resourceType":"Bundle","id":"b","type":"history","#,
        r#""link":[{"relation":"self","url":"http://x/_history?a=\"1\""}],"entry":["#,
        r#"{"fullUrl":"http://x/Basic/1","resource":{},"request":{"method":"PUT","url":"Basic/1"}},"#,
        r#"{"response":{"status":"204 No Content","etag":"W/\"1\""}}]}"#,
    );
    assert_eq!(writer.finish(), expected);
}

#[test]
fn a_bundle_without_entries_has_no_empty_array() {
    let written = BundleWriter::new(&BundleHead::new(BundleType::History)).finish();
    assert_eq!(written, r#"{"resourceType":"Bundle","type":"history"}"#);
}
