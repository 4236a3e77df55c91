//! What may a collection hold, as far as the definitions tell?
//!
//! <https://hl7.org/fhirpath/N1/#types>: types of FHIR and of FHIRPath itself.

use crate::types::{Kind, TypeId, Types};

/// Levels of types above a type; FHIR has five.
const BASES_MAX: usize = 16;

/// What a sub-expression yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yields {
    /// The types that items may have; none where the collection is always empty.
    pub types: Vec<Of>,
    /// The least number of items.
    pub least: usize,
    /// Whether there may be more than one item.
    pub repeats: bool,
    /// Whether the order of the items is defined.
    pub ordered: bool,
}

/// The type of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Anything.
    Any,
    /// A type or backbone element of FHIR.
    Fhir(TypeId),
    /// One of FHIRPath's own types.
    System(System),
}

/// One of FHIRPath's own types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// `true` or `false`.
    Boolean,
    /// A whole number, 32 or 64 bits wide.
    Integer,
    /// A decimal.
    Decimal,
    /// Text.
    String,
    /// A date.
    Date,
    /// A date with or without a time.
    DateTime,
    /// A time of day.
    Time,
    /// An amount.
    Quantity,
    /// What `type()` answers.
    Type,
}

/// Each type with its name in expressions.
static NAMES: &[(System, &str)] = &[
    (System::Boolean, "Boolean"),
    (System::Integer, "Integer"),
    (System::Integer, "Long"),
    (System::Decimal, "Decimal"),
    (System::String, "String"),
    (System::Date, "Date"),
    (System::DateTime, "DateTime"),
    (System::Time, "Time"),
    (System::Quantity, "Quantity"),
];

impl System {
    /// The type called `name`.
    pub(super) fn find(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(system, _)| *system)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(known, _)| *known == self).map_or("TypeInfo", |(_, name)| name)
    }
}

impl Yields {
    /// Nothing.
    pub(super) fn empty() -> Self {
        Self { types: Vec::new(), least: 0, repeats: false, ordered: true }
    }

    /// Whatever it may be.
    pub(super) fn anything() -> Self {
        Self { types: vec![Of::Any], least: 0, repeats: true, ordered: true }
    }

    /// At most one item.
    pub(super) fn maybe(of: Of) -> Self {
        Self { types: vec![of], least: 0, repeats: false, ordered: true }
    }

    /// One item.
    pub(super) fn one(of: Of) -> Self {
        Self { least: 1, ..Self::maybe(of) }
    }

    /// At most one value of FHIRPath's own.
    pub(super) fn system(system: System) -> Self {
        Self::maybe(Of::System(system))
    }

    /// The same types, and any number of items.
    pub(super) fn some(self) -> Self {
        Self { least: 0, ..self }
    }

    /// The items of both.
    pub(super) fn with(mut self, other: Self) -> Self {
        other.types.into_iter().for_each(|of| self.add(of));
        self
    }

    /// Adds a type, unless it is there.
    pub(super) fn add(&mut self, of: Of) {
        if !self.types.contains(&of) {
            self.types.push(of);
        }
    }

    /// Whether every item is of a type that is known and that `refuse` accepts; never of nothing.
    pub(super) fn is_all(&self, refuse: impl Fn(Of) -> bool) -> bool {
        !self.types.is_empty() && self.types.iter().all(|of| *of != Of::Any && refuse(*of))
    }
}

/// The type and those it is based on, the nearest first.
pub(super) fn bases(type_id: TypeId, types: &dyn Types) -> impl Iterator<Item = TypeId> {
    std::iter::successors(Some(type_id), |type_id| types.base(*type_id)).take(BASES_MAX)
}

/// Whether one is the other or is based on it.
pub(super) fn is_a(type_id: TypeId, other: TypeId, types: &dyn Types) -> bool {
    bases(type_id, types).any(|base| base == other)
}

/// The System type that an item becomes where one is needed; `None` where nobody knows, or none.
pub(super) fn system_of(of: Of, types: &dyn Types) -> Option<System> {
    let Of::Fhir(type_id) = of else {
        return if let Of::System(system) = of { Some(system) } else { None };
    };
    bases(type_id, types).find_map(|base| match types.name(base) {
        "boolean" => Some(System::Boolean),
        "integer" => Some(System::Integer),
        "decimal" => Some(System::Decimal),
        "date" => Some(System::Date),
        "dateTime" | "instant" => Some(System::DateTime),
        "time" => Some(System::Time),
        "Quantity" => Some(System::Quantity),
        "string" | "uri" | "base64Binary" | "xhtml" => Some(System::String),
        _ => None,
    })
}

/// Whether an item can never become a value: a resource, a backbone element or a datatype with elements.
pub(super) fn is_structure(of: Of, types: &dyn Types) -> bool {
    match of {
        Of::Fhir(type_id) => {
            let abstract_type = matches!(types.name(type_id), "Element" | "Resource" | "DomainResource");
            types.kind(type_id) != Kind::Primitive && !abstract_type && system_of(of, types).is_none()
        }
        Of::Any | Of::System(_) => false,
    }
}

/// What to call it.
pub(super) fn name(of: Of, types: &dyn Types) -> String {
    match of {
        Of::Any => "anything".to_owned(),
        Of::Fhir(type_id) => types.name(type_id).to_owned(),
        Of::System(system) => system.name().to_owned(),
    }
}
