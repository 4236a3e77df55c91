//! How does a resource get new content? <https://hl7.org/fhir/R4/http.html#update>

use access::Permit;
use model::{Code, Issue, Key, Object};
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
    let chooses_id = expect == Expectation::Anything;
    let expect = expectation(context, expect);
    let write = Write { key: key.clone(), method: Method::Put, change, expect };
    match commit_one(context, permit, write).await {
        Err(refused) if chooses_id && refused.code() == Code::StaleVersion => {
            Err(failure::client_id_refused(&key).into())
        }
        settled => settled.map(Answer::Written),
    }
}

/// A server that chooses all ids itself updates only what is there, or was there and was deleted.
pub(crate) fn expectation(context: &Context, expect: Expectation) -> Expectation {
    match expect {
        Expectation::Anything if !context.policy.client_ids => Expectation::Present,
        other => other,
    }
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

/// Commits a single write.
pub(crate) async fn commit_one(context: &Context, permit: &Permit, write: Write) -> Result<Written> {
    let (key, expect) = (write.key.clone(), write.expect.clone());
    let committed = context.store.commit(permit, Transaction { writes: vec![write] }).await;
    match committed {
        Ok(mut written) => {
            let internal = || Issue::error(Code::Internal, format!("the commit of {key} told nothing of it"));
            written.pop().ok_or_else(|| Failure::from(internal()))
        }
        Err(store::Error::Expectation { current, .. }) => {
            Err(failure::refused(&key, &expect, current).into())
        }
        Err(other) => Err(other.into()),
    }
}
