//! Does it hold when many ask at the same time?

use std::collections::BTreeSet;
use std::net::SocketAddr;

use conformance_tests::client::{Connection, write_request};
use conformance_tests::harness;
use conformance_tests::run::{POSTGRES_SETTING, Served};
use serde_json::Value;

const CROWD: usize = 1000;

/// Connections that the crowd shares.
const CONNECTIONS: usize = 50;

/// Resources that are paged through while others are written.
const PAGED: usize = 60;

/// Runs a check on SQLite, and on PostgreSQL where one is at hand.
async fn on_both<F: Future<Output = ()>>(check: impl Fn(SocketAddr) -> F) {
    let postgres = harness::setting(POSTGRES_SETTING);
    if postgres.is_none() {
        harness::tell(&format!("skipped: on PostgreSQL, because {POSTGRES_SETTING} is not set"));
    }
    for database in [None].into_iter().chain(postgres.as_deref().map(Some)) {
        let served = Served::start(database).await.expect("the server starts");
        check(served.address()).await;
        served.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_conditional_creates_of_one_identifier_make_one_resource() {
    on_both(async |address| {
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            workers.spawn(async move {
                let mut connection = Connection::open(address).await.expect("the server accepts");
                let mut statuses = Vec::new();
                for _ in 0..CROWD / CONNECTIONS {
                    let body = br#"{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]}"#;
                    let condition = [("If-None-Exist", "identifier=urn:x|1")];
                    statuses.push(ask(&mut connection, "POST /fhir/Patient", &condition, body).await.0);
                }
                statuses
            });
        }
        let statuses = workers.join_all().await.concat();
        let created = statuses.iter().filter(|status| **status == 201).count();
        let found = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!((created, found), (1, CROWD - 1), "{statuses:?}");
        let mut connection = Connection::open(address).await.expect("the server accepts");
        let (_, bundle) = ask(&mut connection, "GET /fhir/Patient?_total=accurate", &[], b"").await;
        assert_eq!(bundle["total"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_neither_skip_nor_repeat_what_matches_throughout_whatever_is_written_meanwhile() {
    on_both(async |address| {
        let mut connection = Connection::open(address).await.expect("the server accepts");
        for number in 0..PAGED {
            put(&mut connection, &format!("kept-{number}"), number % 7).await;
            put(&mut connection, &format!("lost-{number}"), number % 7).await;
        }
        for query in
            ["family=fam", "family=fam&_sort=family", "active=true&_sort=-family", "_sort=_lastUpdated"]
        {
            follow(&mut connection, query).await;
        }
    })
    .await;
}

/// Follows the pages of a query; between them others come and go.
async fn follow(connection: &mut Connection, query: &str) {
    let mut path = format!("/fhir/Patient?{query}&_count=7");
    let mut seen = Vec::new();
    for round in 0.. {
        let (status, bundle) = ask(connection, &format!("GET {path}"), &[], b"").await;
        assert_eq!(status, 200, "{bundle}");
        let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
        seen.extend(entries.iter().filter_map(|entry| entry["resource"]["id"].as_str()).map(str::to_owned));
        ask(connection, &format!("DELETE /fhir/Patient/lost-{}", round * 3 % PAGED), &[], b"").await;
        put(connection, &format!("new-{query}-{round}").replace(['=', '&', '_'], "-"), round % 7).await;
        let links = bundle["link"].as_array().expect("links");
        let next = links.iter().find(|link| link["relation"] == "next").and_then(|link| link["url"].as_str());
        let Some((_, rest)) = next.and_then(|next| next.split_once("/fhir/")) else { break };
        path = format!("/fhir/{rest}");
        assert!(round < 200, "the pages end");
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{query} repeats a resource: {seen:?}");
    let kept = seen.iter().filter(|id| id.starts_with("kept-")).count();
    assert_eq!(kept, PAGED, "{query} skips a resource: {seen:?}");
}

async fn put(connection: &mut Connection, id: &str, family: usize) {
    let body = format!(
        r#"{{"resourceType":"Patient","id":"{id}","active":true,"name":[{{"family":"Family{family}"}}]}}"#
    );
    let (status, told) = ask(connection, &format!("PUT /fhir/Patient/{id}"), &[], body.as_bytes()).await;
    assert!(matches!(status, 200 | 201), "{status}: {told}");
}

/// Asks, and returns the status and the body, if it is JSON.
async fn ask(connection: &mut Connection, line: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    let mut all = vec![("content-type", "application/fhir+json")];
    all.extend_from_slice(headers);
    let mut request = Vec::new();
    write_request(&mut request, line, &all, body);
    let answer = connection.ask(&request).await.expect("an answer");
    (answer.status, serde_json::from_slice(answer.body).unwrap_or_default())
}
