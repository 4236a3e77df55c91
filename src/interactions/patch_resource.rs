//! How does a part of a resource change? <https://hl7.org/fhir/R4/http.html#patch>
//!
//! Read, change, write on the condition that what was read is still current; a race that is lost to a
//! writer whom this client did not know of is run again.

use access::Permit;
use model::limits::CONFLICT_RETRIES_MAX;
use model::{Code, Issue, Key, Object, Value, json};
use store::{Change, Expectation, Method, Version, Write};

use crate::patch::{json_patch, merge_patch};
use crate::{
    Answer, Content, Context, HttpVerb, Offer, PatchDocument, Result, Shape, binary, failure, prepare, read,
    update,
};

pub(crate) const OFFER: Offer = Offer { code: "patch", verb: HttpVerb::Patch, shape: Shape::Instance };

pub(crate) async fn run(
    context: &Context,
    permit: &Permit,
    key: Key,
    patch: &PatchDocument,
    expect: Expectation,
) -> Result<Answer> {
    for _ in 0..CONFLICT_RETRIES_MAX {
        let write = prepare_write(context, permit, &key, patch, &expect).await?;
        let read = write.expect.clone();
        match update::commit_one(context, permit, write, &read).await {
            Err(lost) if lost.code() == Code::StaleVersion => {}
            settled => return settled.map(Answer::Written),
        }
    }
    Err(Issue::error(Code::Contention, format!("{key} was changed by others {CONFLICT_RETRIES_MAX} times"))
        .into())
}

/// Reads the resource, changes it and says what is to be written, on which condition.
pub(crate) async fn prepare_write(
    context: &Context,
    permit: &Permit,
    key: &Key,
    patch: &PatchDocument,
    expect: &Expectation,
) -> Result<Write> {
    let Answer::Version(current) = read::run(context, permit, key).await? else {
        return Err(Issue::error(Code::Internal, "a read answers with a version").into());
    };
    if !expect.holds(Some(current.version)) {
        return Err(failure::refused(key, expect, Some(current.version)).into());
    }
    let patched = apply(patch, whole(context, &current).await?)?;
    update::check_id(&patched, key)?;
    let change: Change = prepare::put(context, key, Content::Resource(patched)).await?;
    let expect = Expectation::OneOf(vec![current.version]);
    Ok(Write { key: key.clone(), method: Method::Patch, change, expect })
}

async fn whole(context: &Context, version: &Version) -> Result<Value> {
    let bytes = binary::whole(context, version).await?;
    json::parse(&bytes).map_err(|_| store::Error::Corrupt(version.key.clone()).into())
}

fn apply(patch: &PatchDocument, resource: Value) -> Result<Object> {
    let patched = match patch {
        PatchDocument::Json(patch) => json_patch::apply(patch, resource)?,
        PatchDocument::Merge(patch) => merge_patch::apply(patch, resource)?,
    };
    match patched {
        Value::Object(resource) => Ok(resource),
        _ => Err(Issue::error(Code::PatchFailed, "the patch leaves no resource behind").into()),
    }
}
