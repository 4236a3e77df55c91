//! What does a StructureDefinition ask of a resource?
//!
//! Its snapshot, read once into a table of elements that the walk can follow without looking at JSON again:
//! <https://hl7.org/fhir/R4/elementdefinition.html>.
//!
//! Invariants: an element stands behind its parent; what a profile only repeats from the definition of the type
//! is marked as old and not checked a second time.

mod build;
pub(crate) mod clause;
mod compare;
mod compile;
mod implied;
mod names;
mod proof;
mod read;

use std::sync::OnceLock;

use fhir_profiles::TypeDefinition;
use fhirpath::{Expression, TypeId};
use model::xml::{Form, Leaf};
use model::{Object, Severity, Value};

pub(crate) use compile::{compile, compile_base};

use crate::checks::{ByType, Check, Format};
use crate::rules::Level;
use clause::Clause;
use names::Names;

/// A definition, ready to be held against.
pub(crate) struct Profile {
    /// Its canonical without version.
    pub(crate) url: Box<str>,
    /// Its business version; empty when it has none.
    pub(crate) version: Box<str>,
    /// The type it constrains or defines.
    pub(crate) type_name: Box<str>,
    /// The elements in the order of the snapshot, the type itself first.
    pub(crate) elements: Vec<Element>,
    /// What is wrong with the definition itself.
    pub(crate) faults: Vec<String>,
    /// Mistakes of the definition that leave it usable.
    pub(crate) doubts: Vec<String>,
    /// Where an extension may stand, and what must hold there.
    pub(crate) contexts: Vec<ExtensionContext>,
    /// Expressions that hold where the extension stands.
    pub(crate) context_invariants: Vec<Box<str>>,
    /// What the text of the specification says of resources of the type.
    pub(crate) checks: Vec<Check>,
}

/// A place where an extension may stand.
pub(crate) struct ExtensionContext {
    /// `element`, `extension` or `fhirpath`.
    pub(crate) kind: Box<str>,
    /// The path, the canonical or the expression.
    pub(crate) expression: Box<str>,
}

/// An element as a definition describes it.
#[derive(Default)]
pub(crate) struct Element {
    /// Its name: `birthDate`, `value[x]`; of the first, the type.
    pub(crate) name: Box<str>,
    /// Its path: `Patient.contact.name`.
    pub(crate) path: Box<str>,
    /// Its id, or its path where it has none: `Observation.component:systolic.code`.
    pub(crate) id: Box<str>,
    /// How many there must be.
    pub(crate) min: u32,
    /// How many there may be; none for any number.
    pub(crate) max: Option<u32>,
    /// Which types it may have.
    pub(crate) types: Vec<TypeRule>,
    /// The value it must have.
    pub(crate) fixed: Option<Value>,
    /// What its value must contain.
    pub(crate) pattern: Option<Value>,
    /// The range of its value.
    pub(crate) bounds: Bounds,
    /// The value set it is bound to.
    pub(crate) binding: Option<Binding>,
    /// Rules stated as expressions, without those that the type states already.
    pub(crate) constraints: Vec<Constraint>,
    /// What settles some of them by the elements that are there.
    pub(crate) clauses: Vec<Clause>,
    /// What of it the definition of the type does not say in the same words.
    pub(crate) news: News,
    /// Whether it may change the meaning of what holds it.
    pub(crate) is_modifier: bool,
    /// The types of its own elements, when it has such.
    pub(crate) definition: Option<&'static TypeDefinition>,
    /// The element whose content it repeats.
    pub(crate) content: Option<usize>,
    /// Its elements, without slices.
    pub(crate) children: Vec<usize>,
    /// The members that JSON may hold in it.
    pub(crate) members: Vec<Member>,
    /// Their places by name.
    pub(crate) names: Names,
    /// Its children that must be there.
    pub(crate) required: Vec<Required>,
    /// The bits of these, where being there is all that is asked of them.
    pub(crate) required_bits: Option<u64>,
    /// How its repeats are told apart.
    pub(crate) slicing: Option<Box<Slicing>>,
    /// What this slice of another element is called.
    pub(crate) slice_name: Option<Box<str>>,
    /// What tells this slice from others, found when it is first asked for.
    pub(crate) criteria: OnceLock<Vec<crate::slicing::Criteria>>,
}

/// What a profile adds to the definition of the type.
#[derive(Clone, Copy, Default)]
pub(crate) struct News {
    pub(crate) min: bool,
    pub(crate) max: bool,
    pub(crate) types: bool,
    pub(crate) binding: bool,
}

/// One of the types that an element may have.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct TypeRule {
    /// `Quantity`, `Reference`, `string`.
    pub(crate) code: Box<str>,
    /// Profiles of which it must keep one.
    pub(crate) profiles: Vec<Box<str>>,
    /// What a reference must point to.
    pub(crate) targets: Vec<Box<str>>,
    /// The types among these, by their names.
    pub(crate) target_types: Vec<Box<str>>,
    /// `contained`, `referenced`, `bundled`.
    pub(crate) aggregation: Vec<Box<str>>,
    /// `either`, `independent`, `specific`; empty when nothing is said.
    pub(crate) versioning: Box<str>,
}

/// The range of a value.
#[derive(Default)]
pub(crate) struct Bounds {
    pub(crate) min: Option<Value>,
    pub(crate) max: Option<Value>,
    /// Characters of a string at most.
    pub(crate) length_max: Option<usize>,
    /// Characters of a string at least.
    pub(crate) length_min: Option<usize>,
    /// Whether a value must be there, not only extensions in its place.
    pub(crate) must_have_value: bool,
}

/// What a coded element is bound to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) strength: Strength,
    pub(crate) value_set: Box<str>,
    /// The set beyond which no code may lie, even where the binding is loose.
    pub(crate) value_set_max: Option<Box<str>>,
    /// Further sets with the purpose of each.
    pub(crate) additional: Vec<(Box<str>, Box<str>)>,
}

/// How firmly a value set is bound: <https://hl7.org/fhir/R4/terminologies.html#strength>.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    Example,
    Preferred,
    Extensible,
    Required,
}

/// A rule stated as an expression.
pub(crate) struct Constraint {
    pub(crate) key: Box<str>,
    pub(crate) severity: Severity,
    pub(crate) human: Box<str>,
    pub(crate) expression: Expression,
    /// Whether it can be broken at all, told by a rule of its own.
    pub(crate) guard: Option<implied::Guard>,
    /// What proves it without evaluating it, where the members of an object may do so.
    pub(crate) proof: Option<proof::Proof>,
}

/// A child that must be there.
pub(crate) struct Required {
    pub(crate) element: usize,
    /// The members of JSON that may hold it.
    pub(crate) names: Vec<&'static str>,
}

/// A member that JSON may hold.
pub(crate) struct Member {
    /// Its name in JSON: `valueQuantity`.
    pub(crate) name: &'static str,
    /// Its name in expressions: `value.ofType(Quantity)`.
    pub(crate) shown: Box<str>,
    /// The element it is a case of.
    pub(crate) element: usize,
    /// What stands in it.
    pub(crate) form: Form,
    /// The name of its type.
    pub(crate) type_name: &'static str,
    /// The same, of a backbone element its path: `Patient.contact`.
    pub(crate) holds: &'static str,
    /// The type in the engine's words; none where any resource may stand.
    pub(crate) type_id: Option<TypeId>,
    /// Whether the definition allows this type here.
    pub(crate) is_allowed: bool,
    /// How its value is spelled.
    pub(crate) format: Format,
    /// What its element asks of a value.
    pub(crate) asks: Asks,
    /// Whether JSON holds it in an array.
    pub(crate) repeats: bool,
    /// Whether it is one of the types of a choice.
    pub(crate) is_choice: bool,
    /// The bit of its element among those of the same parent; the types of a choice share one.
    pub(crate) bit: u64,
    /// Whether it is the id of an element, which no other element of the resource has.
    pub(crate) is_element_id: bool,
    /// What the text of the specification says of its type.
    pub(crate) check: Option<ByType>,
}

/// What the element of a definition asks of a value that stands in it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Asks {
    /// Rules stated as expressions.
    pub(crate) constraints: bool,
    /// That a code is one of a value set, at level core too.
    pub(crate) required_code: bool,
    /// That a code is one of a value set.
    pub(crate) code: bool,
    /// That a reference points to what it may point to.
    pub(crate) target: bool,
}

/// How the repeats of an element are told apart: <https://hl7.org/fhir/R4/profiling.html#slicing>.
#[derive(Default)]
pub(crate) struct Slicing {
    pub(crate) discriminators: Vec<Discriminator>,
    pub(crate) rules: SlicingRules,
    /// Whether the slices stand in the order of their definition.
    pub(crate) is_ordered: bool,
    /// The slices in order.
    pub(crate) slices: Vec<usize>,
}

/// What may stand beside the slices.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SlicingRules {
    /// Anything, anywhere.
    #[default]
    Open,
    /// Nothing.
    Closed,
    /// Anything, behind them.
    OpenAtEnd,
}

/// What tells slices apart.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Discriminator {
    pub(crate) kind: DiscriminatorKind,
    pub(crate) path: Box<str>,
}

/// How the element at a discriminator's path is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiscriminatorKind {
    Value,
    Pattern,
    Type,
    Profile,
    Exists,
    Position,
}

/// Names an element of the profile that `canonical` names; no canonical has a space.
fn of_element(canonical: &str, id: &str) -> String {
    format!("{canonical} {id}")
}

/// The canonical, and the element of that profile which is meant, where it is not the whole.
pub(crate) fn element_of(name: &str) -> (&str, Option<&str>) {
    name.split_once(' ').map_or((name, None), |(canonical, id)| (canonical, Some(id)))
}

impl Profile {
    /// The place of the element called `id`, of the first one where none is asked for.
    pub(crate) fn place(&self, id: Option<&str>) -> Option<usize> {
        id.map_or(Some(0), |id| self.elements.iter().position(|element| *element.id == *id))
    }

    /// The type itself, the first of the elements.
    pub(crate) fn root(&self) -> &Element {
        &self.elements[0]
    }

    /// The canonical with its version, for messages.
    pub(crate) fn canonical(&self) -> String {
        if self.version.is_empty() { self.url.to_string() } else { format!("{}|{}", self.url, self.version) }
    }
}

impl Constraint {
    /// Whether it holds of an object of this type, as far as that shows without evaluating it.
    ///
    /// `is_contained` says whether a resource is contained where the object is.
    pub(crate) fn is_kept(
        &self,
        object: &Object,
        type_id: TypeId,
        is_contained: &dyn Fn(&str) -> bool,
    ) -> bool {
        match (self.guard, &self.proof) {
            (Some(guard), _) => !guard(object, is_contained),
            (None, Some(proof)) => proof.of(object, type_id) == Some(true),
            (None, None) => false,
        }
    }
}

impl Member {
    /// Whether a value is of the kind of JSON that the definition gives it.
    pub(crate) fn is_kind_of(&self, value: &Value) -> bool {
        match (self.form, value) {
            (Form::Primitive(Leaf::Boolean), Value::Bool(_))
            | (Form::Primitive(Leaf::Number), Value::Number(_))
            | (Form::Object(_) | Form::Resource, Value::Object(_)) => true,
            (Form::Primitive(Leaf::String) | Form::Attribute | Form::Narrative, Value::String(text)) => {
                !text.is_empty()
            }
            _ => false,
        }
    }

    /// Whether its spelling is all that is asked of a value without a companion.
    pub(crate) fn is_plain(&self, level: Level) -> bool {
        let Asks { constraints, required_code, code, target } = self.asks;
        let asks = constraints || required_code || target || code && level == Level::Full;
        let is_primitive = matches!(self.form, Form::Primitive(_) | Form::Attribute | Form::Narrative);
        is_primitive && !asks && self.check.is_none()
    }
}

impl Element {
    /// The member called `name`.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.member_place(name).map(|place| &self.members[place])
    }

    /// The place of the member called `name` among the members.
    pub(crate) fn member_place(&self, name: &str) -> Option<usize> {
        self.names.place(name, |place| self.members[place].name == name)
    }

    /// The name without the mark of a choice.
    pub(crate) fn plain_name(&self) -> &str {
        self.name.trim_end_matches("[x]")
    }
}
