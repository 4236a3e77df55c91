//! How is a Bundle of requests processed? <https://hl7.org/fhir/R4/http.html#transaction>
//!
//! Its entries become steps; `batch` takes each for itself, `transaction` all or nothing. Answers stand
//! in the order of the entries, whatever the order in which they were processed.

mod reply;
mod step;

pub(crate) use reply::Reply;
pub(crate) use step::{Step, path};

use access::{Permit, Principal};
use model::Object;
use model::bundle::{self, BundleType, Submission};

use crate::{Answer, Context, Failure, Result, Returning, batch, transaction};

pub(crate) async fn run(
    context: &Context,
    principal: &Principal,
    permit: &Permit,
    bundle: Object,
    returning: Returning,
) -> Result<Answer> {
    let bundle = bundle::read(bundle)?;
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
