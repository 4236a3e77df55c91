//! What is the current version? <https://hl7.org/fhir/R4/http.html#read>

use access::Permit;
use model::{Code, Issue, Key, Value, json};
use store::Version;

use crate::{Answer, Context, HttpVerb, Offer, Result, Shape, binary};

pub(crate) const OFFER: Offer = Offer { code: "read", verb: HttpVerb::Get, shape: Shape::Instance };

pub(crate) async fn run(context: &Context, permit: &Permit, key: &Key) -> Result<Answer> {
    Ok(Answer::Version(version(context, permit, key).await?))
}

/// The current content of a resource as a tree, the data of a Binary included, or why there is none.
pub async fn current(context: &Context, permit: &Permit, key: &Key) -> Result<Value> {
    whole(context, &version(context, permit, key).await?).await
}

/// The content of a version as a tree.
pub(crate) async fn whole(context: &Context, version: &Version) -> Result<Value> {
    let bytes = binary::whole(context, version).await?;
    json::parse(&bytes).map_err(|_| store::Error::Corrupt(version.key.clone()).into())
}

/// The current version of a resource, or why there is none.
pub(crate) async fn version(context: &Context, permit: &Permit, key: &Key) -> Result<Version> {
    let Some(version) = context.store.read(permit, key).await? else {
        return Err(Issue::error(Code::NotFound, format!("{key} does not exist")).into());
    };
    if version.json.is_none() {
        return Err(Issue::error(Code::Deleted, format!("{key} was deleted")).into());
    }
    Ok(version)
}
