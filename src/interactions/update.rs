//! How does a resource get new content? <https://hl7.org/fhir/R4/http.html#update>

use access::Permit;
use model::{Code, Issue, Key, Object, VersionId};
use store::{Expectation, Method, Transaction, Write, Written};

use crate::{Answer, Content, Context, Failure, HttpVerb, Offer, Result, Shape, failure, prepare};

pub(crate) const OFFER: Offer = Offer { code: "update", verb: HttpVerb::Put, shape: Shape::Instance };

pub(crate) async fn run(
    context: &Context,
    permit: &Permit,
    key: Key,
    content: Content,
    expect: Expectation,
) -> Result<Answer> {
    if let Content::Resource(resource) = &content {
        check_id(resource, &key)?;
    }
    let change = prepare::put(context, &key, content).await?;
    let write = Write { key, method: Method::Put, change, expect: expectation(context, expect.clone()) };
    commit_one(context, permit, write, &expect).await.map(Answer::Written)
}

/// What a PUT must find. A server that chooses all ids itself updates only what is there.
pub(crate) fn expectation(context: &Context, asked: Expectation) -> Expectation {
    match asked {
        Expectation::Anything if !context.policy.client_ids => Expectation::Present,
        // Nothing can be as asked: what exists must not, and what does not may not be made.
        Expectation::Absent if !context.policy.client_ids => Expectation::OneOf(Vec::new()),
        other => other,
    }
}

/// Tells a client that asked for `asked` why it did not hold.
pub(crate) fn refused(
    context: &Context,
    key: &Key,
    asked: &Expectation,
    current: Option<VersionId>,
) -> Issue {
    let chooses_id = current.is_none() && matches!(asked, Expectation::Anything | Expectation::Absent);
    if chooses_id && !context.policy.client_ids {
        return failure::client_id_refused(key);
    }
    failure::refused(key, asked, current)
}

/// The id in the resource must be the one in the URL.
pub(crate) fn check_id(resource: &Object, key: &Key) -> Result<()> {
    let wrong = match resource.get("id").map(|id| id.as_str()) {
        Some(Some(id)) if id == key.id.as_str() => return Ok(()),
        Some(Some(_)) => "the resource's id differs from the one in the URL",
        Some(None) => "the resource's id is not a string",
        None => "the resource has no id; the one in the URL is expected",
    };
    let path = format!("{}.id", key.resource_type);
    Err(Issue::error(Code::IdMismatch, wrong).at(path).into())
}

/// Commits a single write of a client that asked for `asked`.
pub(crate) async fn commit_one(
    context: &Context,
    permit: &Permit,
    write: Write,
    asked: &Expectation,
) -> Result<Written> {
    let key = write.key.clone();
    let committed = context.store.commit(permit, Transaction { writes: vec![write] }).await;
    match committed {
        Ok(mut written) => {
            let internal = || Issue::error(Code::Internal, format!("the commit of {key} told nothing of it"));
            written.pop().ok_or_else(|| Failure::from(internal()))
        }
        Err(store::Error::Expectation { current, .. }) => Err(refused(context, &key, asked, current).into()),
        Err(other) => Err(other.into()),
    }
}
