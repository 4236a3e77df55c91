//! How does a part of a resource change? <https://hl7.org/fhir/R4/http.html#patch>
//!
//! Read, change, write on the condition that what was read is still current; a race that is lost to a
//! writer whom this client did not know of is run again.

use access::Permit;
use model::limits::CONFLICT_RETRIES_MAX;
use model::xml::{self, document, document::Document};
use model::{Code, Issue, Key, Object, Syntax, Value};
use store::{Expectation, Method, Version, Write};

use crate::conditional::{self, Look, Setback};
use crate::patch::{fhirpath_patch, json_patch, merge_patch, xml_patch};
use crate::{Answer, Content, Context, HttpVerb, Offer, PatchDocument, Result, Shape, failure, read, update};

pub(crate) const OFFER: Offer = Offer { code: "patch", verb: HttpVerb::Patch, shape: Shape::Instance };
/// The resource is told by a search: <https://hl7.org/fhir/R4/http.html#patch>.
pub(crate) const CONDITIONAL: Offer = Offer { code: "patch", verb: HttpVerb::Patch, shape: Shape::Type };

pub(crate) async fn run(
    context: &Context,
    permit: &Permit,
    key: Key,
    patch: &PatchDocument,
    expect: Expectation,
) -> Result<Answer> {
    for _ in 0..CONFLICT_RETRIES_MAX {
        let version = expected(context, permit, &key, &expect).await?;
        let mut look = Look::new(context, permit);
        let attempt = async {
            let write = prepare_write(&mut look, &version, patch).await?;
            look.commit_one(write).await
        };
        match attempt.await {
            Ok(written) => return Ok(Answer::Written(written)),
            Err(Setback::Race) => {}
            Err(Setback::Refused(refused)) => return Err(refused),
        }
    }
    Err(conditional::given_up(&key.to_string()))
}

/// The current version, if the client's expectation holds of it.
pub(crate) async fn expected(
    context: &Context,
    permit: &Permit,
    key: &Key,
    expect: &Expectation,
) -> Result<Version> {
    let current = read::version(context, permit, key).await?;
    if !expect.holds(Some(current.version)) {
        return Err(failure::refused(key, expect, Some(current.version)).into());
    }
    Ok(current)
}

/// Changes a version and says what is to be written, on the condition that it is still current.
pub(crate) async fn prepare_write(
    look: &mut Look<'_>,
    version: &Version,
    patch: &PatchDocument,
) -> std::result::Result<Write, Setback> {
    let (context, key) = (look.context, version.key.clone());
    let patched = apply(context, patch, read::whole(context, version).await?)?;
    update::check_id(&patched, &key)?;
    let change = look.prepare(&key, Content::Resource(patched)).await?;
    let expect = Expectation::OneOf(vec![version.version]);
    Ok(Write { key, method: Method::Patch, change, expect })
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
