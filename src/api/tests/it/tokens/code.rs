//! What comes of a code, and of going on from there?

use access::oauth::authorize::{self, Code};
use access::oauth::standing::agreements_of;
use access::token;
use model::{Id, Instant};
use serde_json::Value;

use super::{client, keep, open_account, read, refused, register, send, symmetric, text, token_of};
use crate::ground::Ground;
use access::client::Kind;

const BACK: &str = "https://app.example/back";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SCOPES: &str = "patient/*.rs offline_access";

/// A server where Ana agreed that `app` may have access, and the code for it.
async fn ground() -> (Ground, String) {
    let ground = Ground::with_sign_in();
    register(&ground, &client("app", Kind::Public)).await;
    register(&ground, &symmetric("web")).await;
    open_account(&ground, "ana", false).await;
    let code = agree(&ground, ("app", "family", 1)).await;
    (ground, code)
}

async fn agree(ground: &Ground, (client_id, family, number): (&str, &str, u8)) -> String {
    let code = token::text([number; 32]);
    let kept = Code {
        client_id: client_id.into(),
        redirect_uri: BACK.into(),
        challenge: token::challenge(VERIFIER),
        account: "ana".into(),
        fhir_user: access::person::parse_person("Patient/7"),
        role: "patient".into(),
        scopes: SCOPES.into(),
        patient: Id::parse("7"),
        nonce: None,
        signed_in_at: Instant(0),
        session: "s".into(),
        family: family.into(),
    };
    keep(ground, (authorize::KIND, &token::digest(&code)), kept.to_json()).await;
    keep(ground, (&agreements_of("ana"), family), b"{}".to_vec()).await;
    code
}

async fn exchange(ground: &Ground, code: &str) -> Result<Value, String> {
    exchange_as(ground, &[("client_id", "app")], (code, VERIFIER)).await
}

async fn exchange_as(
    ground: &Ground,
    client: &[(&str, &str)],
    (code, verifier): (&str, &str),
) -> Result<Value, String> {
    let asked = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", verifier),
    ];
    token_of(ground, &[&asked[..], client].concat(), None).await
}

async fn refresh(ground: &Ground, token: &str, more: &[(&str, &str)]) -> Result<Value, String> {
    let asked = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", token)];
    token_of(ground, &[&asked[..], more].concat(), None).await
}

async fn opens(ground: &Ground, told: &Value) -> bool {
    read(ground, "/fhir/Patient?_id=7", text(told, "access_token")).await.status == 200
}

/// What another server sees at once, and this one within a second.
fn look_anew(ground: &Ground) {
    ground.wind(2_000_000);
}

#[tokio::test]
async fn a_code_is_exchanged_for_tokens_with_their_context() {
    let (ground, code) = ground().await;
    let told = exchange(&ground, &code).await.expect("granted");
    assert_eq!((text(&told, "token_type"), text(&told, "scope")), ("Bearer", SCOPES));
    assert_eq!((told["expires_in"].as_i64(), text(&told, "patient")), (Some(3_600), "7"));
    assert!(opens(&ground, &told).await);
    assert_eq!(told.get("id_token"), None, "`openid` was not asked for");
}

#[tokio::test]
async fn a_code_that_comes_twice_takes_back_what_came_of_it() {
    let (ground, code) = ground().await;
    let told = exchange(&ground, &code).await.expect("granted");
    assert_eq!(exchange(&ground, &code).await, refused("400 invalid_grant"));
    look_anew(&ground);
    assert!(!opens(&ground, &told).await);
    assert_eq!(refresh(&ground, text(&told, "refresh_token"), &[]).await, refused("400 invalid_grant"));
}

#[tokio::test]
async fn a_code_is_spent_by_the_first_attempt_whoever_makes_it_a_tok_01_to_05() {
    let web = [("client_id", "web"), ("client_secret", "secret")];
    for attempt in ["none", "verifier", "client"] {
        let (ground, code) = ground().await;
        let told = match attempt {
            "none" => exchange(&ground, &token::text([9; 32])).await,
            "verifier" => exchange_as(&ground, &[("client_id", "app")], (&code, &"x".repeat(43))).await,
            _ => exchange_as(&ground, &web, (&code, VERIFIER)).await,
        };
        assert_eq!(told, refused("400 invalid_grant"), "{attempt}");
        assert_eq!(exchange(&ground, &code).await.is_ok(), attempt == "none", "{attempt}");
    }
}

#[tokio::test]
async fn a_refresh_token_gives_the_next_one_and_keeps_the_context_a_rf_03() {
    let (ground, code) = ground().await;
    let first = exchange(&ground, &code).await.expect("granted");
    let next = refresh(&ground, text(&first, "refresh_token"), &[("scope", "patient/Patient.r")]).await;
    let next = next.expect("granted");
    assert_eq!((text(&next, "scope"), text(&next, "patient")), ("patient/Patient.r", "7"));
    assert_ne!(text(&next, "refresh_token"), text(&first, "refresh_token"));
    let third = refresh(&ground, text(&next, "refresh_token"), &[]).await.expect("granted");
    assert_eq!(text(&third, "scope"), SCOPES, "a narrower token takes nothing from what was agreed to");
    let wider = refresh(&ground, text(&third, "refresh_token"), &[("scope", "user/*.rs")]).await;
    assert_eq!(wider, refused("400 invalid_scope"));
    assert!(opens(&ground, &third).await);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_and_a_stolen_token_ends_all_a_rf_02() {
    let (ground, code) = ground().await;
    let first = exchange(&ground, &code).await.expect("granted");
    let used = text(&first, "refresh_token");
    let next = refresh(&ground, used, &[]).await.expect("granted");
    let again = refresh(&ground, used, &[]).await.expect("granted within ten seconds");
    assert_eq!(text(&again, "refresh_token"), text(&next, "refresh_token"));
    ground.wind(11_000_000);
    assert!(opens(&ground, &again).await);
    assert_eq!(refresh(&ground, used, &[]).await, refused("400 invalid_grant"));
    look_anew(&ground);
    assert!(!opens(&ground, &again).await);
    assert_eq!(refresh(&ground, text(&next, "refresh_token"), &[]).await, refused("400 invalid_grant"));
}

#[tokio::test]
async fn a_refresh_token_is_one_clients_and_ends_with_the_account_a_tok_08() {
    let (ground, code) = ground().await;
    let told = exchange(&ground, &code).await.expect("granted");
    let asked = [("grant_type", "refresh_token"), ("refresh_token", text(&told, "refresh_token"))];
    let basic = "Basic d2ViOnNlY3JldA==";
    assert_eq!(token_of(&ground, &asked, Some(basic)).await, refused("400 invalid_grant"));
    open_account(&ground, "ana", true).await;
    look_anew(&ground);
    assert!(!opens(&ground, &told).await);
    assert_eq!(refresh(&ground, text(&told, "refresh_token"), &[]).await, refused("400 invalid_grant"));
}

#[tokio::test]
async fn taking_back_a_refresh_token_takes_back_its_access_tokens() {
    let (ground, code) = ground().await;
    let told = exchange(&ground, &code).await.expect("granted");
    assert!(opens(&ground, &told).await);
    let asked = [("token", text(&told, "refresh_token")), ("client_id", "app")];
    assert_eq!(send(&ground, "/auth/revoke", (&asked, None)).await.status, 200);
    assert!(!opens(&ground, &told).await);
}
