//! Does a running server go by the definitions that clients store?

use crate::packed::{HERE, claiming};
use crate::program::folder;
use crate::running::Server;

/// What a server says when it has taken other definitions.
const TAKEN: &str = "definitions were stored or deleted; the rules are those of now";

const CLOSELY: &str = "prefer: validation=full\r\n";

/// Sends a request and compares the status, and what the answer says.
fn check(server: &Server, (method, path, body): (&str, &str, &str), expected: &[&str]) {
    let answer = server.ask_with(method, path, CLOSELY, body);
    let [status, parts @ ..] = expected else { panic!("a status is expected") };
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    for part in parts {
        assert!(answer.contains(part), "{part} in {answer}");
    }
}

#[test]
fn a_profile_that_is_stored_holds_until_it_is_deleted_and_after_a_restart() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let profile = format!(
        r#"{{"resourceType":"StructureDefinition","id":"named","url":"{HERE}/named-patient","name":"Named",
        "status":"active","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",
        "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
        "differential":{{"element":[{{"id":"Patient.name","path":"Patient.name","min":1}}]}}}}"#
    );
    let nameless = claiming("");
    let create = ("POST", "/fhir/Patient", nameless.as_str());
    check(&server, create, &["201"]);
    check(&server, ("PUT", "/fhir/StructureDefinition/named", &profile), &["201"]);
    server.wait_for(TAKEN);
    check(&server, create, &["422", "cardinality", "Patient.name"]);
    server.stop();

    let server = Server::start(folder.path(), &[]);
    check(&server, create, &["422", "cardinality", "Patient.name"]);
    check(&server, ("DELETE", "/fhir/StructureDefinition/named", ""), &["204"]);
    server.wait_for(TAKEN);
    check(&server, create, &["201"]);
    server.stop();
}

#[test]
fn a_parameter_that_cannot_be_used_is_named_in_the_log_and_harms_no_other() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    check(
        &server,
        ("POST", "/fhir/Patient", r#"{"resourceType":"Patient","name":[{"suffix":["Jr"]}]}"#),
        &["201"],
    );
    let entries = [("broken", "Patient.wings"), ("suffix", "Patient.name.suffix")].map(|(code, expression)| {
        format!(
            r#"{{"request":{{"method":"POST","url":"SearchParameter"}},"resource":{{"resourceType":"SearchParameter",
            "url":"urn:{code}","name":"P","status":"active","description":"x","code":"{code}","base":["Patient"],
            "type":"string","expression":"{expression}"}}}}"#
        )
    });
    let entries = entries.join(",");
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#);
    check(&server, ("POST", "/fhir", &bundle), &["200"]);
    let warning = server.wait_for("a search parameter that is installed or stored cannot be used");
    assert!(warning.contains("urn:broken"), "{warning}");
    server.wait_for("everything is found");
    check(&server, ("GET", "/fhir/Patient?suffix=jr", ""), &["200", "\"Jr\""]);
    check(&server, ("GET", "/fhir/Patient?broken=jr", ""), &["400", "unknown-parameter"]);
    check(&server, ("GET", "/fhir/metadata", ""), &["200", "urn:suffix"]);
    server.stop();
}
