//! Whose pages may call, when the server was told whose?

use api::{Origins, Settings};
use axum::body::Body;

use crate::ground::{Answer, Ground, request};

const OURS: &str = "https://app.example";
const THEIRS: &str = "https://evil.example";

fn ground(cors_origins: Origins) -> Ground {
    Ground::with(Settings { body_bytes_max: 1 << 20, cors_origins, open: true })
}

fn these() -> Origins {
    Origins::These(vec!["https://other.example".to_owned(), OURS.to_owned()])
}

async fn call(ground: &Ground, method: &str, url: &str, origin: &str) -> Answer {
    let mut request = request(method, url, Body::empty());
    let headers = request.headers_mut();
    headers.insert("origin", origin.parse().expect("an origin is a header's value"));
    if method == "OPTIONS" {
        headers.insert("access-control-request-method", "DELETE".parse().expect("a method is too"));
    }
    ground.ask(request).await
}

/// Calls, fails and asks beforehand from a page at `origin`; all three say whether it may.
async fn check(origins: Origins, origin: &str, allowed: bool) {
    let ground = ground(origins);
    let allowed = allowed.then_some(origin);
    for (method, url, status) in
        [("GET", "/fhir/metadata", 200), ("GET", "/fhir/Patient/7", 404), ("OPTIONS", "/fhir/Patient/7", 204)]
    {
        let answer = call(&ground, method, url, origin).await;
        assert_eq!(answer.status, status, "{method} {url}");
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}: {method} {url}");
        let is_told_methods = answer.headers.contains_key("access-control-allow-methods");
        assert_eq!(is_told_methods, allowed.is_some() && method == "OPTIONS", "{origin}: {method} {url}");
        // Nobody's cookies or certificates are sent along.
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{method} {url}");
        let varies = answer.headers.get_all("vary").iter().any(|value| value == "Origin");
        assert_eq!(varies, allowed.is_some(), "{origin}: {method} {url}");
    }
}

#[tokio::test]
async fn pages_at_a_listed_origin_may_call_and_others_may_not() {
    check(these(), OURS, true).await;
    check(these(), THEIRS, false).await;
}

#[tokio::test]
async fn a_listed_origin_is_compared_whole() {
    for other in
        ["http://app.example", "https://app.example:8443", "https://app.example.evil.example", "null"]
    {
        check(these(), other, false).await;
    }
}

#[tokio::test]
async fn pages_of_this_machine_may_not_call_once_others_are_listed() {
    check(these(), "http://localhost:3000", false).await;
    check(Origins::Loopback, "http://localhost:3000", true).await;
}

#[tokio::test]
async fn pages_from_anywhere_may_call_when_any_may() {
    for origin in [OURS, THEIRS, "null"] {
        check(Origins::Any, origin, true).await;
    }
}

#[tokio::test]
async fn a_call_that_comes_from_no_page_is_told_nothing() {
    let answer = ground(Origins::Any).get("/fhir/metadata").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
