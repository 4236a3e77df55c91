//! How is a Bundle of requests processed? <https://hl7.org/fhir/R4/http.html#transaction>
//!
//! Its entries become steps; `batch` takes each for itself, `transaction` all or nothing. Answers stand
//! in the order of the entries, whatever the order in which they were processed.

mod reply;
mod step;

pub(crate) use reply::Reply;
pub(crate) use step::{Step, path};

use access::{Permit, Principal};
use fhir_profiles::structure;
use model::bundle::{self, BundleType, Submission};
use model::{Code, Object, Value};

use crate::{Answer, Context, Failure, Result, Returning, batch, transaction};

pub(crate) async fn run(
    context: &Context,
    principal: &Principal,
    permit: &Permit,
    bundle: Object,
    returning: Returning,
) -> Result<Answer> {
    let bundle = bundle::read(checked(context, bundle)?)?;
    let entries = bundle.entries.into_iter().enumerate();
    let steps = entries.map(|(place, entry)| {
        let entry = entry.map_err(Failure::from)?;
        Step::new(context, place, entry).map_err(Failure::from)
    });
    let (kind, replies) = match bundle.submission {
        Submission::Batch => {
            let steps = steps.collect();
            (BundleType::BatchResponse, batch::run(context, principal, steps).await)
        }
        Submission::Transaction => {
            let steps = steps.collect::<Result<Vec<Step>>>()?;
            let replies = transaction::run(context, principal, permit, steps).await?;
            (BundleType::TransactionResponse, replies)
        }
    };
    reply::bundle(context, kind, replies, returning).await.map(Answer::Bundle)
}

/// Refuses members that FHIR does not know, such as an `ifmatch` that would be passed over.
///
/// The resources are checked where they are written; only what is around them is looked at here.
fn checked(context: &Context, mut bundle: Object) -> Result<Object> {
    let mut resources = Vec::new();
    each_entry(&mut bundle, |entry| resources.push(entry.remove("resource")));
    let mut issues = structure::check(&bundle, context.definitions);
    issues.retain(|issue| issue.code == Code::UnknownElement);
    if !issues.is_empty() {
        return Err(issues.into());
    }
    let mut resources = resources.into_iter();
    each_entry(&mut bundle, |entry| {
        if let Some(resource) = resources.next().flatten() {
            entry.set("resource", resource);
        }
    });
    Ok(bundle)
}

fn each_entry(bundle: &mut Object, visit: impl FnMut(&mut Object)) {
    if let Some(Value::Array(entries)) = bundle.get_mut("entry") {
        entries.iter_mut().filter_map(Value::as_object_mut).for_each(visit);
    }
}
