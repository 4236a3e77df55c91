//! Where am I signed in, and how do I end that?
//!
//! A person sees and ends the own sessions, and nobody else's (A-SE-03).

use access::scope::{Scope, Scopes};
use axum::http::StatusCode;
use model::Instant;

use super::frame::{self, Content, Trouble};
use super::html::Html;
use super::kept::Aim;
use super::visit::{SignedIn, Visit};
use super::words::with;
use super::{Answer, apps, guard, sign_in, sign_out};

/// Where that is.
pub(super) const PATH: &str = "/auth/sessions";

/// `GET /auth/sessions`
pub(super) async fn show(visit: &Visit) -> Answer {
    match visit.signed_in().await? {
        None => sign_in::begin(visit, Aim::Page(PATH.to_owned())).await,
        Some(signed_in) => page(visit, &signed_in).await,
    }
}

/// `POST /auth/sessions`
pub(super) async fn take(visit: &Visit) -> Answer {
    let signed_in = visit.signed_in().await?.ok_or(Trouble::Form)?;
    if !guard::is_token(visit.field("key"), &signed_in.session.form_key) {
        return Err(Trouble::Form);
    }
    let account = &signed_in.account.id;
    match visit.field("session") {
        Some(number) => end(visit, account, number).await?,
        None => {
            let sessions = visit.keeper().sessions(account).await?;
            let others = sessions.iter().filter(|session| session.number != signed_in.session.number);
            for other in others {
                end(visit, account, &other.number).await?;
            }
        }
    }
    Ok(frame::go(PATH))
}

/// Ends a session of this person, and the access that apps have for as long as it lasts.
pub(super) async fn end(visit: &Visit, account: &str, number: &str) -> Result<(), Trouble> {
    visit.keeper().end_session(account, number).await?;
    let types = visit.app.context.definitions.resource_types();
    for agreement in visit.keeper().agreements(account).await? {
        let scopes = Scopes::known(&agreement.scopes, types);
        let lasts_with_it = scopes.has(&Scope::OnlineAccess) && !scopes.has(&Scope::OfflineAccess);
        if agreement.session == number && lasts_with_it {
            apps::end(visit, account, &agreement).await?;
        }
    }
    Ok(())
}

/// A moment for people: to the minute, in UTC.
pub(super) fn moment(micros: i64) -> String {
    let text = Instant(micros).to_string();
    format!("{} {} UTC", &text[..10], &text[11..16])
}

async fn page(visit: &Visit, signed_in: &SignedIn) -> Answer {
    let words = visit.words;
    let sessions = visit.keeper().sessions(&signed_in.account.id).await?;
    let lasting: Vec<_> =
        sessions.iter().filter(|session| session.lasts(&signed_in.account, visit.now)).collect();
    let rows = lasting.iter().map(|session| {
        let is_this = session.number == signed_in.session.number;
        let mark = if is_this { words.this_browser } else { "" };
        Html::of("<li>")
            .add(begin(signed_in))
            .element("<div class=\"row\"><div><strong>", mark, "</strong>")
            .element("<small><bdi>", &session.agent, "</bdi></small>")
            .element("<small>", &with(words.began, &moment(session.began_at.0)), "</small>")
            .element("<small>", &with(words.seen, &moment(session.seen_at.0)), "</small></div>")
            .raw("<button class=\"quiet\" name=\"session\"")
            .attribute("value", &session.number)
            .element(">", words.end_session, "</button></div></form></li>")
    });
    let mut body = Html::new()
        .element("<p class=\"lead\">", words.sessions_lead, "</p>")
        .element(
            "<p class=\"who\">",
            &with(words.signed_in_as, &signed_in.account.name),
            "</p><ul class=\"plain\">",
        )
        .add(rows.collect())
        .raw("</ul>");
    if lasting.len() > 1 {
        body = body.add(begin(signed_in)).element(
            "<div class=\"buttons\"><button>",
            words.end_others,
            "</button></div></form>",
        );
    }
    body = body
        .raw("<nav class=\"pages\"><a")
        .attribute("href", apps::PATH)
        .element(">", words.apps_title, "</a>")
        .add(sign_out::form(visit, signed_in, "quiet"))
        .raw("</nav>");
    let content = Content { title: words.sessions_title.to_owned(), body, leads_to: None };
    Ok(frame::page(visit, StatusCode::OK, content))
}

fn begin(signed_in: &SignedIn) -> Html {
    Html::of("<form method=\"post\"")
        .attribute("action", PATH)
        .raw("><input type=\"hidden\" name=\"key\"")
        .attribute("value", &signed_in.session.form_key)
        .raw(">")
}
