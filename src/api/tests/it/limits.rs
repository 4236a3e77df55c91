//! Does each bound of the surface lie where it is said to lie?

use std::time::Duration;

use api::{Origins, Settings};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use model::limits::{FORM_BYTES_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, READY_MS_MAX, URL_BYTES_MAX};
use serde_json::Value;
use tokio::time::Instant;

use crate::ground::{Ground, PATIENT, request};
use crate::rigged::Fault;

/// A Patient of so many bytes.
fn patient(length: usize) -> String {
    format!("{PATIENT:length$}")
}

async fn check_body(length: usize, says_length: bool, expected: &str) {
    let settings = Settings { body_bytes_max: 1000, cors_origins: Origins::Loopback, open: true };
    let ground = Ground::with(settings);
    let mut asked = request("PUT", "/fhir/Patient/7", patient(length));
    if says_length {
        asked.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    let answer = ground.ask(asked).await;
    let told = if answer.status == 201 { "201".to_owned() } else { answer.complaint() };
    assert_eq!(told, expected, "{length} bytes");
    assert_eq!(ground.versions().await, usize::from(expected == "201"));
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_limit_and_refused_one_byte_beyond() {
    for says_length in [false, true] {
        check_body(1000, says_length, "201").await;
        check_body(1001, says_length, "413 too-large error").await;
    }
}

/// A search whose parameters have so many bytes in the body.
async fn check_form(length: usize, expected: &str) {
    let body_bytes_max = 2 * FORM_BYTES_MAX;
    let ground = Ground::with(Settings { body_bytes_max, cors_origins: Origins::Loopback, open: true });
    let mut asked =
        request("POST", "/fhir/Patient/_search", "_id=".to_owned() + &"a".repeat(length - "_id=".len()));
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    asked.headers_mut().insert(header::CONTENT_TYPE, form);
    let answer = ground.ask(asked).await;
    let told = if answer.status == 200 { "200".to_owned() } else { answer.complaint() };
    assert_eq!(told, expected, "{length} bytes");
}

#[tokio::test]
async fn parameters_in_a_body_are_taken_up_to_their_limit_and_refused_one_byte_beyond() {
    check_form(FORM_BYTES_MAX, "200").await;
    check_form(FORM_BYTES_MAX + 1, "413 too-large error").await;
}

#[tokio::test]
async fn a_url_is_read_up_to_its_limit_and_refused_one_byte_beyond() {
    let ground = Ground::new();
    let url = "/fhir/metadata?_elements=";
    let longest = format!("{url}{}", "a".repeat(URL_BYTES_MAX - url.len()));
    assert_eq!(ground.get(&longest).await.status, 200);
    assert_eq!(ground.get(&format!("{longest}a")).await.complaint(), "414 url-too-long error");
}

/// How many entries a page of the history has that is asked for in this way, and whether there are more.
async fn check_page(ground: &Ground, query: &str, entries: usize, more: bool) {
    let answer = ground.get(&format!("/fhir/Patient/_history{query}")).await;
    let bundle: Value = serde_json::from_str(&answer.body).expect("a Bundle is JSON");
    assert_eq!(bundle["entry"].as_array().map(Vec::len), Some(entries), "{query}");
    let links = bundle["link"].as_array().expect("a page has links");
    assert_eq!(links.iter().any(|link| link["relation"] == "next"), more, "{query}");
}

#[tokio::test]
async fn a_page_has_no_more_entries_than_its_limit_whatever_is_asked_for() {
    let ground = Ground::new();
    for count in 1..=PAGE_SIZE_MAX + 1 {
        let answer = ground.ask(request("POST", "/fhir/Patient", Body::from(PATIENT))).await;
        assert_eq!(answer.status, 201);
        if count == PAGE_SIZE_DEFAULT {
            check_page(&ground, "", count, false).await;
        }
        if count == PAGE_SIZE_MAX {
            check_page(&ground, &format!("?_count={PAGE_SIZE_MAX}"), count, false).await;
        }
    }
    check_page(&ground, "", PAGE_SIZE_DEFAULT, true).await;
    check_page(&ground, &format!("?_count={PAGE_SIZE_MAX}"), PAGE_SIZE_MAX, true).await;
    check_page(&ground, &format!("?_count={}", PAGE_SIZE_MAX + 1), PAGE_SIZE_MAX, true).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_storage_is_silent_is_not_ready_after_the_time_it_may_take() {
    let ground = Ground::new();
    ground.store.rig(Fault::Waits);
    let begun = Instant::now();
    let answer = ground.get("/health/ready").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (503, "not ready: storage does not answer\n"));
    let (limit, tick) = (Duration::from_millis(READY_MS_MAX), Duration::from_millis(10));
    assert!((limit..limit + tick).contains(&begun.elapsed()), "after {:?}", begun.elapsed());
}
