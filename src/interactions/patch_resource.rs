//! How does a part of a resource change? <https://hl7.org/fhir/R4/http.html#patch>
//!
//! Read, change, write on the condition that what was read is still current; a race that is lost to a
//! writer whom this client did not know of is run again.

use access::Permit;
use model::limits::CONFLICT_RETRIES_MAX;
use model::xml::{self, document, document::Document};
use model::{Code, Issue, Key, Object, Syntax, Value};
use store::{Change, Expectation, Method, Write};

use crate::patch::{fhirpath_patch, json_patch, merge_patch, xml_patch};
use crate::{
    Answer, Content, Context, HttpVerb, Offer, PatchDocument, Result, Shape, failure, prepare, read, update,
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
    let current = read::version(context, permit, key).await?;
    if !expect.holds(Some(current.version)) {
        return Err(failure::refused(key, expect, Some(current.version)).into());
    }
    let patched = apply(context, patch, read::whole(context, &current).await?)?;
    update::check_id(&patched, key)?;
    let change: Change = prepare::put(context, key, Content::Resource(patched)).await?;
    let expect = Expectation::OneOf(vec![current.version]);
    Ok(Write { key: key.clone(), method: Method::Patch, change, expect })
}

fn apply(context: &Context, patch: &PatchDocument, resource: Value) -> Result<Object> {
    let patched = match patch {
        PatchDocument::Json(patch) => json_patch::apply(patch, resource)?,
        PatchDocument::Merge(patch) => merge_patch::apply(patch, resource)?,
        PatchDocument::FhirPath(patch) => {
            fhirpath_patch::apply(patch, resource, context.definitions, (context.clock)())?
        }
        PatchDocument::Xml(patch) => xml_patched(context, patch, &resource)?,
    };
    match patched {
        Value::Object(resource) => Ok(resource),
        _ => Err(Issue::error(Code::PatchFailed, "the patch leaves no resource behind").into()),
    }
}

/// The resource is written as XML, changed, and read again.
fn xml_patched(context: &Context, patch: &Document, resource: &Value) -> Result<Value> {
    let text = xml::write(resource, context.definitions).map_err(|wrong| {
        let message = format!("the resource cannot be written as XML: {}", wrong.message);
        Issue::error(Code::PatchFailed, message).at(wrong.expression)
    })?;
    let target = document::parse(&text).map_err(Issue::from)?;
    let patched = document::write(&xml_patch::apply(patch, target)?);
    let refused = |wrong: Syntax| {
        let message = format!("the patch leaves something that is no resource: {}", wrong.message);
        Issue::error(Code::PatchFailed, message)
    };
    Ok(xml::parse(patched.as_bytes(), context.definitions).map_err(refused)?)
}
