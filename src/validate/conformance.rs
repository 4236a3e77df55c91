//! Does the resource keep the profiles that it claims, or that others ask of it?
//!
//! `meta.profile`, profiles of the request, profiles on the types of elements, and those that the specification
//! ties to a code: <https://hl7.org/fhir/R4/profiling.html#resources>.

use fhirpath::Node;
use model::{Code, Object, Value};

use crate::findings::Findings;
use crate::limits::PROFILE_DEPTH_MAX;
use crate::place::Place;
use crate::profile::{Profile, TypeRule, element_of};
use crate::surroundings::{Scope, Surroundings};
use crate::vital_signs;
use crate::walk::{Against, Holder, Met, Source, Walk};

impl<'a> Walk<'a> {
    /// A walk whose findings nobody sees; none when too many have been made.
    pub(crate) fn quiet(around: &'a Surroundings<'a>) -> Option<Self> {
        around.may_check().then(|| Walk::new(around))
    }

    /// A walk apart that knows what is under way in this one.
    pub(crate) fn apart(&self) -> Option<Self> {
        let walk = Walk::quiet(self.around)?;
        Some(Walk { under_way: self.under_way.clone(), ..walk })
    }

    /// Whether a node conforms to the profile that `canonical` names; none when that is not known.
    pub(crate) fn conforms(&mut self, canonical: &str, node: Node<'a>, scope: &Scope<'a>) -> Option<bool> {
        let outer = std::mem::take(&mut self.findings);
        let place = Place::root("");
        let known = self.keeps(canonical, node, scope, &place);
        let found = std::mem::replace(&mut self.findings, outer);
        known.then(|| !found.has_errors())
    }

    /// Holds a resource against the profiles that it claims and that its codes imply.
    pub(crate) fn own_profiles(&mut self, resource: &'a Object, scope: &Scope<'a>, place: &Place<'_>) {
        let claimed = resource.get("meta").and_then(|meta| meta.get("profile")).map_or(&[][..], Value::items);
        let meta = place.child("meta");
        for (index, canonical) in claimed.iter().enumerate() {
            let Some(canonical) = canonical.as_str() else { continue };
            if !self.keeps(canonical, scope.resource, scope, place) {
                let message =
                    format!("the profile `{canonical}` is not known here, so nothing was held against it");
                self.findings.warning(Code::UnknownProfile, &meta.item("profile", index), message);
            }
        }
        for canonical in vital_signs::profiles(resource) {
            self.keeps(canonical, scope.resource, scope, place);
        }
    }

    /// Holds a node against a profile; false when that is not known.
    pub(crate) fn keeps(
        &mut self,
        canonical: &str,
        node: Node<'a>,
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) -> bool {
        if self.is_base(canonical, node) {
            return true;
        }
        let (canonical, id) = element_of(canonical);
        let Some(profile) = self.around.rules.profile(canonical) else { return false };
        let Some(element) = profile.place(id) else { return false };
        self.against(&profile, element, (node, scope), place);
        true
    }

    /// Whether a canonical names the very type of the node, whose definition it is held against anyway.
    fn is_base(&self, canonical: &str, node: Node<'a>) -> bool {
        let name = canonical.split('|').next().unwrap_or_default();
        let name = name.strip_prefix("http://hl7.org/fhir/StructureDefinition/");
        name.is_some_and(|name| {
            let mine = fhirpath::Types::name(self.around.definitions, node.type_id);
            self.is_based_on(mine, name)
        })
    }

    /// Holds a node against an element of a profile, mostly the first.
    fn against(
        &mut self,
        profile: &Profile,
        element: usize,
        (node, scope): (Node<'a>, &Scope<'a>),
        place: &Place<'_>,
    ) {
        let is_whole = element == 0;
        let element = &profile.elements[element];
        let against = Against { profile, element, source: Source::Profile };
        let Some(value) = node.value else { return };
        self.value(against, value, place);
        let Some(object) = value.as_object() else { return };
        let pair = (std::ptr::from_ref(object) as usize, std::ptr::from_ref(element) as usize);
        // What leads back to itself keeps the profile unless something else breaks it.
        if self.under_way.contains(&pair) || self.under_way.len() >= PROFILE_DEPTH_MAX {
            return;
        }
        for fault in &profile.faults {
            let message = format!("the profile {} cannot be used in full: {fault}", profile.canonical());
            self.findings.error(Code::UnusableProfile, place, message);
        }
        for doubt in &profile.doubts {
            let message = format!("the profile {} has a mistake: {doubt}", profile.canonical());
            self.findings.warning(Code::UnusableProfile, place, message);
        }
        let mine = fhirpath::Types::name(self.around.definitions, node.type_id);
        if is_whole && !self.is_based_on(mine, &profile.type_name) {
            let message =
                format!("a {} is expected, not a {mine} ({})", profile.type_name, profile.canonical());
            return self.findings.error(Code::ProfileMismatch, place, message);
        }
        self.under_way.push(pair);
        let outer = self.around.scope.replace(Some(*scope));
        self.constraints(against, (node, None), scope, place);
        self.members(against, Holder { node, object, value_of: None }, scope, place);
        self.around.scope.set(outer);
        self.under_way.pop();
    }

    /// Holds a value against the profiles on its type, of which it must keep one.
    pub(crate) fn type_profiles(
        &mut self,
        against: Against<'_>,
        (met, node): (Met<'_, 'a>, Node<'a>),
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        if against.source == Source::Type || !against.element.news.types {
            return;
        }
        let mine = fhirpath::Types::name(self.around.definitions, node.type_id);
        let rules = &against.element.types;
        if met.member.type_id.is_none() && !rules.iter().any(|rule| self.is_based_on(mine, &rule.code)) {
            let allowed: Vec<_> = rules.iter().map(|rule| &*rule.code).collect();
            let source = against.profile.canonical();
            let message = format!("a {} is expected, not a {mine} ({source})", allowed.join(" or "));
            return self.findings.error(Code::ProfileMismatch, place, message);
        }
        // The parts of a type have no type of their own but the one of all such parts.
        let is_part = |rule: &TypeRule| matches!(&*rule.code, "BackboneElement" | "Element");
        let fits = rules.iter().filter(|rule| is_part(rule) || self.is_based_on(mine, &rule.code));
        let profiles: Vec<&str> =
            fits.flat_map(|rule| rule.profiles.iter().map(|profile| &**profile)).collect();
        match profiles.as_slice() {
            [] => {}
            [only] => {
                if !self.keeps(only, node, scope, place) {
                    self.unknown(only, place);
                }
            }
            several => self.one_of(several, (node, scope), against, place),
        }
    }

    fn unknown(&mut self, canonical: &str, place: &Place<'_>) {
        let message = format!("the profile `{canonical}`, which must be kept here, is not known");
        self.findings.error(Code::UnknownProfile, place, message);
    }

    /// Holds a value against several profiles, of which one is enough.
    fn one_of(
        &mut self,
        profiles: &[&str],
        (node, scope): (Node<'a>, &Scope<'a>),
        against: Against<'_>,
        place: &Place<'_>,
    ) {
        let mut wrong = Findings::default();
        for canonical in profiles {
            let outer = std::mem::take(&mut self.findings);
            let known = self.keeps(canonical, node, scope, place);
            let found = std::mem::replace(&mut self.findings, outer);
            if known && !found.has_errors() {
                return;
            }
            found.into_issues().into_iter().for_each(|issue| wrong.add(issue));
        }
        let source = against.profile.canonical();
        let message = format!("the value conforms to none of {} ({source})", profiles.join(", "));
        self.findings.error(Code::ProfileMismatch, place, message);
        wrong.into_issues().into_iter().for_each(|issue| self.findings.add(issue));
    }
}

#[cfg(test)]
mod tests;
