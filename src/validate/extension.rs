//! Is the extension known, and may it stand here?
//!
//! <https://hl7.org/fhir/R4/extensibility.html> and <https://hl7.org/fhir/R4/defining-extensions.html#context>.
//! As the reference validator does, an extension that nobody defines is refused, apart from those that the
//! specification's own examples use.

mod context;

use fhirpath::{Expression, Node};
use model::{Code, Severity, Value};

use crate::place::Place;
use crate::profile::Profile;
use crate::surroundings::Scope;
use crate::walk::{Met, Walk};

/// Names within these are made up, in examples, or made by rules that need no definition.
static UNDEFINED: &[&str] = &["example.org", "acme.com", "nema.org"];

/// Where elements of other versions of FHIR have their extensions; no definition is published for each.
const OTHER_VERSIONS: &str = "/StructureDefinition/extension-";

/// What a terminology server makes, with extensions of its own.
const EXPANDED: &str = "ValueSet.expansion.contains";

/// Where FHIR's own extensions are.
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Where the concepts of a terminology are told. R4's own value sets and code systems exchange their extensions.
static CONCEPTS: &[&str] =
    &["CodeSystem.concept", "ValueSet.compose.include.concept", "ValueSet.expansion.contains"];

impl<'a> Walk<'a> {
    /// Checks an extension by what its definition says.
    pub(crate) fn extension(
        &mut self,
        met: Met<'_, 'a>,
        node: Node<'a>,
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let Some(url) = met.value.and_then(|value| value.text("url")) else { return };
        if !url.contains(':') {
            // Within another extension a name is enough: its definition says what it means.
            let is_nested = place.parent.is_some_and(|holder| holder.type_name == "Extension");
            if !is_nested {
                let message = format!("the url of an extension must be absolute, which `{url}` is not");
                self.findings.error(Code::InvalidValue, place, message);
            }
            return;
        }
        let is_modifier = met.member.name == "modifierExtension";
        let Some(profile) = self.around.rules.profile(url) else {
            return self.unknown_extension(url, place);
        };
        if &*profile.type_name != "Extension" {
            let message = format!("`{url}` defines a {} and no extension", profile.type_name);
            return self.findings.error(Code::UnknownExtension, place, message);
        }
        if profile.root().is_modifier != is_modifier {
            let right = if is_modifier { "extension" } else { "modifierExtension" };
            let message = format!("the extension `{url}` must stand in `{right}`");
            self.findings.error(Code::ExtensionMisplaced, place, message);
        }
        self.extension_context(&profile, met, scope, place);
        self.keeps(url, node, scope, place);
    }

    fn unknown_extension(&mut self, url: &str, place: &Place<'_>) {
        let is_made_up = UNDEFINED.iter().any(|domain| url.contains(domain))
            || url.starts_with("http://hl7.org/fhir/") && url.contains(OTHER_VERSIONS);
        let is_server_made = place.parent.is_some_and(|holder| holder.type_name == EXPANDED);
        let severity = if is_made_up || is_server_made { Severity::Warning } else { Severity::Error };
        let message = format!("the extension `{url}` is not known here");
        self.findings.note(severity, Code::UnknownExtension, place, message);
    }

    fn extension_context(
        &mut self,
        profile: &Profile,
        met: Met<'_, 'a>,
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let Some(holder) = place.parent else { return };
        let fits = self.is_allowed_in(profile, met, scope, holder);
        if !fits && !self.another_version(profile, met, scope, holder) {
            let allowed: Vec<_> = profile.contexts.iter().map(|context| &*context.expression).collect();
            let message =
                format!("the extension `{}` may not stand here, but in {}", profile.url, allowed.join(", "),);
            let severity = if is_near(profile, holder) { Severity::Warning } else { Severity::Error };
            self.findings.note(severity, Code::ExtensionMisplaced, holder, message);
        }
        for invariant in &profile.context_invariants {
            let holds = Expression::parse(invariant)
                .ok()
                .map(|invariant| self.holds(&invariant, met.holder.node, scope));
            match holds {
                Some(Ok(true)) => {}
                Some(Ok(false)) => {
                    let message =
                        format!("the extension `{}` may stand here only if {invariant}", profile.url);
                    self.findings.error(Code::ExtensionMisplaced, holder, message);
                }
                None | Some(Err(_)) => {
                    let message =
                        format!("whether the extension `{}` may stand here cannot be evaluated", profile.url);
                    self.findings.warning(Code::InvariantNotChecked, holder, message);
                }
            }
        }
    }

    fn is_allowed_in(
        &self,
        profile: &Profile,
        met: Met<'_, 'a>,
        scope: &Scope<'a>,
        holder: &Place<'_>,
    ) -> bool {
        let contexts = &profile.contexts;
        contexts.is_empty() || contexts.iter().any(|context| self.stands_in(context, met, scope, holder))
    }

    /// Whether another version of the definition allows it: an instance does not say which one it follows.
    fn another_version(
        &self,
        profile: &Profile,
        met: Met<'_, 'a>,
        scope: &Scope<'a>,
        holder: &Place<'_>,
    ) -> bool {
        let rules = self.around.rules;
        let mut versions =
            rules.registry.versions(&profile.url).filter(|entry| entry.version != profile.version);
        versions.any(|entry| {
            let other = rules.profile(&format!("{}|{}", profile.url, entry.version));
            other.is_some_and(|other| self.is_allowed_in(&other, met, scope, holder))
        })
    }
}

/// Whether the holder is a concept, and the extension is for concepts elsewhere or for their codes.
fn is_near(profile: &Profile, holder: &Place<'_>) -> bool {
    let is_concept = |path: &str| CONCEPTS.contains(&path);
    let mut contexts = profile.contexts.iter().filter(|context| &*context.kind == "element");
    is_concept(holder.type_name)
        && profile.url.starts_with(CORE)
        && contexts.any(|context| is_concept(&context.expression) || &*context.expression == "code")
}

/// The url of the extension that an extension stands in.
fn outer_url<'a>(met: Met<'_, 'a>) -> Option<&'a str> {
    met.holder.object.get("url").and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
