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
mod conditional;
mod context;
mod create;
mod delete;
mod failure;
mod history;
mod included;
mod interaction;
mod library;
mod metadata;
mod narrowing;
mod offer;
pub mod operation;
mod page;
mod parameters;
pub mod patch;
mod patch_resource;
mod place;
mod prepare;
mod principal;
mod read;
mod scrutiny;
mod search;
mod status;
mod transaction;
mod update;
mod vread;
pub mod words;

pub use answer::Answer;
pub use aside::Aside;
pub use conditional::{Conditional, Criteria};
pub use context::{Context, NewId, Policy, Random, Secret};
pub use failure::{Failure, Result};
pub use interaction::{
    Content, Handling, HistoryRequest, Interaction, MetadataMode, PatchDocument, Returning, SearchRequest,
};
pub use library::{Indexing, Lacking, Library, Shelf, kept};
/// FHIR's own names of the methods, in requests and in entries of Bundles.
pub use model::bundle::Method as HttpVerb;
pub use narrowing::Narrowing;
pub use offer::{Offer, not_offered};
pub use operation::Operation;
pub use parameters::{Pairs, parse_pairs};
pub use place::{Place, Shape, parse_place};
pub use principal::principal;
pub use read::current;
pub use scrutiny::Scrutiny;
pub use status::status;
pub use words::Words;

use access::{Demand, Principal, Verb};

/// Every interaction this server offers; dispatch, CapabilityStatement and tests read this list.
pub static ALL: &[Offer] = &[
    read::OFFER,
    vread::OFFER,
    create::OFFER,
    update::OFFER,
    update::CONDITIONAL,
    patch_resource::OFFER,
    patch_resource::CONDITIONAL,
    delete::OFFER,
    delete::CONDITIONAL,
    history::INSTANCE,
    history::TYPE,
    history::SYSTEM,
    search::TYPE,
    search::TYPE_SENT,
    search::SYSTEM,
    search::SYSTEM_SENT,
    search::COMPARTMENT,
    search::COMPARTMENT_SENT,
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
        Interaction::Conditional { criteria, change } => {
            // The answer tells what is there.
            access::decide(principal, &Demand::Type(Verb::Read, criteria.resource_type))?;
            Box::pin(conditional::run(context, &permit, &criteria, &change)).await
        }
        Interaction::History(request) => Box::pin(history::run(context, &permit, &request)).await,
        Interaction::Search(request) => Box::pin(search::run(context, principal, &permit, request)).await,
        Interaction::Bundle { bundle, returning } => {
            Box::pin(bundle::run(context, principal, &permit, bundle, returning)).await
        }
        Interaction::Operation(operation, call) => (operation.run)(context, &permit, &call).await,
        Interaction::Metadata(mode) => metadata::run(context, mode).await,
    }
}
