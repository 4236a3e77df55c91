//! Does the right password open an account, and does nothing else tell whether there is one?

use super::browser::{
    Browser, PASSWORD, SCOPE, account, accounts, authorize, forms, ground, keep_account, kept,
};
use crate::ground::{Answer, Ground};

/// Gives a name and a password in a new browser.
async fn give(ground: &Ground, browser: &mut Browser, (login, password): (&str, &str)) -> Answer {
    let begun = browser.get(ground, &authorize(&[])).await;
    let page = browser.follow(ground, begun).await;
    let form = forms(&page).remove(0).with("login", login).with("password", password);
    browser.submit(ground, &form).await
}

/// The page without what differs from one form to the next.
fn bare(answer: &Answer) -> String {
    let parts = answer.body.split("value=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
    let bare: String = parts.collect();
    bare.split("request=").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect()
}

/// A-LK-02
#[tokio::test]
async fn every_failure_looks_the_same() {
    let ground = ground().await;
    keep_account(&ground, &access::account::Account { disabled: true, ..account("gone", "patient", None) })
        .await;
    keep_account(&ground, &access::account::Account { password: None, ..account("none", "patient", None) })
        .await;
    let wrong = give(&ground, &mut Browser::default(), ("ana", "wrong")).await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.body.contains("do not go together"), "{}", wrong.body);
    for (login, password) in [("nobody", "wrong"), ("gone", PASSWORD), ("none", ""), ("a b", "x"), ("", "")] {
        let mut browser = Browser::default();
        let answer = give(&ground, &mut browser, (login, password)).await;
        assert_eq!((answer.status, bare(&answer)), (wrong.status, bare(&wrong)), "{login}");
        assert!(!browser.cookies.contains_key("sid"), "{login}");
    }
}

/// A-LK-01
#[tokio::test]
async fn a_stranger_who_guesses_is_locked_out_and_the_owner_in_a_known_browser_is_not() {
    let ground = ground().await;
    let mut known = Browser::default();
    assert_eq!(give(&ground, &mut known, ("ana", PASSWORD)).await.status, 303);
    for _ in 0..5 {
        give(&ground, &mut Browser::default(), ("ana", "guess")).await;
    }
    // The clock of these tests stands still, so that the first wait never ends.
    let locked = give(&ground, &mut Browser::default(), (" ANA", PASSWORD)).await;
    assert_eq!(locked.status, 403);
    known.cookies.remove("sid");
    assert_eq!(give(&ground, &mut known, ("ana", PASSWORD)).await.status, 303);
    let tries = kept(&ground, &format!("try/{}", access::token::digest("ana"))).await;
    assert_eq!(tries.len(), 5, "what is not heeded makes no wait longer");
}

#[tokio::test]
async fn guesses_side_by_side_see_each_other() {
    let ground = ground().await;
    let mut browsers: Vec<_> = (0..20).map(|_| Browser::default()).collect();
    let guesses = browsers.iter_mut().map(|browser| give(&ground, browser, ("ana", "guess")));
    futures_util::future::join_all(guesses).await;
    let tries = kept(&ground, &format!("try/{}", access::token::digest("ana"))).await;
    assert!(tries.len() <= 5, "{} were heeded", tries.len());
}

/// A-SE-01, A-PW-01
#[tokio::test]
async fn a_session_is_new_at_each_sign_in_and_kept_as_a_digest() {
    let (ground, mut browser) = (ground().await, Browser::default());
    browser.sign_in(&ground, (SCOPE, "ana")).await;
    let first = browser.cookies["sid"].clone();
    give_again(&ground, &mut browser).await;
    let second = browser.cookies["sid"].clone();
    assert_ne!(first, second);
    let sessions = kept(&ground, "session").await;
    assert_eq!(sessions.len(), 1, "the first one has ended");
    assert!(!sessions[0].contains(&second));
    let hash =
        accounts(&ground).named("ana").await.expect("memory answers").and_then(|account| account.password);
    assert!(hash.is_some_and(|hash| hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$")), "made again");
}

async fn give_again(ground: &Ground, browser: &mut Browser) {
    let begun = browser.get(ground, &authorize(&[("prompt", "login")])).await;
    let page = browser.follow(ground, begun).await;
    // The clock stands still: a session of this very moment counts as new, so the form is asked for by hand.
    let handle =
        forms(&page).remove(0).fields.into_iter().find(|(name, _)| name == "request").expect("a handle").1;
    let saved = browser.cookies.remove("sid").expect("signed in");
    let page = browser.get(ground, &format!("/auth/sign-in?request={handle}")).await;
    browser.cookies.insert("sid".to_owned(), saved);
    let form = forms(&page).remove(0).with("login", "ana").with("password", PASSWORD);
    assert_eq!(browser.submit(ground, &form).await.status, 303);
}

/// A-HDR-01
#[tokio::test]
async fn pages_load_and_run_nothing_and_are_kept_nowhere() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let begun = browser.get(&ground, &authorize(&[])).await;
    let page = browser.follow(&ground, begun).await;
    assert_eq!(
        page.header("content-security-policy"),
        Some(
            "default-src 'none'; style-src 'self'; form-action 'self' https://app.example; frame-ancestors 'none'; \
             base-uri 'none'"
        )
    );
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    assert!(!page.body.contains("<script") && !page.body.contains("style=") && !page.body.contains("<style"));
    let sheet = page.body.split("stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let sheet = browser.get(&ground, sheet.expect("a stylesheet")).await;
    assert_eq!((sheet.status.as_u16(), sheet.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(sheet.header("cache-control").is_some_and(|kept| kept.contains("immutable")));
}

#[tokio::test]
async fn pages_speak_the_language_that_was_chosen_and_in_its_direction() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let begun = browser.get(&ground, &authorize(&[])).await;
    let page = browser.follow(&ground, begun).await;
    assert!(page.body.contains("<html lang=\"en\" dir=\"ltr\">"), "{}", page.body);
    let link = page.body.split("href=\"").find(|part| part.contains("lang=ar")).expect("a link to Arabic");
    let link = link.split('"').next().expect("a link").replace("&amp;", "&");
    let page = browser.get(&ground, &link).await;
    assert!(page.body.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", page.body);
    assert!(page.body.contains("تسجيل الدخول"), "{}", page.body);
    let form = forms(&page).remove(0).with("login", "ana").with("password", PASSWORD);
    let answer = browser.submit(&ground, &form).await;
    let page = browser.follow(&ground, answer).await;
    assert!(page.body.contains("dir=\"rtl\""), "{}", page.body);
}
