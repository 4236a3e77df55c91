//! For how long does the server wait, for storage and for a client?
//!
//! Time is wound forward instead of waited for.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::{Stream, StreamExt as _, stream};
use model::limits::{BODY_IDLE_MS_MAX, BODY_RATE_MIN, REQUEST_MS_MAX};
use tokio::time::Instant;

use crate::ground::{Answer, Ground, PATIENT, request};
use crate::rigged::Fault;

const IDLE: Duration = Duration::from_millis(BODY_IDLE_MS_MAX);

/// How far a timer may overshoot: tokio's wheel turns in milliseconds.
const TICK: Duration = Duration::from_millis(2);

/// Pieces that come so long after each other, and then nothing for ever.
fn pieces(
    piece: Vec<u8>,
    count: usize,
    pause: Duration,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let piece = Bytes::from(piece);
    stream::iter(0..count).then(move |number| {
        let piece = piece.clone();
        async move {
            if number > 0 {
                tokio::time::sleep(pause).await;
            }
            Ok(piece)
        }
    })
}

/// A resource, and a Binary whose bytes go past memory.
fn uploads(body: impl Fn() -> Body) -> [Request<Body>; 2] {
    let raw = Request::builder().method("PUT").uri("/fhir/Binary/b").header("content-type", "text/plain");
    let raw = raw.body(body()).expect("the test's request is well-formed");
    [request("PUT", "/fhir/Patient/7", body()), raw]
}

/// Sends both uploads; each must be given up for its slowness after so long, and leave nothing behind.
async fn check_given_up(body: impl Fn() -> Body, after: Duration) {
    for request in uploads(body) {
        let ground = Ground::new();
        let url = request.uri().clone();
        let begun = Instant::now();
        let answer = ground.ask(request).await;
        assert_eq!(answer.complaint(), "408 slow-client error", "{url}");
        assert_eq!(answer.header("connection"), Some("close"), "{url}");
        assert!((after..after + TICK).contains(&begun.elapsed()), "{url}: after {:?}", begun.elapsed());
        assert_eq!((ground.versions().await, ground.blobs().await), (0, 0), "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn storage_that_never_answers_is_given_up() {
    let ground = Ground::new();
    ground.store.rig(Fault::Waits);
    for asked in
        [request("GET", "/fhir/Patient/7", Body::empty()), request("PUT", "/fhir/Patient/7", PATIENT)]
    {
        let begun = Instant::now();
        let answer: Answer = ground.ask(asked).await;
        assert_eq!(answer.complaint(), "504 timeout error");
        let limit = Duration::from_millis(REQUEST_MS_MAX);
        assert!((limit..limit + TICK).contains(&begun.elapsed()), "after {:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_given_up_when_no_byte_came_for_too_long() {
    let stalls = || Body::from_stream(pieces(b"{".to_vec(), 1, IDLE).chain(stream::pending()));
    check_given_up(stalls, IDLE).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_begins_is_given_up() {
    let silent = || Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    check_given_up(silent, IDLE).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_given_up_after_its_time_of_grace() {
    // No pause is too long; it is the whole that comes too slowly.
    let pause = IDLE * 3 / 5;
    check_given_up(|| Body::from_stream(pieces(b" ".to_vec(), usize::MAX, pause)), pause * 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_is_taken_when_it_comes_at_the_rate_asked_for() {
    let second = usize::try_from(BODY_RATE_MIN).expect("a piece fits in memory");
    let seconds = 30;
    let blanks = || pieces(vec![b' '; second], seconds, Duration::from_secs(1));
    for request in uploads(|| Body::from_stream(blanks().chain(stream::once(async { Ok(PATIENT.into()) })))) {
        let ground = Ground::new();
        let url = request.uri().clone();
        let answer = ground.ask(request).await;
        assert_eq!(answer.status, 201, "{url}: {}", answer.body);
    }
}
