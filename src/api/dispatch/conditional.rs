//! Which resource is a write about whose URL names none?
//!
//! `PUT`, `PATCH` and `DELETE` of `[type]?…`, and `POST` with `If-None-Exist`:
//! <https://hl7.org/fhir/R4/http.html#cond-update>.

use access::{Principal, Verb};
use axum::body::Body;
use axum::http::HeaderName;
use interactions::{Conditional, Criteria, Failure, HttpVerb, Interaction};
use model::{Code, Issue, ResourceType};

use crate::app::App;
use crate::fhir::Asked;
use crate::preconditions;

const IF_NONE_EXIST: HeaderName = HeaderName::from_static("if-none-exist");

/// What a write at a type searches for first; none where it does not, which only a POST may.
pub(super) fn criteria(asked: &mut Asked, resource_type: ResourceType) -> Result<Option<Criteria>, Issue> {
    if asked.verb != HttpVerb::Post {
        return Ok(Some(Criteria { resource_type, pairs: std::mem::take(&mut asked.pairs) }));
    }
    let mut queries = asked.parts.headers.get_all(IF_NONE_EXIST).iter();
    match (queries.next(), queries.next()) {
        (None, _) => Ok(None),
        (Some(query), None) => {
            let unreadable = |_| Issue::error(Code::InvalidHeader, "`If-None-Exist` is not a query");
            Criteria::read(resource_type, query.to_str().map_err(unreadable)?).map(Some)
        }
        (Some(_), Some(_)) => Err(Issue::error(Code::InvalidHeader, "`If-None-Exist` stands more than once")),
    }
}

/// The write on that condition.
pub(super) async fn request(
    app: &App,
    principal: &Principal,
    (asked, body): (&mut Asked, Body),
    criteria: Criteria,
) -> Result<Interaction, Failure> {
    let resource_type = criteria.resource_type;
    let change = match asked.verb {
        HttpVerb::Delete => Conditional::Delete { expect: preconditions::expectation(&asked.parts.headers)? },
        HttpVerb::Patch => {
            let expect = preconditions::expectation(&asked.parts.headers)?;
            Conditional::Patch { patch: super::patch(app, asked, body).await?, expect }
        }
        HttpVerb::Put => {
            let expect = preconditions::expectation(&asked.parts.headers)?;
            let verb = (Verb::Update, resource_type);
            let content = super::content(app, principal, verb, asked, body).await?;
            Conditional::Update { content, expect }
        }
        _ => {
            let verb = (Verb::Create, resource_type);
            Conditional::Create(super::content(app, principal, verb, asked, body).await?)
        }
    };
    Ok(Interaction::Conditional { criteria, change })
}
