//! What is answered to whoever has not signed in, on a server that asks for it?

use api::{Origins, Settings};
use axum::body::Body;
use axum::http::Request;
use interactions::{HttpVerb, Offer, Shape};

use crate::ground::{Ground, PATIENT, request};

fn ground(open: bool) -> Ground {
    Ground::with(Settings { body_bytes_max: 1 << 20, cors_origins: Origins::Loopback, open })
}

/// A request that an open server would understand.
fn asks_for(offer: &Offer) -> Request<Body> {
    let path = match offer.shape {
        Shape::Base => "",
        Shape::Metadata => "/metadata",
        Shape::SystemHistory => "/_history",
        Shape::Type if offer.verb == HttpVerb::Post => "/Patient",
        Shape::Type => "/Patient?_id=7",
        Shape::TypeHistory => "/Patient/_history",
        Shape::SystemSearch => "/_search",
        Shape::TypeSearch => "/Patient/_search",
        Shape::Compartment => "/Patient/7/Observation",
        Shape::CompartmentSearch => "/Patient/7/Observation/_search",
        Shape::Instance => "/Patient/7",
        Shape::InstanceHistory => "/Patient/7/_history",
        Shape::Version => "/Patient/7/_history/1",
        Shape::Operation => "/$probe",
    };
    let body = match offer.code {
        "create" | "update" => PATIENT.to_owned(),
        "patch" => r#"{"active":true}"#.to_owned(),
        "batch" | "transaction" => format!(
            r#"{{"resourceType":"Bundle","type":"{}","entry":[{{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}}]}}"#,
            offer.code
        ),
        _ => String::new(),
    };
    let mut request = request(offer.verb.as_str(), &format!("/fhir{path}"), body);
    let media_type = match offer.code {
        "patch" => "application/merge-patch+json",
        "search-type" | "search-system" => "application/x-www-form-urlencoded",
        _ => return request,
    };
    let media_type = media_type.parse().expect("a media type is a header's value");
    request.headers_mut().insert("content-type", media_type);
    request
}

#[tokio::test]
async fn every_interaction_asks_for_sign_in_and_says_how() {
    let ground = ground(false);
    for offer in interactions::ALL {
        let answer = ground.ask(asks_for(offer)).await;
        assert_eq!(answer.complaint(), "401 unauthenticated error", "{}", offer.code);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{}", offer.code);
    }
    assert_eq!(ground.versions().await, 0);
}

#[tokio::test]
async fn the_same_requests_are_answered_on_an_open_server() {
    for offer in interactions::ALL {
        let ground = ground(true);
        let first = ground.ask(request("PUT", "/fhir/Patient/7", PATIENT)).await;
        assert_eq!(first.status, 201);
        let answer = ground.ask(asks_for(offer)).await;
        assert!(answer.status.is_success(), "{}: {} {}", offer.code, answer.status, answer.body);
        assert_eq!(answer.header("www-authenticate"), None, "{}", offer.code);
    }
}

#[tokio::test]
async fn the_raw_bytes_that_nobody_sends_are_not_kept() {
    let upload = || {
        let request = Request::builder().method("POST").uri("/fhir/Binary");
        let request = request.header("content-type", "text/plain");
        request.body(Body::from("raw")).expect("the test's request is well-formed")
    };
    let closed = ground(false);
    assert_eq!(closed.ask(upload()).await.complaint(), "401 unauthenticated error");
    assert_eq!((closed.versions().await, closed.blobs().await), (0, 0));
    let open = ground(true);
    assert_eq!(open.ask(upload()).await.status, 201);
    assert_eq!((open.versions().await, open.blobs().await), (1, 1));
}

#[tokio::test]
async fn whether_the_server_lives_is_told_to_everybody() {
    let ground = ground(false);
    assert_eq!(ground.get("/health/live").await.status, 200);
    assert_eq!(ground.get("/health/ready").await.status, 200);
}
