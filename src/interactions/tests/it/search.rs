//! Does a search keep its bounds, and say what went wrong?

use interactions::{Answer, Interaction};
use model::limits::{INCLUDE_ROUNDS_MAX, INCLUDED_MAX, LISTS_MAX, URL_BYTES_MAX};
use model::{Severity, Value, json};
use store::Error;

use crate::ground::{Ground, bundle, search, told};
use crate::rigged::Fault;

/// An entry that puts this resource in its place.
fn put(resource_type: &str, id: usize, members: &str) -> String {
    let resource = format!(r#"{{"resourceType":"{resource_type}","id":"{id}"{members}}}"#);
    format!(r#"{{"resource":{resource},"request":{{"method":"PUT","url":"{resource_type}/{id}"}}}}"#)
}

/// Stores them all.
async fn fill(ground: &Ground, entries: Vec<String>) {
    let answer = told(&ground.run(bundle("transaction", &entries)).await);
    assert!(answer.starts_with("201 Created"), "{answer}");
}

/// A server with so many places, each a part of the next.
async fn places(count: usize) -> Ground {
    let ground = Ground::new();
    let part_of = |id| format!(r#","partOf":{{"reference":"Location/{}"}}"#, id + 1);
    fill(&ground, (0..count).map(|id| put("Location", id, &part_of(id))).collect()).await;
    ground
}

/// How many resources a search includes, and the codes of what it complains of.
async fn check_included(ground: &Ground, asked: Interaction, included: usize, codes: &str) {
    let answer = told(&ground.run(asked).await);
    assert_eq!(answer.matches('+').count(), included);
    let last = answer.rsplit(' ').next().unwrap_or_default();
    assert_eq!(if last.contains('/') { "" } else { last }, codes);
}

#[tokio::test]
async fn what_was_included_is_asked_again_for_as_many_rounds_as_the_limit_says() {
    for (places_there, codes) in [(INCLUDE_ROUNDS_MAX, ""), (INCLUDE_ROUNDS_MAX + 1, "left-out")] {
        let ground = places(places_there).await;
        let asked = search("Location", "_id=0&_include:iterate=Location:partof");
        let included = std::cmp::min(places_there - 1, INCLUDE_ROUNDS_MAX);
        check_included(&ground, asked, included, codes).await;
    }
}

#[tokio::test]
async fn as_many_are_included_as_the_limit_says_and_no_more() {
    for (referring, codes) in [(INCLUDED_MAX, ""), (INCLUDED_MAX + 1, "left-out")] {
        let ground = Ground::new();
        fill(&ground, vec![put("Patient", 0, "")]).await;
        let of_patient = r#","code":{"text":"x"},"subject":{"reference":"Patient/0"}"#;
        fill(&ground, (0..referring).map(|id| put("Basic", id, of_patient)).collect()).await;
        let asked = search("Patient", "_revinclude=Basic:subject");
        check_included(&ground, asked, INCLUDED_MAX, codes).await;
    }
}

#[tokio::test]
async fn as_many_lists_are_read_as_the_limit_says() {
    let ground = Ground::new();
    let item = r#","status":"current","mode":"working","entry":[{"item":{"reference":"Patient/0"}}]"#;
    fill(&ground, (0..=LISTS_MAX).map(|id| put("List", id, item)).chain([put("Patient", 0, "")]).collect())
        .await;
    let named = |count| (0..count).map(|id: usize| id.to_string()).collect::<Vec<_>>().join(",");
    let asked = |count| search("Patient", &format!("_list={}", named(count)));
    ground.check(asked(LISTS_MAX), "Found Patient/0").await;
    ground.check(asked(LISTS_MAX + 1), "invalid-parameter").await;
}

#[tokio::test]
async fn a_canonical_with_a_version_brings_the_definition_of_that_version() {
    let ground = Ground::new();
    let form = |version: &str| format!(r#","url":"http://q","version":"{version}","status":"active""#);
    let filled = |canonical: &str| format!(r#","questionnaire":"{canonical}","status":"completed""#);
    let entries = vec![
        put("Questionnaire", 1, &form("1")),
        put("Questionnaire", 2, &form("2")),
        put("QuestionnaireResponse", 1, &filled("http://q|1")),
        put("QuestionnaireResponse", 2, &filled("http://q|2")),
        put("QuestionnaireResponse", 3, &filled("http://q")),
        put("QuestionnaireResponse", 4, &filled("http://q|3")),
    ];
    fill(&ground, entries).await;
    for (id, included) in [
        ("1", " Questionnaire/1+"),
        ("2", " Questionnaire/2+"),
        ("3", " Questionnaire/1+ Questionnaire/2+"),
        ("4", ""),
    ] {
        let asked = search(
            "QuestionnaireResponse",
            &format!("_id={id}&_include=QuestionnaireResponse:questionnaire"),
        );
        ground.check(asked, &format!("Found QuestionnaireResponse/{id}{included}")).await;
    }
    let asked = search("Questionnaire", "_id=2&_revinclude=QuestionnaireResponse:questionnaire");
    let found = "Found Questionnaire/2 QuestionnaireResponse/2+ QuestionnaireResponse/3+";
    ground.check(asked, found).await;
}

#[tokio::test]
async fn a_link_that_nobody_could_follow_is_left_out_and_the_way_on_is_told() {
    let ground = Ground::new();
    fill(&ground, (0..3).map(|id| put("Patient", id, "")).collect()).await;
    for (length, codes) in [(URL_BYTES_MAX / 2, ""), (URL_BYTES_MAX, " left-out")] {
        let query = format!("_id=0,1,2,{}&_count=1", "x".repeat(length));
        let answer = ground.run(search("Patient", &query)).await;
        assert_eq!(told(&answer), format!("Found Patient/0{codes}"));
        assert_eq!(next(&answer).is_some(), codes.is_empty());
    }
}

#[tokio::test]
async fn a_search_that_storage_gives_up_is_the_client_s_to_ask_otherwise() {
    let ground = Ground::new();
    for (error, code) in [(Error::Costly("a test"), "too-costly"), (Error::Cursor, "invalid-cursor")] {
        ground.store.rig(Fault::Fails(error));
        let failure = ground.run(search("Patient", "active=true")).await.map(|answer| told(&Ok(answer)));
        let issue = failure.expect_err("storage fails").issues.remove(0);
        assert_eq!((issue.code.as_str(), issue.severity), (code, Severity::Error));
    }
}

#[tokio::test]
async fn every_page_is_found_once_by_following_the_links() {
    let ground = Ground::new();
    fill(&ground, (0..10).map(|id| put("Patient", id, "")).collect()).await;
    for order in ["_sort=_id", "_sort=-_lastUpdated", ""] {
        let mut query = format!("{order}&_count=3");
        let mut found = Vec::new();
        for _ in 0..4 {
            let answer = ground.run(search("Patient", &query)).await;
            found.extend(told(&answer).split(' ').skip(1).map(str::to_owned));
            let Some(next) = next(&answer) else { break };
            query = next.split_once('?').expect("a link has a query").1.to_owned();
        }
        found.sort();
        let all: Vec<_> = (0..10).map(|id| format!("Patient/{id}")).collect();
        assert_eq!(found, all, "{order}");
    }
}

fn next(answer: &Result<Answer, interactions::Failure>) -> Option<String> {
    let Ok(Answer::Bundle(bytes)) = answer else { panic!("a search answers with a Bundle") };
    let bundle = json::parse(bytes).expect("a Bundle is JSON");
    let links = bundle.get("link").map(Value::items).unwrap_or_default();
    let next = links.iter().find(|link| link.text("relation") == Some("next"))?;
    next.text("url").map(str::to_owned)
}
