//! What happens?
//!
//! The REST interactions, one file each, over storage that is handed in:
//! <https://hl7.org/fhir/R4/http.html>. [`run`] weighs the demand, then does the deed.
//!
//! Invariants: nothing here knows HTTP or SQL; an interaction that is not in [`ALL`] is neither
//! dispatched nor announced; nothing is stored of a request that is refused.

mod answer;
pub mod aside;
mod batch;
pub mod binary;
mod bundle;
mod context;
mod create;
mod delete;
mod failure;
mod history;
mod interaction;
mod library;
mod metadata;
mod offer;
pub mod operation;
mod parameters;
pub mod patch;
mod patch_resource;
mod place;
mod prepare;
mod read;
mod scrutiny;
mod status;
mod transaction;
mod update;
mod vread;

pub use answer::Answer;
pub use aside::Aside;
pub use context::{Context, NewId, Policy};
pub use failure::{Failure, Result};
pub use interaction::{
    Content, Handling, HistoryRequest, Interaction, MetadataMode, PatchDocument, Returning,
};
pub use library::Library;
/// FHIR's own names of the methods, in requests and in entries of Bundles.
pub use model::bundle::Method as HttpVerb;
pub use offer::{Offer, not_offered};
pub use operation::Operation;
pub use parameters::{Pairs, parse_pairs};
pub use place::{Place, Shape, parse_place};
pub use read::current;
pub use scrutiny::Scrutiny;
pub use status::status;

use access::Principal;

/// Every interaction this server offers; dispatch, CapabilityStatement and tests read this list.
pub static ALL: &[Offer] = &[
    read::OFFER,
    vread::OFFER,
    create::OFFER,
    update::OFFER,
    patch_resource::OFFER,
    delete::OFFER,
    history::INSTANCE,
    history::TYPE,
    history::SYSTEM,
    batch::OFFER,
    transaction::OFFER,
    metadata::OFFER,
    operation::CALL,
    operation::ASK,
];

/// Does what was asked for, if it is allowed.
///
/// What is large and rare is boxed, so that the frequent reads and writes do not carry room for it.
pub async fn run(context: &Context, principal: &Principal, interaction: Interaction) -> Result<Answer> {
    let permit = access::decide(principal, &interaction.demand())?;
    match interaction {
        Interaction::Read(key) => read::run(context, &permit, &key).await,
        Interaction::Vread(key, version) => vread::run(context, &permit, &key, version).await,
        Interaction::Create { resource_type, content } => {
            create::run(context, &permit, resource_type, content).await
        }
        Interaction::Update { key, content, expect } => {
            update::run(context, &permit, key, content, expect).await
        }
        Interaction::Patch { key, patch, expect } => {
            Box::pin(patch_resource::run(context, &permit, key, &patch, expect)).await
        }
        Interaction::Delete { key, expect } => delete::run(context, &permit, key, expect).await,
        Interaction::History(request) => Box::pin(history::run(context, &permit, &request)).await,
        Interaction::Bundle { bundle, returning } => {
            Box::pin(bundle::run(context, principal, &permit, bundle, returning)).await
        }
        Interaction::Operation(operation, call) => (operation.run)(context, &permit, &call).await,
        Interaction::Metadata(mode) => Ok(metadata::run(context, mode)),
    }
}
