//! How are requests processed that do not depend on each other?
//! <https://hl7.org/fhir/R4/http.html#transaction>

use access::Principal;
use futures_util::{StreamExt as _, stream};

use crate::bundle::{Reply, Step};
use crate::{Context, HttpVerb, Offer, Result, Shape};

pub(crate) const OFFER: Offer = Offer { code: "batch", verb: HttpVerb::Post, shape: Shape::Base };

/// Entries at work at once: enough to share a group commit, few enough to leave room for others.
const SIDE_BY_SIDE_MAX: usize = 32;

/// Each entry for itself, deletions first and looks last; one that fails leaves the others be.
pub(crate) async fn run(context: &Context, principal: &Principal, steps: Vec<Result<Step>>) -> Vec<Reply> {
    let mut replies: Vec<Option<Reply>> = steps.iter().map(|_| None).collect();
    let mut waiting: Vec<(usize, Step)> = Vec::with_capacity(steps.len());
    for (entry, step) in steps.into_iter().enumerate() {
        match step {
            Ok(step) => waiting.push((entry, step)),
            Err(failure) => replies[entry] = Some(Reply::Failed(failure)),
        }
    }
    for phase in phases() {
        let (now, later): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, step)| phase.contains(&step.verb));
        waiting = later;
        let work =
            now.into_iter().map(|(entry, step)| async move { (entry, one(context, principal, step).await) });
        let mut done = stream::iter(work).buffer_unordered(SIDE_BY_SIDE_MAX);
        while let Some((entry, reply)) = done.next().await {
            replies[entry] = Some(reply);
        }
    }
    replies.into_iter().flatten().collect()
}

/// The order in which FHIR has the entries of a Bundle processed.
pub(crate) fn phases() -> [&'static [HttpVerb]; 4] {
    const DELETE: &[HttpVerb] = &[HttpVerb::Delete];
    const POST: &[HttpVerb] = &[HttpVerb::Post];
    const CHANGE: &[HttpVerb] = &[HttpVerb::Put, HttpVerb::Patch];
    const LOOK: &[HttpVerb] = &[HttpVerb::Get, HttpVerb::Head];
    [DELETE, POST, CHANGE, LOOK]
}

/// One entry. A Bundle inside is refused, so this does not call itself.
async fn one(context: &Context, principal: &Principal, step: Step) -> Reply {
    let (verb, path, known) = (step.verb, step.path(), step.known.clone());
    let done = match step.into_interaction(context) {
        Ok(interaction) => Box::pin(crate::run(context, principal, interaction)).await,
        Err(refused) => return Reply::Failed(refused),
    };
    match done {
        Ok(answer) => Reply::new(verb, answer, &known),
        Err(failure) => Reply::Failed(failure.within(&path)),
    }
}
