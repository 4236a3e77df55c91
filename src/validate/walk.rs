//! How is a resource held against definitions, element by element?
//!
//! Two walks share this file's steps. The walk through the definitions of the types meets every element and looks
//! at formats, extensions and the resources within; the walk through a profile looks at what it adds only.
//! <https://hl7.org/fhir/R4/validation.html>

mod by_type;

use fhirpath::Node;
use model::xml::Form;
use model::{Code, Object, Value};

use crate::checks::{Known, Subject};
use crate::findings::Findings;
use crate::place::Place;
use crate::profile::{Element, Member, Profile};
use crate::rules::Level;
use crate::surroundings::{Entry, Scope, Surroundings};
pub(crate) use by_type::Present;

/// One validation, or a part of one that is tried apart.
pub(crate) struct Walk<'a> {
    pub(crate) around: &'a Surroundings<'a>,
    pub(crate) findings: Findings,
    /// The pairs of node and profile that are being compared, so that circles end.
    pub(crate) under_way: Vec<(usize, usize)>,
    /// The ids of elements in the resource that is walked.
    pub(crate) ids: Known<'a>,
    /// Whether all that was met has the structure that the definitions give it; false where that needs more care.
    pub(crate) is_sound: bool,
}

/// What an object is held against.
#[derive(Clone, Copy)]
pub(crate) struct Against<'p> {
    pub(crate) profile: &'p Profile,
    pub(crate) element: &'p Element,
    pub(crate) source: Source,
}

/// Who says what is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The definition of a type.
    Type,
    /// A profile of it.
    Profile,
}

/// A value as it was met.
#[derive(Clone, Copy)]
pub(crate) struct Met<'p, 'a> {
    pub(crate) member: &'p Member,
    pub(crate) value: Option<&'a Value>,
    pub(crate) companion: Option<&'a Value>,
    pub(crate) index: Option<usize>,
    pub(crate) holder: Holder<'a>,
}

/// What holds the members that are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) node: Node<'a>,
    /// Its value, or of a primitive what stands beside.
    pub(crate) object: &'a Object,
    /// The url of the extension whose value it is.
    pub(crate) value_of: Option<&'a str>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(around: &'a Surroundings<'a>) -> Self {
        let (findings, ids) = (Findings::default(), Known::default());
        Self { around, findings, under_way: Vec::new(), ids, is_sound: true }
    }

    /// Checks a resource: the outermost, or one inside another.
    pub(crate) fn resource(&mut self, scope: &Scope<'a>, place: &Place<'_>) {
        let base = self.around.rules.base_of(scope.resource.type_id);
        let (Some(base), Some(resource)) = (base, scope.resource.value.and_then(Value::as_object)) else {
            self.is_sound = false;
            return;
        };
        let outer = self.around.scope.replace(Some(*scope));
        let outer_ids = std::mem::take(&mut self.ids);
        let against = Against { profile: base, element: base.root(), source: Source::Type };
        let present = Present::new(against.element, resource);
        self.constraints(against, (scope.resource, Some(&present)), scope, place);
        let holder = Holder { node: scope.resource, object: resource, value_of: None };
        self.members_by_type(against, (holder, &present), scope, place);
        self.ids = outer_ids;
        let subject = self.subject(resource, place);
        for check in &base.checks {
            check(&subject, &mut self.findings);
        }
        if self.around.level == Level::Full {
            self.own_profiles(resource, scope, place);
        }
        self.around.scope.set(outer);
    }

    fn subject<'s>(&self, resource: &'s Object, place: &'s Place<'s>) -> Subject<'s>
    where
        'a: 's,
    {
        let Surroundings { root, rules, best_practice, .. } = *self.around;
        Subject { resource, place, root, rules, best_practice }
    }

    /// Checks the members of an object by what a profile adds.
    pub(crate) fn members(
        &mut self,
        against: Against<'_>,
        holder: Holder<'a>,
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let object = holder.object;
        self.required(against, object, place);
        let has_companions = has_companions(object);
        for (name, value) in object.iter() {
            if self.findings.is_full() {
                return;
            }
            let Some((member, value, companion)) =
                member_of(against.element, (object, has_companions), name, value)
            else {
                continue;
            };
            let element = &against.profile.elements[member.element];
            if element.slicing.is_some() {
                continue;
            }
            self.at_most(against, element, value.or(companion), place);
            self.each(value, companion, |walk, value, companion, index| {
                let met = Met { member, value, companion, index, holder };
                let place =
                    Place { parent: Some(place), name: &member.shown, index, type_name: member.holds };
                walk.by_profile(Against { element, ..against }, met, scope, &place);
            });
        }
        self.sliced(against, holder, scope, place);
    }

    fn each(
        &mut self,
        value: Option<&'a Value>,
        companion: Option<&'a Value>,
        mut check: impl FnMut(&mut Self, Option<&'a Value>, Option<&'a Value>, Option<usize>),
    ) {
        let Some(Value::Array(_)) = value.or(companion) else {
            return check(self, value, companion, None);
        };
        let items = value.map_or(&[][..], Value::items);
        let beside = companion.map_or(&[][..], Value::items);
        for index in 0..items.len().max(beside.len()) {
            if self.findings.is_full() {
                self.is_sound = false;
                return;
            }
            let present = |value: &&'a Value| **value != Value::Null;
            check(self, items.get(index).filter(present), beside.get(index).filter(present), Some(index));
        }
    }

    /// Holds one value against an element of a profile.
    pub(crate) fn by_profile(
        &mut self,
        against: Against<'_>,
        met: Met<'_, 'a>,
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let element = against.element;
        if !met.member.is_allowed {
            let allowed: Vec<_> = element.types.iter().map(|rule| &*rule.code).collect();
            let message = format!(
                "`{}` must be of type {} and not {} ({})",
                element.plain_name(),
                allowed.join(" or "),
                met.member.type_name,
                against.profile.canonical(),
            );
            return self.findings.error(Code::ProfileMismatch, place, message);
        }
        let node = match met.member.form {
            Form::Resource => met.value.and_then(|value| self.around.node(value)),
            _ => {
                met.member.type_id.map(|type_id| Node { value: met.value, companion: met.companion, type_id })
            }
        };
        let Some(node) = node else { return };
        let inner = if met.member.form == Form::Resource { inner_scope(met, node, scope) } else { *scope };
        self.values(against, met, place);
        // Rules about a resource inside another are those of the outer one, which is their `%resource`.
        self.constraints(against, (node, None), scope, place);
        if element.news.binding
            && let (Some(binding), Some(value)) = (&element.binding, met.value)
        {
            self.binding(against, binding, (met.member.type_name, value), place);
        }
        if element.news.types {
            self.reference(against, met, scope, place);
        }
        self.type_profiles(against, (met, node), &inner, place);
        let own = element.content.map_or(element, |content| &against.profile.elements[content]);
        if own.children.is_empty() {
            return;
        }
        let has_members = matches!(met.member.form, Form::Object(_) | Form::Resource);
        let object = if has_members { met.value } else { met.companion };
        if let Some(object) = object.and_then(Value::as_object) {
            let outer = self.around.scope.replace(Some(inner));
            self.members(
                Against { element: own, ..against },
                Holder { node, object, value_of: None },
                &inner,
                place,
            );
            self.around.scope.set(outer);
        }
    }
}

/// Whether any member stands beside a primitive.
fn has_companions(object: &Object) -> bool {
    object.iter().any(|(name, _)| name.starts_with('_'))
}

/// The member that `name` is, with its value and what stands beside; none when another name speaks for it.
fn member_of<'p, 'a>(
    element: &'p Element,
    (object, has_companions): (&'a Object, bool),
    name: &str,
    value: &'a Value,
) -> Option<(&'p Member, Option<&'a Value>, Option<&'a Value>)> {
    if !has_companions {
        return element.member(name).map(|member| (member, Some(value), None));
    }
    if let Some(plain) = name.strip_prefix('_') {
        let member = element.member(plain)?;
        return object.get(plain).is_none().then_some((member, None, Some(value)));
    }
    let member = element.member(name)?;
    let beside = object.iter().find(|(beside, _)| beside.strip_prefix('_') == Some(name));
    Some((member, Some(value), beside.map(|(_, companion)| companion)))
}

/// The url of the extension that a value is the value of.
fn extension_around<'a>(met: Met<'_, 'a>) -> Option<&'a str> {
    // No other type has both a url and a choice of values.
    if !met.member.is_choice || !met.member.name.starts_with("value") {
        return None;
    }
    met.holder.object.get("url").and_then(Value::as_str)
}

/// What surrounds a resource inside another.
pub(crate) fn inner_scope<'a>(met: Met<'_, 'a>, node: Node<'a>, scope: &Scope<'a>) -> Scope<'a> {
    if met.member.name == "contained" {
        return Scope { resource: node, ..*scope };
    }
    let outer = scope.resource.value.and_then(Value::as_object);
    let bundle = outer.filter(|outer| outer.get("resourceType").and_then(Value::as_str) == Some("Bundle"));
    let full_url = met.holder.object.get("fullUrl").and_then(Value::as_str);
    let entry = bundle.map(|bundle| Entry { bundle, full_url });
    Scope { resource: node, container: node, entry: entry.or(scope.entry) }
}

#[cfg(test)]
mod tests;
