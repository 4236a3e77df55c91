//! Which parameters does a search have?
//!
//! Those of the URL, and those of a form in the body: <https://hl7.org/fhir/R4/http.html#search>. What is in the body
//! stays out of the logs of proxies, so a search may name patients there.

use axum::body::Body;
use interactions::{Failure, HttpVerb, Interaction, Pairs, SearchRequest, parse_pairs};
use model::limits::FORM_BYTES_MAX;
use model::{Code, Issue};

use super::read_within;
use crate::app::App;
use crate::fhir::Asked;
use crate::{body, negotiate};

/// The media type of parameters in a body.
const FORM: &str = "application/x-www-form-urlencoded";

/// The search that is asked for, by URL or by body.
pub(super) async fn request(app: &App, asked: &mut Asked, body: Body) -> Result<Interaction, Failure> {
    let mut parameters = std::mem::take(&mut asked.pairs);
    if asked.verb == HttpVerb::Post {
        let mut sent = form(app, asked, body).await?;
        asked.view.take_more(&mut sent)?;
        parameters.append(&mut sent);
    }
    let place = &asked.place;
    let request = SearchRequest::at(place).ok_or_else(|| {
        Issue::error(Code::Internal, format!("{place:?} is offered and cannot be searched"))
    })?;
    Ok(Interaction::Search(SearchRequest {
        parameters,
        handling: asked.preferences.handling,
        // The search does it itself, so that nobody need look at the whole Bundle again.
        narrowing: std::mem::take(&mut asked.view.narrowing),
        form: asked.view.parameters.iter().filter(|pair| shapes_pages(pair)).cloned().collect(),
        ..request
    }))
}

/// A page without resources has no next one; that it was asked for is told with what was understood.
fn shapes_pages((name, value): &(String, String)) -> bool {
    name != "_summary" || value != "count"
}

async fn form(app: &App, asked: &mut Asked, body: Body) -> Result<Pairs, Issue> {
    let content_type = body::content_type(&asked.parts.headers)?.map(str::to_owned);
    let is_form = content_type.as_ref().map(|content_type| negotiate::essence(content_type) == FORM);
    let limit = std::cmp::min(app.settings.body_bytes_max, FORM_BYTES_MAX);
    let refused = || {
        let said = content_type.as_deref().unwrap_or("no media type");
        let message = format!("the parameters of a search come as {FORM}, and the body has {said}");
        Issue::error(Code::UnsupportedMediaType, message)
    };
    if is_form == Some(false) {
        return Err(refused());
    }
    let bytes = read_within(app, asked, body, limit).await?;
    if is_form.is_none() && !bytes.is_empty() {
        return Err(refused());
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Issue::error(Code::InvalidUtf8, "the parameters in the body are not UTF-8"))?;
    parse_pairs(text)
}
