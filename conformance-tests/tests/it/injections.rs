//! Does anything that a client sends reach the text of a statement?
//!
//! Every parameter of every type is asked for texts that would change a statement if they became part of one. Each is
//! answered or refused; nothing fails inside, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance_tests::client::{Connection, write_request};
use conformance_tests::harness;
use conformance_tests::run::{POSTGRES_SETTING, Served};
use serde_json::Value;

/// Texts that end a literal, begin a comment, call a function, or leave the grammar of texts.
const HOSTILE: &[&str] = &[
    "'%20OR%20'1'='1",
    "';DROP%20TABLE%20resources;--",
    "%22%20OR%201=1%20--",
    "$1",
    "%25_%27)%20UNION%20SELECT%20*%20FROM%20grants--",
    "%5C'%20OR%201=1",
    "pg_sleep(9)",
    "%F0%9F%98%80%00%01",
];

const CONNECTIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_searched_for_becomes_part_of_a_statement() {
    let postgres = harness::setting(POSTGRES_SETTING);
    for database in [None].into_iter().chain(postgres.as_deref().map(Some)) {
        let served = Served::start(database).await.expect("the server starts");
        let address = served.address();
        let mut connection = Connection::open(address).await.expect("the server accepts");
        let patient = br#"{"resourceType":"Patient","id":"stands","name":[{"family":"O'Brien"}]}"#;
        assert_eq!(ask(&mut connection, "PUT /fhir/Patient/stands", patient).await.0, 201);

        let paths = Arc::new(paths(&mut connection).await);
        assert!(paths.len() > 2000, "{} parameters", paths.len());
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (paths, next) = (Arc::clone(&paths), Arc::clone(&next));
            workers.spawn(async move {
                let mut connection = Connection::open(address).await.expect("the server accepts");
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (status, told) = ask(&mut connection, &format!("GET {path}"), b"").await;
                    assert!(matches!(status, 200 | 400 | 422), "{path}: {status}: {told}");
                    assert!(
                        told["total"].as_u64().unwrap_or_default() == 0,
                        "{path} finds something: {told}"
                    );
                }
            });
        }
        workers.join_all().await;

        let (status, found) =
            ask(&mut connection, "GET /fhir/Patient?family=o'brien&_total=accurate", b"").await;
        assert_eq!((status, &found["total"]), (200, &Value::from(1)), "{found}");
        served.stop().await;
    }
}

/// For every parameter of every type a search for one of the texts; parameters take turns with them.
async fn paths(connection: &mut Connection) -> Vec<String> {
    let (_, statement) = ask(connection, "GET /fhir/metadata", b"").await;
    let mut paths = Vec::new();
    for resource in statement["rest"][0]["resource"].as_array().expect("types") {
        let fhir_type = resource["type"].as_str().expect("a type");
        for parameter in resource["searchParam"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let name = parameter["name"].as_str().expect("a name");
            let text = HOSTILE[paths.len() % HOSTILE.len()];
            paths.push(format!("/fhir/{fhir_type}?{name}={text}&_total=accurate&_count=1"));
        }
        let text = HOSTILE[paths.len() % HOSTILE.len()];
        paths.push(format!("/fhir/{fhir_type}?{text}=x"));
        paths.push(format!("/fhir/{fhir_type}?_sort={text}"));
    }
    paths
}

async fn ask(connection: &mut Connection, line: &str, body: &[u8]) -> (u16, Value) {
    let mut request = Vec::new();
    write_request(&mut request, line, &[("content-type", "application/fhir+json")], body);
    let answer = connection.ask(&request).await.expect("an answer");
    (answer.status, serde_json::from_slice(answer.body).unwrap_or_default())
}
