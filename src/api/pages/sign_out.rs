//! How does somebody leave?
//!
//! By a form, so that no other page can do it to a person; the session ends here and on every server (A-SE-05).

use axum::http::{HeaderName, HeaderValue, StatusCode};

use super::frame::{self, Content, Trouble};
use super::html::Html;
use super::visit::{SignedIn, Visit};
use super::words::with;
use super::{Answer, cookie, guard};

/// Where that is.
pub(super) const PATH: &str = "/auth/sign-out";

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// `GET /auth/sign-out`
pub(super) async fn show(visit: &Visit) -> Answer {
    match visit.signed_in().await? {
        None => Ok(gone(visit)),
        Some(signed_in) => {
            let body = Html::new()
                .element(
                    "<p class=\"who\">",
                    &with(visit.words.signed_in_as, &signed_in.account.name),
                    "</p>",
                )
                .add(form(visit, &signed_in, "main"));
            let content = Content { title: visit.words.sign_out.to_owned(), body, leads_to: None };
            Ok(frame::page(visit, StatusCode::OK, content))
        }
    }
}

/// `POST /auth/sign-out`
pub(super) async fn take(visit: &Visit) -> Answer {
    if let Some(signed_in) = visit.signed_in().await? {
        if !guard::is_token(visit.field("key"), &signed_in.session.form_key) {
            return Err(Trouble::Form);
        }
        super::sessions::end(visit, &signed_in.account.id, &signed_in.session.number).await?;
    }
    let mut response = gone(visit);
    visit.set_cookie(&mut response, (cookie::SESSION, ""), Some(0));
    // Not the cookies: the one that knows this browser keeps strangers from locking its owner out.
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}

/// The button that leads here.
pub(super) fn form(visit: &Visit, signed_in: &SignedIn, class: &str) -> Html {
    Html::of("<form method=\"post\"")
        .attribute("action", PATH)
        .raw("><input type=\"hidden\" name=\"key\"")
        .attribute("value", &signed_in.session.form_key)
        .raw("><button")
        .attribute("class", class)
        .element(">", visit.words.sign_out, "</button></form>")
}

fn gone(visit: &Visit) -> axum::response::Response {
    let body = Html::new().element("<p>", visit.words.signed_out_more, "</p>");
    let content = Content { title: visit.words.signed_out.to_owned(), body, leads_to: None };
    frame::page(visit, StatusCode::OK, content)
}
