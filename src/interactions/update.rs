//! How does a resource get new content? <https://hl7.org/fhir/R4/http.html#update>

use access::Permit;
use model::limits::CONFLICT_RETRIES_MAX;
use model::{Code, Issue, Key, Object, VersionId};
use store::{Expectation, Method, Transaction, Write, Written};

use crate::conditional::{self, Look, Setback, references};
use crate::{Answer, Content, Context, Failure, HttpVerb, Offer, Result, Shape, failure, prepare};

pub(crate) const OFFER: Offer = Offer { code: "update", verb: HttpVerb::Put, shape: Shape::Instance };
/// The resource is told by a search: <https://hl7.org/fhir/R4/http.html#cond-update>.
pub(crate) const CONDITIONAL: Offer = Offer { code: "update", verb: HttpVerb::Put, shape: Shape::Type };

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
    let (expect, asked) = (expectation(context, expect.clone()), expect);
    put(context, permit, Put { key, method: Method::Put, content, expect, asked }).await.map(Answer::Written)
}

/// New content for a resource whose key is known.
pub(crate) struct Put {
    pub(crate) key: Key,
    pub(crate) method: Method,
    pub(crate) content: Content,
    /// What the commit must find.
    pub(crate) expect: Expectation,
    /// What the client asked for, before the server's own rules.
    pub(crate) asked: Expectation,
}

/// Stores it.
pub(crate) async fn put(context: &Context, permit: &Permit, put: Put) -> Result<Written> {
    if let Content::Resource(resource) = &put.content
        && references::stand_in(context, resource)
    {
        return Box::pin(put_resolved(context, permit, put)).await;
    }
    let change = prepare::put(context, &put.key, put.content).await?;
    let write = Write { key: put.key, method: put.method, change, expect: put.expect };
    let key = write.key.clone();
    let committed =
        context.store.commit(permit, Transaction { writes: vec![write], ..Transaction::default() });
    settled(context, &key, &put.asked, committed.await)
}

/// Stores it with its conditional references resolved, as long as they lead to what was found.
async fn put_resolved(context: &Context, permit: &Permit, put: Put) -> Result<Written> {
    for _ in 0..CONFLICT_RETRIES_MAX {
        let mut look = Look::new(context, permit);
        let change = match look.prepare(&put.key, put.content.clone()).await {
            Ok(change) => change,
            Err(Setback::Race) => continue,
            Err(Setback::Refused(refused)) => return Err(refused),
        };
        let (key, method, expect) = (put.key.clone(), put.method, put.expect.clone());
        match look.commit(vec![Write { key, method, change, expect }]).await {
            Err(store::Error::Guard { .. }) => {}
            committed => return settled(context, &put.key, &put.asked, committed),
        }
    }
    Err(conditional::given_up("what the resource refers to"))
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

/// Tells what came of the single write of a client that asked for `asked`.
pub(crate) fn settled(
    context: &Context,
    key: &Key,
    asked: &Expectation,
    committed: store::Result<Vec<Written>>,
) -> Result<Written> {
    match committed {
        Ok(mut written) => {
            let internal = || Issue::error(Code::Internal, format!("the commit of {key} told nothing of it"));
            written.pop().ok_or_else(|| Failure::from(internal()))
        }
        Err(store::Error::Expectation { current, .. }) => Err(refused(context, key, asked, current).into()),
        Err(other) => Err(other.into()),
    }
}
