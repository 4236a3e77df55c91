//! Is what programs find out beforehand true?

use serde_json::Value;

use crate::ground::{Ground, request};

async fn document(ground: &Ground, path: &str) -> Value {
    let mut request = request("GET", path, axum::body::Body::empty());
    request.headers_mut().insert("accept", "text/html".parse().expect("a media type"));
    let answer = ground.ask(request).await;
    assert_eq!(answer.status, 200, "{path}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    serde_json::from_str(&answer.body).expect("a document is JSON")
}

#[tokio::test]
async fn every_endpoint_that_is_told_of_answers_a_cfg_03() {
    let ground = Ground::with_sign_in();
    for path in ["/fhir/.well-known/smart-configuration", "/.well-known/openid-configuration"] {
        let told = document(&ground, path).await;
        let members = told.as_object().expect("a document is an object");
        let urls = members.iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
        let mut count = 0;
        for (name, url) in urls {
            let path = url.as_str().and_then(|url| url.strip_prefix("http://here.example"));
            let status = ground.get(path.expect("URLs are absolute")).await.status;
            assert_ne!(status, 404, "{name}");
            count += 1;
        }
        assert!(count >= 6, "{told}");
        assert_eq!(told["issuer"], "http://here.example");
        assert_eq!(told["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    }
}

#[tokio::test]
async fn a_server_without_sign_in_tells_of_none() {
    let ground = Ground::new();
    for path in [
        "/fhir/.well-known/smart-configuration",
        "/.well-known/openid-configuration",
        "/auth/jwks",
        "/auth/userinfo",
    ] {
        assert_eq!(ground.get(path).await.status, 404, "{path}");
    }
}
