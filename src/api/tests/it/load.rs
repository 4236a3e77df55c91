//! What happens when more is asked than can be done at once?

use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::{FutureExt as _, stream};
use model::limits::REQUESTS_MAX;

use crate::ground::{Ground, request};

/// A request in work.
type Work = Pin<Box<dyn Future<Output = Response>>>;

/// A request that is taken and waits for a body that never comes.
fn hold(ground: &Ground) -> Work {
    let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let mut work: Work = Box::pin(ground.begin(request("POST", "/fhir/Patient", body)));
    assert!((&mut work).now_or_never().is_none(), "the request was answered before its body came");
    work
}

async fn check_shed(ground: &Ground) {
    let answer = ground.get("/fhir/metadata").await;
    assert_eq!(answer.complaint(), "503 overloaded error");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_request_beyond_the_limit_is_told_to_come_back_and_the_place_of_one_that_ended_is_free() {
    let ground = Ground::new();
    let mut held: Vec<_> = (1..REQUESTS_MAX).map(|_| hold(&ground)).collect();
    assert_eq!(ground.get("/fhir/metadata").await.status, 200);
    held.push(hold(&ground));
    check_shed(&ground).await;
    // What was shed holds no place, and a client that went away gives up its own.
    check_shed(&ground).await;
    held.pop();
    assert_eq!(ground.get("/fhir/metadata").await.status, 200);
}
