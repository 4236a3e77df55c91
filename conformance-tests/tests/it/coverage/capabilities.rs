//! Does the server do what its CapabilityStatement says, and nothing else?
//!
//! Walks the statement of a live server: each type and each interaction that FHIR knows is asked for, and
//! answers if and only if it is announced. <https://hl7.org/fhir/R4/valueset-system-restful-interaction.html>.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use conformance_tests::run::Served;
use conformance_tests::wire::{Answer, ask, write_request};
use serde_json::Value;

/// An interaction that FHIR knows, and a request that asks for it.
struct Probe {
    code: &'static str,
    method: &'static str,
    /// Below the base; `TYPE` stands for the type.
    target: &'static str,
    content_type: &'static str,
    body: &'static str,
}

const JSON: &str = "application/fhir+json";
const FORM: &str = "application/x-www-form-urlencoded";

const OF_A_TYPE: &[Probe] = &[
    probe("read", "GET", "TYPE/probe"),
    probe("vread", "GET", "TYPE/probe/_history/1"),
    probe("delete", "DELETE", "TYPE/probe"),
    probe("history-instance", "GET", "TYPE/probe/_history"),
    probe("history-type", "GET", "TYPE/_history"),
    probe("search-type", "GET", "TYPE?_id=probe"),
    Probe { content_type: FORM, body: "_id=probe", ..probe("search-type", "POST", "TYPE/_search") },
    Probe { content_type: JSON, body: r#"{"resourceType":"TYPE"}"#, ..probe("create", "POST", "TYPE") },
    Probe {
        content_type: JSON,
        body: r#"{"resourceType":"TYPE","id":"probe"}"#,
        ..probe("update", "PUT", "TYPE/probe")
    },
    Probe {
        content_type: "application/json-patch+json",
        body: "[]",
        ..probe("patch", "PATCH", "TYPE/probe")
    },
];

const OF_THE_SYSTEM: &[Probe] = &[
    probe("history-system", "GET", "_history"),
    probe("search-system", "GET", "?_type=Patient"),
    Probe {
        content_type: JSON,
        body: r#"{"resourceType":"Bundle","type":"batch"}"#,
        ..probe("batch", "POST", "")
    },
    Probe {
        content_type: JSON,
        body: r#"{"resourceType":"Bundle","type":"transaction"}"#,
        ..probe("transaction", "POST", "")
    },
];

const fn probe(code: &'static str, method: &'static str, target: &'static str) -> Probe {
    Probe { code, method, target, content_type: JSON, body: "" }
}

#[test]
fn what_is_announced_answers_and_what_is_not_does_not() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let (types, breaches) = runtime.block_on(walk());
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
    // R4 has 148 types of resource, of which DomainResource and Resource are abstract.
    assert_eq!(types, 146);
}

/// How many types were announced, and what was not as announced.
async fn walk() -> (usize, Vec<String>) {
    let served = Served::start(None).await.unwrap_or_else(|wrong| panic!("{wrong}"));
    let address = served.address();
    let statement = send(address, &probe("capabilities", "GET", "metadata"), "").await;
    let statement: Value = serde_json::from_slice(&statement.body).expect("the statement is JSON");
    let rest = &statement["rest"][0];
    let mut breaches = Vec::new();
    compare(address, OF_THE_SYSTEM, "", &announced(rest), &mut breaches).await;
    let resources = rest["resource"].as_array().cloned().unwrap_or_default();
    for resource in &resources {
        let resource_type = resource["type"].as_str().unwrap_or_default();
        compare(address, OF_A_TYPE, resource_type, &announced(resource), &mut breaches).await;
    }
    compare(address, OF_A_TYPE, "Hovercraft", &BTreeSet::new(), &mut breaches).await;
    served.stop().await;
    (resources.len(), breaches)
}

fn announced(holder: &Value) -> BTreeSet<&str> {
    let interactions = holder["interaction"].as_array().into_iter().flatten();
    interactions.filter_map(|interaction| interaction["code"].as_str()).collect()
}

async fn compare(
    address: SocketAddr,
    probes: &[Probe],
    resource_type: &str,
    announced: &BTreeSet<&str>,
    breaches: &mut Vec<String>,
) {
    let known: BTreeSet<_> = probes.iter().map(|probe| probe.code).collect();
    breaches.extend(
        announced
            .difference(&known)
            .map(|code| format!("{resource_type} announces `{code}`, which nobody probes")),
    );
    for probe in probes {
        let answer = send(address, probe, resource_type).await;
        let text = String::from_utf8_lossy(&answer.body);
        let verdict = match (announced.contains(probe.code), refuses(answer.status, &text)) {
            (true, true) => "is announced and does not answer",
            (false, false) => "answers and is not announced",
            (false, true) if !text.contains("OperationOutcome") => "is refused without an OperationOutcome",
            _ => continue,
        };
        let (code, status) = (probe.code, answer.status);
        breaches.push(format!("{resource_type} {code} {verdict}: {status} {text}"));
    }
}

/// Whether this answer says that there is no such interaction, rather than no such resource.
fn refuses(status: u16, body: &str) -> bool {
    let no_place = ["\"unknown-path\"", "\"unknown-type\""].iter().any(|code| body.contains(code));
    matches!(status, 405 | 501) || (status == 404 && no_place)
}

async fn send(address: SocketAddr, probe: &Probe, resource_type: &str) -> Answer {
    let head = format!("{} /fhir/{}", probe.method, probe.target.replace("TYPE", resource_type));
    let head = head.strip_suffix('/').unwrap_or(&head);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![header("Host", &address.to_string()), header("Connection", "close")];
    headers.push(header("Content-Type", probe.content_type));
    let body = probe.body.replace("TYPE", resource_type);
    let answer = ask(address, &write_request(head, &headers, body.as_bytes(), false)).await;
    answer.unwrap_or_else(|wrong| panic!("{head}: {wrong}"))
}

#[test]
fn a_resource_that_is_missing_is_no_interaction_that_is_missing() {
    for (status, body, expected) in [
        (404, r#""code":"not-found""#, false),
        (404, r#""code":"unknown-type""#, true),
        (404, r#""code":"unknown-path""#, true),
        (410, "", false),
        (422, "", false),
        (405, "", true),
        (501, "", true),
    ] {
        assert_eq!(refuses(status, body), expected, "{status} {body}");
    }
}
