//! Which parameters are there?
//!
//! The SearchParameters of R4, of installed packages and of those posted by clients, by type and code, with what they
//! select compiled once: <https://hl7.org/fhir/R4/searchparameter.html>.

mod build;
mod chain;
mod complaints;
mod composite;
mod definition;
mod fingerprint;
pub(crate) mod path;
pub(crate) mod plan;
pub(crate) mod tree;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use fhir_profiles::Registry;
use model::{ResourceType, Text};

use crate::compartments::Compartment;
use crate::hash;
use crate::rows::ParameterId;

pub(crate) use definition::is_example;
use fingerprint::Fingerprints;
use plan::Plan;

/// The parameters of all types. Never changed: a new one is made when definitions change.
pub struct Catalogue {
    /// By type, then by code.
    parameters: Vec<Parameter>,
    ids: HashMap<ParameterId, usize>,
    plans: Vec<(ResourceType, Plan)>,
    fingerprints: Fingerprints,
    compartments: Vec<Compartment>,
    complaints: Vec<String>,
}

/// The search type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A number.
    Number,
    /// A date, time or period.
    Date,
    /// A string.
    String,
    /// A code, identifier, boolean or the like.
    Token,
    /// A reference or canonical.
    Reference,
    /// Several values that belong together.
    Composite,
    /// A number with a unit.
    Quantity,
    /// A URI.
    Uri,
    /// With laws of its own, such as `near`.
    Special,
}

/// A parameter of a type.
pub struct Parameter {
    /// As rows name it.
    pub id: ParameterId,
    /// Of which type.
    pub resource_type: ResourceType,
    /// Its name in a URL.
    pub code: Text,
    /// The canonical of its definition, as the CapabilityStatement names it.
    pub url: Text,
    /// How it is searched.
    pub kind: Kind,
    /// What a reference may lead to; empty for anything.
    pub targets: Vec<ResourceType>,
    /// Of a composite, the codes of its components' own parameters of this type, where they have such, and their kinds.
    pub components: Vec<Component>,
}

/// A part of a composite.
pub struct Component {
    /// The parameter of the same type with the same values, which leads to candidates.
    pub parameter: Option<ParameterId>,
    /// How it is searched.
    pub kind: Kind,
}

/// Modifiers that look at rows of their own, besides those of the parameter.
pub const SHADOWS: &[&str] = &["text", "identifier", "of-type", "version", PRESENT];

/// What `:missing` looks at besides: that there is a value which has no row of its own, such as a reference that says
/// only what to display.
pub const PRESENT: &str = "present";

impl Catalogue {
    /// Compiles the parameters that the registry knows. What cannot be is left out with a complaint.
    pub fn new(registry: &Registry) -> Catalogue {
        build::catalogue(registry)
    }

    /// Those of R4 4.0.1. There is one for the whole process.
    pub fn r4() -> Arc<Catalogue> {
        static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
        Arc::clone(CATALOGUE.get_or_init(|| Arc::new(Catalogue::new(&Registry::r4()))))
    }

    /// One without parameters, under which resources have no rows and are found by what is stored with each.
    pub fn empty() -> Catalogue {
        Catalogue {
            parameters: Vec::new(),
            ids: HashMap::new(),
            plans: Vec::new(),
            fingerprints: Fingerprints::default(),
            compartments: Vec::new(),
            complaints: Vec::new(),
        }
    }

    /// The parameter `code` of a type.
    pub fn find(&self, resource_type: ResourceType, code: &str) -> Option<&Parameter> {
        let wanted = (resource_type, code);
        let place = self
            .parameters
            .binary_search_by(|parameter| (parameter.resource_type, parameter.code.as_str()).cmp(&wanted))
            .ok()?;
        Some(&self.parameters[place])
    }

    /// The parameters of a type, by code.
    pub fn of_type(&self, resource_type: ResourceType) -> impl Iterator<Item = &Parameter> {
        let start = self.parameters.partition_point(|parameter| parameter.resource_type < resource_type);
        self.parameters[start..].iter().take_while(move |parameter| parameter.resource_type == resource_type)
    }

    /// The parameter that rows name so.
    pub fn by_id(&self, id: ParameterId) -> Option<&Parameter> {
        self.ids.get(&id).map(|place| &self.parameters[*place])
    }

    /// What is wrong with definitions, and which were left out for that.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// How resources of a type are indexed.
    pub(crate) fn plan(&self, resource_type: ResourceType) -> Option<&Plan> {
        let place = self.plans.binary_search_by_key(&resource_type, |(known, _)| *known).ok()?;
        Some(&self.plans[place].1)
    }

    /// The parameter at a place that a plan names.
    pub(crate) fn at(&self, place: usize) -> &Parameter {
        &self.parameters[place]
    }

    /// The compartments that resources belong to.
    pub(crate) fn compartments(&self) -> &[Compartment] {
        &self.compartments
    }
}

impl Kind {
    /// Every search type, and its code.
    pub const ALL: &[(Kind, &'static str)] = &[
        (Kind::Number, "number"),
        (Kind::Date, "date"),
        (Kind::String, "string"),
        (Kind::Token, "token"),
        (Kind::Reference, "reference"),
        (Kind::Composite, "composite"),
        (Kind::Quantity, "quantity"),
        (Kind::Uri, "uri"),
        (Kind::Special, "special"),
    ];

    /// The search type of a code in `SearchParameter.type`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(kind, _)| *kind)
    }

    /// Its code.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, code)| *code)
    }
}

impl Parameter {
    /// The parameter of the rows that only `modifier` looks at.
    pub fn under(&self, modifier: &str) -> ParameterId {
        ParameterId(hash::short(&[self.resource_type.as_str(), ".", &self.code, ":", modifier].concat()))
    }

    /// All parameters of its rows: its own and those of modifiers, also of what is contained.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ParameterId> {
        let shadows = SHADOWS.iter().map(|modifier| self.under(modifier));
        let all = [self.id, self.id.fragment()].into_iter().chain(shadows);
        all.flat_map(|id| [id, id.within()])
    }
}

#[cfg(test)]
mod tests;
