//! Does each kind of document lead to what is promised?

use super::*;

/// Plans a document and tells each deed: what is put where, or what stands in the Bundle to be run.
fn check(document: &str, expected: &[&str]) {
    assert_eq!(told(document), expected);
}

fn told(document: &str) -> Vec<String> {
    let Ok(Value::Object(resource)) = json::parse(document.as_bytes()) else { panic!("an object") };
    let names = Names::new(b"text", 0);
    match plan(resource, names, Definitions::r4()) {
        Err(why) => vec![format!("refused: {why}")],
        Ok(deeds) => deeds.into_iter().map(tell).collect(),
    }
}

fn tell(deed: Deed) -> String {
    match deed.interaction {
        Interaction::Update { key, .. } => format!("PUT {key}"),
        Interaction::Bundle { bundle, .. } => {
            let bundle = Value::Object(bundle);
            let request = |entry: &Value| {
                let request = entry.get("request").expect("a request");
                let text = |name| request.text(name).unwrap_or_default().to_owned();
                let id = entry.get("resource").and_then(|resource| resource.text("id")).unwrap_or("-");
                format!("{} {} id {id}", text("method"), text("url"))
            };
            let entries: Vec<_> =
                bundle.get("entry").map(Value::items).unwrap_or_default().iter().map(request).collect();
            format!(
                "{} of {}: {}",
                bundle.text("type").unwrap_or_default(),
                deed.resources,
                entries.join("; ")
            )
        }
        _ => panic!("only updates and Bundles are planned"),
    }
}

#[test]
fn a_resource_is_put_under_its_id() {
    check(r#"{"resourceType":"Patient","id":"7"}"#, &["PUT Patient/7"]);
}

#[test]
fn a_resource_without_an_id_gets_the_same_one_every_time() {
    let first = told(r#"{"resourceType":"Patient"}"#);
    assert_eq!(first, told(r#"{"resourceType":"Patient"}"#));
    assert_eq!(first[0].len(), "PUT Patient/".len() + 36, "{first:?}");
}

#[test]
fn creations_of_a_transaction_become_updates_under_made_ids() {
    let told = told(
        r#"{"resourceType":"Bundle","type":"transaction","entry":[
            {"resource":{"resourceType":"Patient","id":"theirs"},"request":{"method":"POST","url":"Patient"}},
            {"resource":{"resourceType":"Patient","id":"own"},"request":{"method":"PUT","url":"Patient/own"}},
            {"request":{"method":"DELETE","url":"Patient/3"}}]}"#,
    );
    let (_, rest) = told[0].split_once("Patient/").expect("a url");
    let id = &rest[..36];
    assert_eq!(
        told,
        [format!(
            "transaction of 2: PUT Patient/{id} id {id}; PUT Patient/own id own; DELETE Patient/3 id -"
        )]
    );
    assert_ne!(id, "theirs");
}

#[test]
fn a_conditional_creation_keeps_its_condition() {
    check(
        r#"{"resourceType":"Bundle","type":"batch","entry":[
            {"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"a=b"}}]}"#,
        &["batch of 1: POST Patient id -"],
    );
}

#[test]
fn what_a_search_found_is_put_one_by_one_and_its_troubles_are_left_out() {
    check(
        r#"{"resourceType":"Bundle","type":"searchset","entry":[
            {"fullUrl":"http://a/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
            {"resource":{"resourceType":"OperationOutcome","id":"x"},"search":{"mode":"outcome"}},
            {"resource":{"resourceType":"Basic","id":"2"},"search":{"mode":"include"}}]}"#,
        &["PUT Patient/1", "PUT Basic/2"],
    );
}

#[test]
fn a_collection_whose_entries_name_each_other_by_urn_goes_together() {
    check(
        r#"{"resourceType":"Bundle","type":"collection","entry":[
            {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"1"}},
            {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Basic","id":"2"}}]}"#,
        &["transaction of 2: PUT Patient/1 id 1; PUT Basic/2 id 2"],
    );
}

#[test]
fn a_document_is_one_resource() {
    check(r#"{"resourceType":"Bundle","type":"document","id":"d","entry":[]}"#, &["PUT Bundle/d"]);
}

#[test]
fn what_cannot_be_loaded_is_refused_with_its_place() {
    check(r#"{"resourceType":"Car"}"#, &["refused: resource: `Car` is not a resource type of FHIR R4"]);
    check(r#"{"id":"1"}"#, &["refused: resource: there is no resourceType"]);
    check(r#"{"resourceType":"Patient","id":"a_b"}"#, &["refused: resource: the id is not one"]);
    check(
        r#"{"resourceType":"Bundle","type":"history"}"#,
        &[
            "refused: Bundle.type: `history` cannot be loaded, expected transaction, batch, collection, searchset, \
           document or message",
        ],
    );
    check(
        r#"{"resourceType":"Bundle","type":"collection","entry":[{}]}"#,
        &["refused: Bundle.entry[0]: there is no resource"],
    );
}

#[test]
fn refused_entries_of_an_answer_are_told_with_their_place() {
    let answer = br#"{"resourceType":"Bundle","entry":[{"response":{"status":"201 Created"}},
        {"response":{"status":"422 x","outcome":{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no"}]}}}]}"#;
    assert_eq!(refused_entries(answer), ["Bundle.entry[1]: no"]);
}
