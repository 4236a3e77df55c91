//! What lies below a node?
//!
//! <https://hl7.org/fhirpath/N1/#path-selection>; choices by the element's name:
//! <https://hl7.org/fhir/R4/fhirpath.html#polymorphism>.

use model::{Object, Value};

use super::{Evaluation, Flow, Scope, Sink, fail};
use crate::failure::Failure;
use crate::item::{Item, Node};
use crate::syntax::TypeName;
use crate::types::{Kind, Member, TypeId, Types};

/// Levels of types above a type; FHIR has five.
const BASES_MAX: usize = 16;

impl<'c, 'a> Evaluation<'c, 'a> {
    /// A path's first name: an element of `$this`, or the name of its type.
    pub(super) fn first_member(&mut self, name: &str, scope: &Scope<'_, 'a>, sink: Sink<'_, 'c, 'a>) -> Flow {
        if let (Item::Node(node), true) =
            (scope.this, name.as_bytes().first().is_some_and(u8::is_ascii_uppercase))
            && is_a(node.type_id, name, self.context.types)
        {
            return sink(self, scope.this.clone());
        }
        self.member(scope.this, name, sink)
    }

    /// The elements of this name in an item.
    pub(crate) fn member(&mut self, item: &Item<'a>, name: &str, sink: Sink<'_, 'c, 'a>) -> Flow {
        self.step()?;
        match item {
            Item::Node(node) => self.element(*node, name, sink),
            Item::Type(namespace, type_name) => match name {
                "namespace" => sink(self, Item::String((*namespace).into())),
                "name" => sink(self, Item::String((*type_name).into())),
                _ => Ok(()),
            },
            Item::Quantity(quantity) => match name {
                "value" => sink(self, Item::Decimal(quantity.value)),
                "unit" => sink(self, Item::String(quantity.unit.to_string().into())),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The element of this name, a choice by its name without a type. What an object does not have is found
    /// absent by the names of its members, without a question to the definitions.
    fn element(&mut self, node: Node<'a>, name: &str, sink: Sink<'_, 'c, 'a>) -> Flow {
        let Some(object) = self.parts(node) else { return Ok(()) };
        let first = name.as_bytes().first();
        for (known, value) in object.iter() {
            let plain = known.strip_prefix('_').unwrap_or(known);
            // Most names differ in their first letter.
            if plain.as_bytes().first() != first {
                continue;
            }
            let Some(rest) = plain.strip_prefix(name) else { continue };
            let is_choice = rest.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
            if !rest.is_empty() && !is_choice {
                continue;
            }
            let Some(member) = self.member_of(node, plain).filter(|member| member.element == name) else {
                continue;
            };
            self.held(object, (known, value), member, sink)?;
            if rest.is_empty() && plain.len() == known.len() {
                break;
            }
        }
        Ok(())
    }

    /// What the member of this name in JSON holds, and its companion.
    pub(super) fn stored(&mut self, node: Node<'a>, name: &str, sink: Sink<'_, 'c, 'a>) -> Flow {
        let Some(object) = self.parts(node) else { return Ok(()) };
        let Some(member) = self.member_of(node, name) else { return Ok(()) };
        let member_itself = object.iter().find(|(known, _)| known.strip_prefix('_').unwrap_or(known) == name);
        member_itself.map_or(Ok(()), |found| self.held(object, found, member, sink))
    }

    /// Everything directly below an item, in the order of the resource.
    pub(crate) fn children(&mut self, item: &Item<'a>, sink: Sink<'_, 'c, 'a>) -> Flow {
        self.step()?;
        let Item::Node(node) = item else { return Ok(()) };
        let Some(object) = self.parts(*node) else { return Ok(()) };
        for (known, value) in object.iter() {
            let plain = known.strip_prefix('_').unwrap_or(known);
            let Some(member) = self.member_of(*node, plain) else { continue };
            self.held(object, (known, value), member, sink)?;
        }
        Ok(())
    }

    /// The object that holds the parts of an element; those of a primitive, which are its id and extensions,
    /// stand in its companion.
    fn parts(&self, node: Node<'a>) -> Option<&'a Object> {
        match self.context.types.kind(node.type_id) {
            Kind::Primitive => node.companion?.as_object(),
            _ => node.value?.as_object(),
        }
    }

    fn member_of(&self, node: Node<'a>, name: &str) -> Option<Member> {
        let types = self.context.types;
        types.member(node.type_id, name).or_else(|| match types.kind(node.type_id) {
            Kind::Primitive => types.member(types.find("Element")?, name),
            _ => None,
        })
    }

    /// What stands at one place of an object: a value with the companion beside it, or a companion that is alone.
    fn held(
        &mut self,
        object: &'a Object,
        (known, value): (&'a str, &'a Value),
        member: Member,
        sink: Sink<'_, 'c, 'a>,
    ) -> Flow {
        let is_primitive =
            member.type_id.is_some_and(|type_id| self.context.types.kind(type_id) == Kind::Primitive);
        match known.strip_prefix('_') {
            // A companion comes with its value.
            Some(plain) if !is_primitive || object.get(plain).is_some() => Ok(()),
            Some(_) => self.nodes((None, Some(value)), member.type_id, sink),
            None if is_primitive => self.nodes((Some(value), beside(object, known)), member.type_id, sink),
            None => self.nodes((Some(value), None), member.type_id, sink),
        }
    }

    /// The nodes that a value and its companion hold: one, or as many as the longer array.
    fn nodes(
        &mut self,
        (value, companion): (Option<&'a Value>, Option<&'a Value>),
        type_id: Option<TypeId>,
        sink: Sink<'_, 'c, 'a>,
    ) -> Flow {
        let (values, companions) = match (value, companion) {
            (None, None) => return Ok(()),
            (Some(Value::Array(values)), companion) => {
                (values.as_slice(), companion.map_or(&[][..], Value::items))
            }
            (None, Some(Value::Array(companions))) => (&[][..], companions.as_slice()),
            (value, companion) => return self.node(value, companion, type_id, sink),
        };
        for place in 0..values.len().max(companions.len()) {
            let there = |items: &'a [Value]| items.get(place).filter(|item| **item != Value::Null);
            let (value, companion) = (there(values), there(companions));
            if value.is_some() || companion.is_some() {
                self.node(value, companion, type_id, sink)?;
            }
        }
        Ok(())
    }

    fn node(
        &mut self,
        value: Option<&'a Value>,
        companion: Option<&'a Value>,
        type_id: Option<TypeId>,
        sink: Sink<'_, 'c, 'a>,
    ) -> Flow {
        self.step()?;
        let type_id = type_id.or_else(|| self.context.types.find(value?.text("resourceType")?));
        type_id.map_or(Ok(()), |type_id| sink(self, Item::Node(Node { value, companion, type_id })))
    }

    /// The type that is meant: FHIR's where no namespace is written, if there is one of the name.
    pub(super) fn wanted<'n>(&self, name: &'n TypeName) -> Result<Wanted<'n>, Failure> {
        let fhir = || self.context.types.find(&name.name).map(Wanted::Fhir);
        let found = match name.namespace.as_deref() {
            None => {
                fhir().or_else(|| SYSTEM_TYPES.contains(&&*name.name).then_some(Wanted::System(&name.name)))
            }
            Some("FHIR") => fhir(),
            // Nothing is of a type that System does not have.
            Some("System") => Some(Wanted::System(&name.name)),
            Some(_) => None,
        };
        found.map_or_else(|| fail(format!("cannot find the type `{}`", name.name)), Ok)
    }

    /// Whether the item is of the type, or of one based on it.
    pub(super) fn is_of(&self, item: &Item<'_>, wanted: Wanted<'_>) -> bool {
        let types = self.context.types;
        match (wanted, item) {
            (Wanted::Fhir(wanted), Item::Node(node)) => bases(node.type_id, types).any(|base| base == wanted),
            (Wanted::System(wanted), item) => system_name(item) == Some(wanted),
            (Wanted::Fhir(wanted), item) => system_name(item) == Some(types.name(wanted)),
        }
    }
}

/// The type that `is`, `as` and `ofType` ask for.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'n> {
    Fhir(TypeId),
    System(&'n str),
}

/// The types of FHIRPath's own: <https://hl7.org/fhirpath/N1/#literals>, and what reflection yields.
static SYSTEM_TYPES: &[&str] = &[
    "Any", "Boolean", "Integer", "Long", "Decimal", "String", "Date", "DateTime", "Time", "Quantity",
    "TypeInfo",
];

/// The companion of a member.
fn beside<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.iter().find(|(known, _)| known.strip_prefix('_') == Some(name)).map(|(_, value)| value)
}

/// A type, the one it is based on, and so on.
fn bases(type_id: TypeId, types: &dyn Types) -> impl Iterator<Item = TypeId> {
    std::iter::successors(Some(type_id), |type_id| types.base(*type_id)).take(BASES_MAX)
}

/// Whether a type is the one called `name`, or based on it.
pub(crate) fn is_a(type_id: TypeId, name: &str, types: &dyn Types) -> bool {
    bases(type_id, types).any(|type_id| types.name(type_id) == name)
}

/// The name of a System type.
pub(crate) fn system_name(item: &Item<'_>) -> Option<&'static str> {
    match item {
        Item::Node(_) => None,
        Item::Boolean(_) => Some("Boolean"),
        Item::Integer(_) => Some("Integer"),
        Item::Decimal(_) => Some("Decimal"),
        Item::String(_) => Some("String"),
        Item::Date(_) => Some("Date"),
        Item::DateTime(_) => Some("DateTime"),
        Item::Time(_) => Some("Time"),
        Item::Quantity(_) => Some("Quantity"),
        Item::Type(..) => Some("TypeInfo"),
    }
}
