//! Which apps have access to my data, and how do I take it back?
//!
//! What somebody agreed to, for as long as something can come of it (A-EP-11). Taking it back ends every token that was
//! born of it, at once.

use access::scope::{Scope, Scopes};
use axum::http::StatusCode;

use super::frame::{self, Content, Trouble};
use super::html::Html;
use super::kept::{Agreement, Aim};
use super::scopes::choices;
use super::visit::{SignedIn, Visit};
use super::words::with;
use super::{Answer, guard, sessions, sign_in, sign_out};
use crate::authenticate;

/// Where that is.
pub(super) const PATH: &str = "/auth/apps";

/// `GET /auth/apps`
pub(super) async fn show(visit: &Visit) -> Answer {
    match visit.signed_in().await? {
        None => sign_in::begin(visit, Aim::Page(PATH.to_owned())).await,
        Some(signed_in) => page(visit, &signed_in, None).await,
    }
}

/// `POST /auth/apps`
pub(super) async fn take(visit: &Visit) -> Answer {
    let signed_in = visit.signed_in().await?.ok_or(Trouble::Form)?;
    if !guard::is_token(visit.field("key"), &signed_in.session.form_key) {
        return Err(Trouble::Form);
    }
    let family = visit.field("family").ok_or(Trouble::Request)?;
    let agreements = visit.keeper().agreements(&signed_in.account.id).await?;
    let agreement = agreements.into_iter().find(|agreement| agreement.family == family);
    let Some(agreement) = agreement else { return Err(Trouble::Gone) };
    end(visit, &signed_in.account.id, &agreement).await?;
    page(visit, &signed_in, Some(&agreement.app)).await
}

/// Takes an agreement away; what was looked up of late of its tokens is looked up anew.
pub(super) async fn end(visit: &Visit, account: &str, agreement: &Agreement) -> Result<(), Trouble> {
    visit.keeper().disagree(account, &agreement.family).await?;
    authenticate::forget_all(&visit.app);
    Ok(())
}

async fn page(visit: &Visit, signed_in: &SignedIn, removed: Option<&str>) -> Answer {
    let words = visit.words;
    let agreements = visit.keeper().agreements(&signed_in.account.id).await?;
    let mut body = Html::new().element("<p class=\"lead\">", words.apps_lead, "</p>").element(
        "<p class=\"who\">",
        &with(words.signed_in_as, &signed_in.account.name),
        "</p>",
    );
    if let Some(app) = removed {
        body = body.element("<p class=\"done\" role=\"status\">", &with(words.removed, app), "</p>");
    }
    if agreements.is_empty() {
        body = body.element("<p>", words.apps_none, "</p>");
    }
    let rows = agreements.iter().map(|agreement| row(visit, signed_in, agreement)).collect();
    body = body
        .raw("<ul class=\"plain\">")
        .add(rows)
        .raw("</ul><nav class=\"pages\"><a")
        .attribute("href", sessions::PATH)
        .element(">", words.sessions_title, "</a>")
        .add(sign_out::form(visit, signed_in, "quiet"))
        .raw("</nav>");
    let content = Content { title: words.apps_title.to_owned(), body, leads_to: None };
    Ok(frame::page(visit, StatusCode::OK, content))
}

fn row(visit: &Visit, signed_in: &SignedIn, agreement: &Agreement) -> Html {
    let words = visit.words;
    let scopes = Scopes::known(&agreement.scopes, visit.app.context.definitions.resource_types());
    let offline = if scopes.has(&Scope::OfflineAccess) { words.apps_offline } else { "" };
    let told =
        choices(&scopes).iter().map(|choice| Html::of("<li>").add(choice.told(words)).raw("</li>")).collect();
    let label = format!("{}: {}", words.remove_access, agreement.app);
    Html::of("<li><form method=\"post\"")
        .attribute("action", PATH)
        .raw("><input type=\"hidden\" name=\"key\"")
        .attribute("value", &signed_in.session.form_key)
        .raw("><input type=\"hidden\" name=\"family\"")
        .attribute("value", &agreement.family)
        .element("><div class=\"row\"><div><strong><bdi>", &agreement.app, "</bdi></strong>")
        .element("<small>", &with(words.apps_since, &sessions::moment(agreement.at)), "</small>")
        .element("<small>", offline, "</small></div><button class=\"quiet\"")
        .attribute("aria-label", &label)
        .element(">", words.remove_access, "</button></div><ul class=\"also\">")
        .add(told)
        .raw("</ul></form></li>")
}
