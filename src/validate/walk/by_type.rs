//! How is a value held against the definition of its type?
//!
//! Every element of every write comes by here, so an object is looked at twice: once to see which elements it has,
//! which settles most invariants and what must be there, and once to check each of them. Where the spelling is all
//! that a definition asks, nothing else is looked at. <https://hl7.org/fhir/R4/elementdefinition.html>

use fhir_profiles::TypeKind;
use fhirpath::{Node, TypeId};
use model::xml::Form;
use model::{Code, Object, Value};

use super::{Against, Holder, Met, Source, Walk, extension_around, inner_scope, member_of};
use crate::checks::ByType;
use crate::limits::MEMBERS_KNOWN_MAX;
use crate::place::Place;
use crate::profile::clause::{self, Clause};
use crate::profile::{Element, Member};
use crate::rules::Level;
use crate::surroundings::Scope;

/// Which elements an object has.
pub(crate) struct Present {
    /// The places of the members in the order of the object, as many as are remembered.
    members: [u8; MEMBERS_KNOWN_MAX],
    /// The bits of the elements that are there.
    bits: u64,
    has_companions: bool,
    /// Whether the structural pass would accept it, as far as names and arrays go; false where that needs more care.
    is_sound: bool,
    /// Whether all that is there is there with a value, so that the bits decide invariants.
    is_plain: bool,
}

/// The place of a member that is not remembered.
const FORGOTTEN: u8 = u8::MAX;

impl Present {
    pub(crate) fn new(element: &Element, object: &Object) -> Self {
        let mut present = Self {
            members: [FORGOTTEN; MEMBERS_KNOWN_MAX],
            bits: 0,
            has_companions: false,
            is_sound: !object.is_empty(),
            is_plain: true,
        };
        for (index, (name, value)) in object.iter().enumerate() {
            let plain = name.strip_prefix('_').unwrap_or(name);
            present.has_companions |= plain.len() < name.len();
            let Some(place) = element.member_place(plain) else {
                present.is_sound &= name == "resourceType" && is_resource(element);
                continue;
            };
            let member = &element.members[place];
            match value {
                Value::Array(items) => match items.first() {
                    None => {
                        present.is_sound = false;
                        continue;
                    }
                    Some(first) => {
                        present.is_sound &= member.repeats;
                        present.is_plain &= *first != Value::Null;
                    }
                },
                Value::Null => present.is_plain = false,
                _ => present.is_sound &= !member.repeats,
            }
            present.bits |= member.bit;
            if let Some(known) = present.members.get_mut(index) {
                *known = u8::try_from(place).unwrap_or(FORGOTTEN);
            }
        }
        present.is_plain &= !present.has_companions;
        present.is_sound &= !present.has_companions;
        present
    }

    /// The member that the object has at `index`, which has the place told here; none when it must be looked for.
    fn member<'p>(&self, element: &'p Element, index: usize) -> Option<&'p Member> {
        let place = self.members.get(index).filter(|place| **place != FORGOTTEN && !self.has_companions)?;
        element.members.get(usize::from(*place))
    }

    /// The bits of the invariants that need no further look.
    pub(crate) fn settled(&self, clauses: &[Clause]) -> u64 {
        if self.is_plain { clause::settled(clauses, self.bits) } else { 0 }
    }

    /// Whether everything is there that must be.
    fn has_required(&self, element: &Element) -> bool {
        element.required_bits.is_some_and(|required| self.bits & required == required)
    }
}

/// Whether the element is a resource, which alone says its type in JSON.
fn is_resource(element: &Element) -> bool {
    element.definition.is_some_and(|definition| definition.kind == TypeKind::Resource)
}

impl<'a> Walk<'a> {
    /// Checks the members of an object by the definition of its type.
    pub(super) fn members_by_type(
        &mut self,
        against: Against<'_>,
        (holder, present): (Holder<'a>, &Present),
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let object = holder.object;
        self.is_sound &= present.is_sound;
        if !present.has_required(against.element) {
            self.required(against, object, place);
        }
        let level = self.around.level;
        let mut chosen = 0;
        for (index, (name, value)) in object.iter().enumerate() {
            if self.findings.is_full() {
                self.is_sound = false;
                return;
            }
            let known = present.member(against.element, index);
            let found = known.map(|member| (member, Some(value), None));
            let found =
                found.or_else(|| member_of(against.element, (object, present.has_companions), name, value));
            let Some((member, value, companion)) = found else { continue };
            if member.is_choice {
                self.once(member, &mut chosen, place);
            }
            if member.is_element_id {
                self.element_id(value, scope, place);
            }
            let is_plain = companion.is_none() && member.is_plain(level);
            let against = Against { element: &against.profile.elements[member.element], ..against };
            self.each(value, companion, |walk, value, companion, index| {
                let place =
                    Place { parent: Some(place), name: &member.shown, index, type_name: member.holds };
                match value {
                    Some(value) if is_plain => walk.spelled(member, value, &place),
                    _ => {
                        walk.by_type(against, Met { member, value, companion, index, holder }, scope, &place);
                    }
                }
            });
        }
    }

    /// Complains of an element whose id another has too.
    fn element_id(&mut self, id: Option<&'a Value>, scope: &Scope<'a>, place: &Place<'_>) {
        // The ids of element definitions are the same in snapshot and differential.
        let is_definition =
            scope.resource.value.is_some_and(|it| it.text("resourceType") == Some("StructureDefinition"));
        if let Some(id) = id.and_then(Value::as_str).filter(|_| !is_definition) {
            self.ids.meet(id, place, &mut self.findings);
        }
    }

    /// Holds one value against the definition of the type that has it.
    fn by_type(&mut self, against: Against<'_>, met: Met<'_, 'a>, scope: &Scope<'a>, place: &Place<'_>) {
        if let Some(check) = met.member.check {
            self.checked(check, met, scope, place);
        }
        match met.member.form {
            Form::Resource => self.inner_resource(met, scope, place),
            Form::Object(node) => {
                let Some(object) = met.value.and_then(Value::as_object) else {
                    self.is_sound = false;
                    return;
                };
                let node = Node { value: met.value, companion: None, type_id: TypeId(node.0) };
                self.object(against, (met, Holder { node, object, value_of: None }), scope, place);
            }
            Form::Primitive(_) | Form::Attribute | Form::Narrative => {
                match met.value {
                    Some(value) => self.spelled(met.member, value, place),
                    None => self.is_sound = false,
                }
                if let Some(type_id) = met.member.type_id {
                    let node = Node { value: met.value, companion: met.companion, type_id };
                    self.element(against, (met, node, None), scope, place);
                }
                self.companion(met, scope, place);
            }
        }
    }

    fn spelled(&mut self, member: &Member, value: &Value, place: &Place<'_>) {
        self.is_sound &= member.is_kind_of(value);
        if let Err(wrong) = member.format.check(value) {
            self.findings.error(Code::InvalidValue, place, wrong);
        }
    }

    /// Holds an object against its element, and then against the type or the content that the element has.
    fn object(
        &mut self,
        against: Against<'_>,
        (met, holder): (Met<'_, 'a>, Holder<'a>),
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let Against { profile, element, .. } = against;
        let node = holder.node;
        let own = match element.content {
            Some(content) => Some((profile, &profile.elements[content])),
            None if !element.children.is_empty() => Some((profile, element)),
            None => self.around.rules.base_of(node.type_id).map(|base| (base, base.root())),
        };
        let Some((profile, own)) = own else {
            self.is_sound = false;
            return self.element(against, (met, node, None), scope, place);
        };
        let present = Present::new(own, holder.object);
        self.element(against, (met, node, Some(&present)), scope, place);
        let inner = Against { profile, element: own, source: Source::Type };
        if !std::ptr::eq(own, element) {
            self.constraints(inner, (node, Some(&present)), scope, place);
        }
        let holder = Holder { value_of: extension_around(met), ..holder };
        self.members_by_type(inner, (holder, &present), scope, place);
        if self.around.level == Level::Full {
            match met.member.type_name {
                "Extension" => self.extension(met, node, scope, place),
                type_name => {
                    if let Some(value) = met.value {
                        self.codes(against, (type_name, value), place);
                    }
                }
            }
        }
    }

    /// Checks invariants, bindings and references of one value.
    fn element(
        &mut self,
        against: Against<'_>,
        (met, node, present): (Met<'_, 'a>, Node<'a>, Option<&Present>),
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let asks = met.member.asks;
        if asks.constraints {
            self.constraints(against, (node, present), scope, place);
        }
        let asks_code = asks.required_code || asks.code && self.around.level == Level::Full;
        if asks_code && let (Some(binding), Some(value)) = (&against.element.binding, met.value) {
            self.binding(against, binding, (met.member.type_name, value), place);
        }
        if asks.target {
            self.reference(against, met, scope, place);
        }
    }

    /// Checks what the text of the specification says of the type.
    fn checked(&mut self, check: ByType, met: Met<'_, 'a>, scope: &Scope<'a>, place: &Place<'_>) {
        let resource = scope.resource.value.and_then(Value::as_object);
        if let (Some(resource), Some(value)) = (resource, met.value) {
            let subject = self.subject(resource, place);
            check(&subject, value, place, &mut self.findings);
        }
    }

    /// Checks the id and extensions of a primitive.
    fn companion(&mut self, met: Met<'_, 'a>, scope: &Scope<'a>, place: &Place<'_>) {
        let Some(companion) = met.companion.and_then(Value::as_object) else { return };
        if let Some(base) = self.around.rules.base("Element") {
            let against = Against { profile: base, element: base.root(), source: Source::Type };
            let type_id = met.member.type_id.unwrap_or(TypeId(0));
            let node = Node { value: met.value, companion: met.companion, type_id };
            let holder = Holder { node, object: companion, value_of: extension_around(met) };
            let present = Present::new(against.element, companion);
            self.members_by_type(against, (holder, &present), scope, place);
        }
    }

    /// Walks into a resource inside another.
    fn inner_resource(&mut self, met: Met<'_, 'a>, scope: &Scope<'a>, place: &Place<'_>) {
        let Some(node) = met.value.and_then(|value| self.around.node(value)) else {
            self.is_sound = false;
            return;
        };
        let name = met.value.and_then(|value| value.text("resourceType")).unwrap_or_default();
        let inner = inner_scope(met, node, scope);
        self.resource(&inner, &place.typed(name));
    }
}
