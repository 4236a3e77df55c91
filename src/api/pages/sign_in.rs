//! Who is it?
//!
//! A form with a name and a password, on behalf of a request that was begun and is kept. Whoever gives both gets a new
//! session and goes on with the request; everybody else sees the same page with the same words (A-LK-02).

use access::account::Account;
use access::session::Session;
use access::token;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{self, Content, Trouble};
use super::html::Html;
use super::kept::{Aim, DEVICE, Request};
use super::visit::Visit;
use super::words::with;
use super::{Answer, authorize, cookie, guard, tries};

/// Where somebody signs in.
pub(super) const PATH: &str = "/auth/sign-in";

/// Where one goes who asked for nothing else.
const HOME: &str = "/auth/apps";

/// `GET /auth/sign-in`
pub(super) async fn show(visit: &Visit) -> Answer {
    let Some((handle, request)) = begun(visit).await? else {
        return match visit.handle() {
            Some(_) => Err(Trouble::Gone),
            None => begin(visit, Aim::Page(HOME.to_owned())).await,
        };
    };
    if let Some(signed_in) = visit.signed_in().await?
        && authorize::is_fresh_enough(visit, &request, &signed_in).await?
    {
        return Ok(frame::go(&next(&handle, &request)));
    }
    form(visit, (&handle, &request), None).await
}

/// `POST /auth/sign-in`
pub(super) async fn take(visit: &Visit) -> Answer {
    let (handle, request) = begun(visit).await?.ok_or(Trouble::Gone)?;
    if !guard::is_token(visit.field("key"), &request.form_key) {
        return Err(Trouble::Form);
    }
    let login = visit.field("login").unwrap_or_default();
    let password = visit.field("password").unwrap_or_default();
    match tries::opened(visit, (login, password)).await? {
        None => form(visit, (&handle, &request), Some(login)).await,
        Some(account) => {
            let mut response = frame::go(&next(&handle, &request));
            enter(visit, &account, &mut response).await?;
            Ok(response)
        }
    }
}

/// Keeps what somebody asked for and sends the browser to sign in, or on if that was done before.
pub(super) async fn begin(visit: &Visit, aim: Aim) -> Answer {
    let fresh = || token::text((visit.app.context.random)());
    let known = visit.cookie(cookie::BROWSER).map(str::to_owned);
    let browser = known.clone().unwrap_or_else(fresh);
    let (handle, form_key) = (fresh(), fresh());
    let request =
        Request { aim, browser: token::digest(&browser), form_key, begun_at: visit.now.0, patient: None };
    visit.keeper().keep_request(&handle, &request).await?;
    let mut response = frame::go(&format!("{PATH}?request={handle}"));
    if known.is_none() {
        visit.set_cookie(&mut response, (cookie::BROWSER, &browser), None);
    }
    Ok(response)
}

/// The begun request that the visit goes on with, and its handle.
pub(super) async fn begun(visit: &Visit) -> Result<Option<(String, Request)>, Trouble> {
    let (Some(handle), Some(browser)) = (visit.handle(), visit.cookie(cookie::BROWSER)) else {
        return Ok(None);
    };
    let request = visit.keeper().request(handle, browser).await?;
    Ok(request.map(|request| (handle.to_owned(), request)))
}

/// Where a request goes on after somebody signed in.
fn next(handle: &str, request: &Request) -> String {
    match &request.aim {
        Aim::Page(path) => path.clone(),
        Aim::Authorize(_) => format!("{}?request={handle}", super::consent::PATH),
    }
}

/// Begins a session; whoever was signed in here before is not any more.
async fn enter(visit: &Visit, account: &Account, response: &mut Response) -> Result<(), Trouble> {
    let keeper = visit.keeper();
    if let Some(before) = visit.signed_in().await? {
        keeper.end_session(&before.account.id, &before.session.number).await?;
    }
    let fresh = || token::text((visit.app.context.random)());
    let (secret, device) = (fresh(), fresh());
    let session = Session {
        number: (visit.app.context.new_id)().as_str().to_owned(),
        account: account.id.clone(),
        began_at: visit.now,
        seen_at: visit.now,
        form_key: fresh(),
        agent: visit.agent(),
    };
    keeper.keep_session(&token::digest(&secret), &session).await?;
    let until = model::Instant(visit.now.0.saturating_add(cookie::DEVICE_SECONDS * 1_000_000));
    keeper.keep((DEVICE, &token::digest(&device)), account.id.clone().into_bytes(), Some(until)).await?;
    visit.set_cookie(response, (cookie::SESSION, &secret), None);
    visit.set_cookie(response, (cookie::DEVICE, &device), Some(cookie::DEVICE_SECONDS));
    tracing::info!(account = account.id, "signed in");
    Ok(())
}

async fn form(visit: &Visit, (handle, request): (&str, &Request), failed: Option<&str>) -> Answer {
    let words = visit.words;
    let asked = match &request.aim {
        Aim::Page(_) => None,
        Aim::Authorize(pairs) => Some(authorize::understood(visit, pairs).await?),
    };
    let hint = asked.as_ref().and_then(|(asked, _)| asked.login_hint.as_deref()).unwrap_or_default();
    let (invalid, described) = if failed.is_some() { ("true", "why") } else { ("false", "") };
    let mut body = Html::new();
    if let Some((_, client)) = &asked {
        body = body.element("<p class=\"lead\">", &with(words.sign_in_to, &client.name), "</p>");
    }
    if failed.is_some() {
        body = body.element("<p class=\"error\" id=\"why\" role=\"alert\">", words.sign_in_failed, "</p>");
    }
    let body = body
        .raw("<form method=\"post\"")
        .attribute("action", PATH)
        .raw("><input type=\"hidden\" name=\"request\"")
        .attribute("value", handle)
        .raw("><input type=\"hidden\" name=\"key\"")
        .attribute("value", &request.form_key)
        .element("><label class=\"field\" for=\"login\">", words.login, "</label>")
        .raw("<input type=\"text\" id=\"login\" name=\"login\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"254\" required dir=\"auto\"")
        .attribute("aria-invalid", invalid)
        .attribute("aria-describedby", described)
        .attribute("value", failed.unwrap_or(hint))
        .element("><label class=\"field\" for=\"password\">", words.password, "</label>")
        .raw("<input type=\"password\" id=\"password\" name=\"password\" autocomplete=\"current-password\" maxlength=\"128\" required")
        .attribute("aria-invalid", invalid)
        .attribute("aria-describedby", described)
        .element("><div class=\"buttons\"><button class=\"main\">", words.sign_in, "</button></div></form>");
    let leads_to = asked.and_then(|(asked, _)| frame::source(&asked.redirect_uri));
    let status = if failed.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Ok(frame::page(visit, status, Content { title: words.sign_in.to_owned(), body, leads_to }))
}
