//! Are the rules of Bundles kept, and breaches found?

use crate::checks::tests::{check, resource};

fn bundle(kind: &str, members: &str) -> String {
    resource("Bundle", &format!(r#""type": "{kind}", {members}"#))
}

fn entry(full_url: &str, resource: &str) -> String {
    format!(r#"{{"fullUrl": "{full_url}", "resource": {resource}}}"#)
}

fn document(author: &str, section: &str) -> String {
    let composition =
        format!(r#""id": "c", "author": [{{"reference": "{author}"}}], "section": [{section}]"#);
    let composition = resource("Composition", &composition);
    let author = resource("Practitioner", r#""id": "p""#);
    let entries =
        [entry("http://a.org/Composition/c", &composition), entry("http://a.org/Practitioner/p", &author)];
    bundle("document", &format!(r#""entry": [{}]"#, entries.join(",")))
}

#[test]
fn entries_are_identified() {
    let patient = resource("Patient", r#""id": "p""#);
    let with = |full_url: &str| bundle("collection", &format!(r#""entry": [{}]"#, entry(full_url, &patient)));
    for good in ["http://a.org/Patient/p", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "http://a.org/x"]
    {
        check(&[], &with(good), &[]);
    }
    for bad in ["Patient/p", "http://a.org/Group/p"] {
        check(&[], &with(bad), &["error bundle-rule Bundle.entry[0]"]);
    }
    check(&[], &with("http://a.org/Patient/q"), &["warning bundle-rule Bundle.entry[0]"]);
    let elsewhere = format!(r#""entry": [{}]"#, entry("http://a.org/Patient/q", &patient));
    check(&[], &bundle("history", &elsewhere), &["warning bundle-rule Bundle.entry[0]"]);
    let nameless = format!(r#""entry": [{{"resource": {patient}}}]"#);
    check(&[], &bundle("collection", &nameless), &["error bundle-rule Bundle.entry[0]"]);
    check(&[], &bundle("transaction", &nameless), &[]);
    let request = r#""request": {"method": "POST"}"#;
    let posted =
        format!(r#""entry": [{{"fullUrl": "http://a.org/Patient/q", "resource": {patient}, {request}}}]"#);
    check(&[], &bundle("transaction", &posted), &[]);
}

#[test]
fn a_document_holds_what_its_composition_points_to() {
    check(&[], &document("Practitioner/p", "{}"), &[]);
    check(&[], &document("http://a.org/Practitioner/p", "{}"), &[]);
    let place = "error unresolved-reference Bundle.entry[0].resource.author[0]";
    check(&[], &document("Practitioner/q", "{}"), &[place, "error bundle-rule Bundle.entry[1]"]);
    check(&[], &document("http://b.org/Practitioner/p", "{}"), &[place, "error bundle-rule Bundle.entry[1]"]);
    let section = r#"{"section": [{"entry": [{"reference": "Group/g"}]}]}"#;
    let place = "error unresolved-reference Bundle.entry[0].resource.section[0].section[0].entry[0]";
    check(&[], &document("Practitioner/p", section), &[place]);
}

#[test]
fn a_document_begins_with_its_composition() {
    check(&[], &bundle("document", r#""id": "a""#), &["error bundle-rule Bundle"]);
    let patient = entry("http://a.org/Patient/p", &resource("Patient", r#""id": "p""#));
    let wrong = bundle("document", &format!(r#""entry": [{patient}]"#));
    check(&[], &wrong, &["error bundle-rule Bundle.entry[0]"]);
    let wrong = bundle("message", &format!(r#""entry": [{patient}]"#));
    check(&[], &wrong, &["error bundle-rule Bundle.entry[0]"]);
}

#[test]
fn versions_tell_entries_apart() {
    let version =
        |version: &str| resource("Group", &format!(r#""id": "g", "meta": {{"versionId": "{version}"}}"#));
    let of = |reference: &str| {
        let section = format!(r#""section": [{{"entry": [{{"reference": "{reference}"}}]}}]"#);
        let composition = resource("Composition", &format!(r#""id": "c", {section}"#));
        let entries = [
            entry("http://a.org/Composition/c", &composition),
            entry("http://a.org/Group/g", &version("1")),
            entry("http://a.org/Group/g", &version("2")),
        ];
        bundle("document", &format!(r#""entry": [{}]"#, entries.join(",")))
    };
    check(&[], &of("Group/g/_history/2"), &["error bundle-rule Bundle.entry[1]"]);
    let place = "error unresolved-reference Bundle.entry[0].resource.section[0].entry[0]";
    let lost = ["error bundle-rule Bundle.entry[1]", "error bundle-rule Bundle.entry[2]"];
    check(&[], &of("Group/g"), &[place, lost[0], lost[1]]);
    check(&[], &of("Group/g/_history/3"), &[place, lost[0], lost[1]]);
}

#[test]
fn a_searchset_holds_what_was_searched_for() {
    let own = r#""link": [{"relation": "self", "url": "http://a.org/Patient?name=a"}]"#;
    let found = |mode: &str, resource: &str| {
        let entry =
            format!(r#"{{"fullUrl": "urn:uuid:x", "resource": {resource}, "search": {{"mode": "{mode}"}}}}"#);
        bundle("searchset", &format!(r#"{own}, "entry": [{entry}]"#))
    };
    let patient = resource("Patient", r#""id": "p""#);
    let place = "error bundle-rule Bundle.entry[0].resource";
    check(&[], &found("match", &patient), &[]);
    check(&[], &found("outcome", &patient), &[place]);
    check(&[], &found("match", &resource("Group", r#""id": "g""#)), &[place]);
    check(&[], &found("include", &resource("Group", r#""id": "g""#)), &[]);
    check(&[], &found("match", &resource("Patient", r#""active": true"#)), &[place]);
    check(&[], &bundle("searchset", r#""total": 0"#), &["warning bundle-rule Bundle"]);
}

#[test]
fn some_links_stand_once() {
    let links = |relation: &str| {
        let link = format!(r#"{{"relation": "{relation}", "url": "http://a.org"}}"#);
        bundle("collection", &format!(r#""link": [{link}, {link}]"#))
    };
    check(&[], &links("self"), &["error bundle-rule Bundle.link[1]"]);
    check(&[], &links("alternate"), &[]);
}
