//! May the reference point there?
//!
//! Target types, target profiles, aggregation and versioning: <https://hl7.org/fhir/R4/references.html> and
//! <https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type.targetProfile>. Targets are
//! held against profiles where they are at hand: contained, or in the same Bundle.

use model::reference::Reference;
use model::{Code, Severity, Value};

use crate::place::Place;
use crate::profile::TypeRule;
use crate::rules::Level;
use crate::surroundings::{Found, Scope, Whereabouts};
use crate::walk::{Against, Met, Source, Walk};

/// Where the definitions of R4's own types are.
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

impl<'a> Walk<'a> {
    /// Complains when a reference points to what its definition does not allow.
    pub(crate) fn reference(
        &mut self,
        against: Against<'_>,
        met: Met<'_, 'a>,
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let Some(value) = met.value else { return };
        match met.member.type_name {
            "Reference" => {}
            "canonical" => return self.canonical(against, value, place),
            _ => return,
        }
        let mut rules = against.element.types.iter().filter(|rule| &*rule.code == "Reference");
        let (Some(rule), None) = (rules.next(), rules.next()) else { return };
        let text = value.text("reference");
        let found = match (self.around.level, text) {
            (Level::Full, Some(text)) => self.around.resolve(text, scope),
            (_, Some(text)) if text.starts_with('#') => self.around.resolve(text, scope),
            _ => None,
        };
        self.target_type(against, rule, (value, found), place);
        if against.source == Source::Profile {
            self.aggregation(against, rule, (text, found), place);
            self.versioning(against, rule, text, place);
            if let Some(found) = found {
                self.target_profile(against, rule, (text, found), place);
            }
        }
    }

    /// Complains when a canonical names a definition of another type than is allowed.
    fn canonical(&mut self, against: Against<'_>, value: &Value, place: &Place<'_>) {
        if self.around.level < Level::Full {
            return;
        }
        let targets = against.element.types.iter().filter(|rule| &*rule.code == "canonical");
        let targets: Vec<_> = targets.flat_map(|rule| &rule.targets).collect();
        let Some(canonical) = value.as_str().filter(|_| !targets.is_empty()) else { return };
        let registry = &self.around.rules.registry;
        let named = registry.resolve(canonical);
        let Some(type_name) = named.as_deref().and_then(|named| named.text("resourceType")) else { return };
        // A code system and the value set of all its codes may share a name.
        let is_allowed = targets.iter().any(|target| {
            let wanted = target.strip_prefix(CORE).unwrap_or_default();
            self.allows(target, type_name) || registry.resolve_as(wanted, canonical).is_some()
        });
        if !is_allowed {
            let message = format!(
                "the canonical names a {type_name}, and another type is expected here ({})",
                against.profile.canonical(),
            );
            self.findings.note(severity_of(against.source), Code::ReferenceTarget, place, message);
        }
    }

    fn target_type(
        &mut self,
        against: Against<'_>,
        rule: &TypeRule,
        (value, found): (&Value, Option<Found<'a>>),
        place: &Place<'_>,
    ) {
        if rule.targets.is_empty() || found.is_none() && begins_with_target(value, rule) {
            return;
        }
        let resolved = found.and_then(|found| found.resource.value?.text("resourceType"));
        let literal = || {
            let reference = Reference::parse(value.text("reference")?)?;
            match reference {
                Reference::Conditional { resource_type, .. } => Some(resource_type),
                Reference::Relative(target) => Some(target.resource_type),
                // The path of a foreign URL may look like a type by chance only.
                Reference::Absolute { target, .. } => Some(target.resource_type)
                    .filter(|name| self.around.definitions.resource_type(name).is_some()),
                _ => None,
            }
        };
        let Some(type_name) = resolved.or_else(literal).or_else(|| value.text("type")) else { return };
        let type_name = type_name.strip_prefix(CORE).unwrap_or(type_name);
        if rule.targets.iter().any(|target| self.allows(target, type_name)) {
            return;
        }
        let allowed: Vec<_> =
            rule.targets.iter().map(|target| target.strip_prefix(CORE).unwrap_or(target)).collect();
        let message = format!(
            "the reference points to a {type_name}, and {} is allowed here ({})",
            allowed.join(" or "),
            against.profile.canonical(),
        );
        // What a path only seems to say is no proof against the definition of a type; a profile may take it so.
        let severity = if resolved.is_some() { Severity::Error } else { severity_of(against.source) };
        self.findings.note(severity, Code::ReferenceTarget, place, message);
    }

    /// Whether a target profile is one of a resource type.
    fn allows(&self, target: &str, type_name: &str) -> bool {
        if let Some(core) = target.strip_prefix(CORE) {
            let core = core.split('|').next().unwrap_or_default();
            if self.around.definitions.type_definition(core).is_some() {
                return core == type_name || self.is_based_on(type_name, core);
            }
        }
        // A profile that is not known allows anything: saying that it is unknown is for whoever follows it.
        self.around.rules.profile(target).is_none_or(|profile| {
            *profile.type_name == *type_name || self.is_based_on(type_name, &profile.type_name)
        })
    }

    /// Whether `type_name` is `base` or based on it.
    pub(crate) fn is_based_on(&self, type_name: &str, base: &str) -> bool {
        let mut current = Some(type_name);
        // Every step leads to a more general type, of which there are few.
        while let Some(name) = current {
            if name == base {
                return true;
            }
            current = self.around.definitions.type_definition(name).and_then(|known| known.base);
        }
        false
    }

    fn aggregation(
        &mut self,
        against: Against<'_>,
        rule: &TypeRule,
        (text, found): (Option<&str>, Option<Found<'a>>),
        place: &Place<'_>,
    ) {
        if rule.aggregation.is_empty() || text.is_none() {
            return;
        }
        let (mode, words) = match found.map(|found| found.whereabouts) {
            Some(Whereabouts::Contained) => ("contained", "contained in the resource"),
            Some(Whereabouts::Bundled) => ("bundled", "in the same Bundle"),
            None => ("referenced", "elsewhere"),
        };
        // What is bundled is referenced, too: the Bundle is one way of sending it.
        let fits = |allowed: &str| allowed == mode || (mode == "bundled" && allowed == "referenced");
        if !rule.aggregation.iter().any(|allowed| fits(allowed)) {
            let message = format!(
                "the target is {words}, and must be {} ({})",
                rule.aggregation.join(" or "),
                against.profile.canonical(),
            );
            self.findings.error(Code::ReferenceTarget, place, message);
        }
    }

    fn versioning(&mut self, against: Against<'_>, rule: &TypeRule, text: Option<&str>, place: &Place<'_>) {
        let Some(reference) = text.and_then(Reference::parse) else { return };
        let has_version = reference.target().is_some_and(|target| target.version.is_some());
        let wrong = match &*rule.versioning {
            "specific" if !has_version && reference.target().is_some() => "must name",
            "independent" if has_version => "must not name",
            _ => return,
        };
        let message = format!("the reference {wrong} a version ({})", against.profile.canonical());
        self.findings.error(Code::ReferenceTarget, place, message);
    }

    /// Holds the target against the profiles of which it must keep one.
    fn target_profile(
        &mut self,
        against: Against<'_>,
        rule: &TypeRule,
        (text, found): (Option<&str>, Found<'a>),
        place: &Place<'_>,
    ) {
        let is_core = |target: &str| {
            target
                .strip_prefix(CORE)
                .is_some_and(|name| self.around.definitions.type_definition(name).is_some())
        };
        if rule.targets.is_empty() || rule.targets.iter().any(|target| is_core(target)) {
            return;
        }
        let mut unknown = 0;
        for target in &rule.targets {
            match self.tries(target, found) {
                Some(true) => return,
                Some(false) => {}
                None => unknown += 1,
            }
        }
        let (text, targets) = (text.unwrap_or_default(), rule.targets.join(" or "));
        let source = against.profile.canonical();
        if unknown > 0 {
            let message = format!("whether `{text}` conforms to {targets} cannot be told ({source})");
            return self.findings.warning(Code::UnknownProfile, place, message);
        }
        let message = format!("`{text}` does not conform to {targets} ({source})");
        self.findings.error(Code::ProfileMismatch, place, message);
    }

    fn tries(&mut self, profile: &str, found: Found<'a>) -> Option<bool> {
        let mut walk = self.apart()?;
        walk.conforms(profile, found.resource, &found.scope)
    }
}

/// Whether the reference begins with a type that may be its target, so that it need not be taken apart.
fn begins_with_target(value: &Value, rule: &TypeRule) -> bool {
    let Some(text) = value.text("reference") else { return false };
    let begins = |name: &str| text.as_bytes().get(name.len()) == Some(&b'/') && text.starts_with(name);
    rule.target_types.iter().any(|target| begins(target))
}

/// How bad it is that a target seems to be of another type, where it could not be looked at.
fn severity_of(source: Source) -> Severity {
    match source {
        Source::Type => Severity::Warning,
        Source::Profile => Severity::Error,
    }
}

#[cfg(test)]
mod tests;
