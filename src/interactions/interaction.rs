//! What is asked for?

use access::{Demand, Verb};
use model::xml::document::Document;
use model::{Issue, Key, Object, ResourceType, Value, VersionId};
use store::blobs::Stored;
use store::{Expectation, Scope};

use crate::conditional::{Conditional, Criteria};
use crate::operation::{Call, Operation};
use crate::{Narrowing, Place};

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
    /// A write whose resource is told by a search.
    Conditional {
        /// What is searched for.
        criteria: Criteria,
        /// What is done to what is found.
        change: Conditional,
    },
    /// Earlier versions.
    History(HistoryRequest),
    /// Whatever has such properties.
    Search(SearchRequest),
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
#[derive(Clone)]
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

/// What is looked for, and where.
pub struct SearchRequest {
    /// The resource in whose compartment.
    pub within: Option<Key>,
    /// Among the resources of which type; of all types when none is named.
    pub resource_type: Option<ResourceType>,
    /// The parameters as sent.
    pub parameters: crate::Pairs,
    /// What to do about parameters that are not known.
    pub handling: Handling,
    /// Which part of each resource is wanted.
    pub narrowing: Narrowing,
    /// The parameters that only shape the answer: its links go on asking for that.
    pub form: crate::Pairs,
}

impl SearchRequest {
    /// A search at a place that can be searched, before its parameters are looked at; none at another.
    pub fn at(place: &Place) -> Option<Self> {
        let (within, resource_type) = match place {
            Place::Base | Place::SystemSearch => (None, None),
            Place::Type(resource_type) | Place::TypeSearch(resource_type) => (None, Some(*resource_type)),
            Place::Compartment(key, resource_type) | Place::CompartmentSearch(key, resource_type) => {
                (Some(key.clone()), *resource_type)
            }
            _ => return None,
        };
        Some(Self {
            within,
            resource_type,
            parameters: crate::Pairs::new(),
            handling: Handling::Strict,
            narrowing: Narrowing::default(),
            form: crate::Pairs::new(),
        })
    }

    /// The same with these parameters, those taken out that only shape the answer.
    pub fn with(mut self, parameters: crate::Pairs) -> Result<Self, Issue> {
        for (name, value) in parameters {
            match self.narrowing.read(&name, &value) {
                None => self.parameters.push((name, value)),
                Some(read) => {
                    read?;
                    // What it leaves of a page is nothing, so that there is no next one.
                    if value != "count" {
                        self.form.push((name, value));
                    }
                }
            }
        }
        Ok(self)
    }

    /// The URL that a GET would ask, without its parameters.
    pub(crate) fn path(&self, base_url: &str) -> String {
        match (&self.within, self.resource_type) {
            (None, None) => base_url.to_owned(),
            (None, Some(resource_type)) => format!("{base_url}/{resource_type}"),
            (Some(key), None) => format!("{base_url}/{key}/*"),
            (Some(key), Some(resource_type)) => format!("{base_url}/{key}/{resource_type}"),
        }
    }
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
            Interaction::Conditional { criteria, change } => change.demand(criteria.resource_type),
            Interaction::History(request) => match &request.scope {
                Scope::System => Demand::System(Verb::History),
                Scope::Type(resource_type) => Demand::Type(Verb::History, *resource_type),
                Scope::Instance(key) => Demand::Instance(Verb::History, key.clone()),
            },
            Interaction::Search(request) => match request.resource_type {
                Some(resource_type) => Demand::Type(Verb::Read, resource_type),
                None => Demand::System(Verb::Read),
            },
            Interaction::Operation(operation, call) => call.target.demand(operation.verb),
            // Each entry makes a demand of its own; the Bundle itself only asks to be looked at.
            Interaction::Bundle { .. } | Interaction::Metadata(_) => Demand::System(Verb::Read),
        }
    }
}
