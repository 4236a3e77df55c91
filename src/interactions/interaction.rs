//! What is asked for?

use access::{Demand, Verb};
use model::xml::document::Document;
use model::{Key, Object, ResourceType, Value, VersionId};
use store::blobs::Stored;
use store::{Expectation, Scope};

use crate::operation::{Call, Operation};

/// A request, understood: everything that an interaction needs to know.
pub enum Interaction {
    /// The current version of a resource.
    Read(Key),
    /// One version of a resource.
    Vread(Key, VersionId),
    /// A new resource under an id of the server's choice.
    Create {
        /// Of which type.
        resource_type: ResourceType,
        /// With what content.
        content: Content,
    },
    /// New content for a resource, or a new resource under an id of the client's choice.
    Update {
        /// Which.
        key: Key,
        /// With what content.
        content: Content,
        /// On which condition.
        expect: Expectation,
    },
    /// A change to a part of a resource.
    Patch {
        /// Which.
        key: Key,
        /// How it changes.
        patch: PatchDocument,
        /// On which condition.
        expect: Expectation,
    },
    /// No more resource.
    Delete {
        /// Which.
        key: Key,
        /// On which condition.
        expect: Expectation,
    },
    /// Earlier versions.
    History(HistoryRequest),
    /// Several interactions, each for itself or all or nothing.
    Bundle {
        /// A Bundle of type batch or transaction.
        bundle: Object,
        /// What the answer tells of written resources.
        returning: Returning,
    },
    /// What this server can do.
    Metadata(MetadataMode),
    /// Something that has a name of its own.
    Operation(&'static Operation, Call),
}

/// What a resource is to hold.
pub enum Content {
    /// A resource.
    Resource(Object),
    /// The raw bytes of a Binary, stored already.
    Raw {
        /// Their media type.
        content_type: String,
        /// Where they are.
        stored: Stored,
    },
}

/// How a resource is to change.
pub enum PatchDocument {
    /// RFC 6902.
    Json(Value),
    /// RFC 7386.
    Merge(Value),
    /// A Parameters resource with operations at FHIRPaths.
    FhirPath(Object),
    /// RFC 5261.
    Xml(Document),
}

/// Which part of whose history.
pub struct HistoryRequest {
    /// Whose.
    pub scope: Scope,
    /// The parameters as sent.
    pub parameters: crate::Pairs,
    /// What to do about parameters that are not known.
    pub handling: Handling,
}

/// What to do about parameters that are not known: `Prefer: handling=…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handling {
    /// Refuse them.
    #[default]
    Strict,
    /// Go on without them.
    Lenient,
}

/// What the answer to a write holds: `Prefer: return=…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returning {
    /// Nothing but headers.
    Minimal,
    /// The resource.
    Representation,
    /// An OperationOutcome.
    OperationOutcome,
}

/// Which part of the CapabilityStatement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataMode {
    /// All of it.
    Full,
    /// Only what is normative in R4.
    Normative,
    /// The TerminologyCapabilities instead.
    Terminology,
}

impl Interaction {
    /// What a caller must be allowed to do.
    pub fn demand(&self) -> Demand {
        match self {
            Interaction::Read(key) => Demand::Instance(Verb::Read, key.clone()),
            Interaction::Vread(key, _) => Demand::Instance(Verb::History, key.clone()),
            Interaction::Create { resource_type, .. } => Demand::Type(Verb::Create, *resource_type),
            Interaction::Update { key, .. } | Interaction::Patch { key, .. } => {
                Demand::Instance(Verb::Update, key.clone())
            }
            Interaction::Delete { key, .. } => Demand::Instance(Verb::Delete, key.clone()),
            Interaction::History(request) => match &request.scope {
                Scope::System => Demand::System(Verb::History),
                Scope::Type(resource_type) => Demand::Type(Verb::History, *resource_type),
                Scope::Instance(key) => Demand::Instance(Verb::History, key.clone()),
            },
            Interaction::Operation(operation, call) => call.target.demand(operation.verb),
            // Each entry makes a demand of its own; the Bundle itself only asks to be looked at.
            Interaction::Bundle { .. } | Interaction::Metadata(_) => Demand::System(Verb::Read),
        }
    }
}
