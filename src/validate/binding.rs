//! Is the code one of those that may stand here?
//!
//! Value sets by how firmly they are bound: <https://hl7.org/fhir/R4/terminologies.html#strength>. What the
//! server cannot tell, because a code system is not loaded, is said as a warning.

use model::{Code, Severity, Value};
use terminology::{Coding, Meaning, Membership};

use crate::place::Place;
use crate::profile::{Binding, Strength};
use crate::rules::Level;
use crate::walk::{Against, Walk};

/// The value set of media types, and the short names that FHIR allows in their place: "xml | json | ttl | mime
/// type", as <https://hl7.org/fhir/R4/capabilitystatement.html> and test scripts say.
const MEDIA_TYPES: &str = "http://hl7.org/fhir/ValueSet/mimetypes";
const SHORT_MEDIA_TYPES: &[&str] = &["xml", "json", "ttl"];

/// How a coded element stands to a value set.
enum Standing {
    Member,
    /// None of its codes is in it, and why.
    Absent(String),
    /// There is no code.
    Uncoded,
    /// Nobody here can tell, and why.
    Unknown(String),
}

impl Walk<'_> {
    /// Complains when the codes of a value are not those that its binding asks for.
    pub(crate) fn binding(
        &mut self,
        against: Against<'_>,
        binding: &Binding,
        (type_name, value): (&str, &Value),
        place: &Place<'_>,
    ) {
        let level = self.around.level;
        if level < Level::Full && binding.strength < Strength::Required {
            return;
        }
        if binding.strength > Strength::Example && !binding.value_set.is_empty() {
            self.bound(against, (binding.strength, &binding.value_set), (type_name, value), place);
        }
        if level < Level::Full {
            return;
        }
        let bounds_value = binding.strength < Strength::Required && !is_without_unit(type_name, value);
        if let Some(value_set) = binding.value_set_max.as_ref().filter(|_| bounds_value) {
            self.bound(against, (Strength::Required, value_set), (type_name, value), place);
        }
        for (purpose, value_set) in &binding.additional {
            let strength = match &**purpose {
                "required" | "maximum" => Strength::Required,
                "extensible" => Strength::Extensible,
                "preferred" => Strength::Preferred,
                _ => continue,
            };
            self.bound(against, (strength, value_set), (type_name, value), place);
        }
    }

    fn bound(
        &mut self,
        against: Against<'_>,
        (strength, value_set): (Strength, &str),
        (type_name, value): (&str, &Value),
        place: &Place<'_>,
    ) {
        let severity = match strength {
            Strength::Required => Severity::Error,
            Strength::Extensible => Severity::Warning,
            Strength::Preferred | Strength::Example => Severity::Information,
        };
        let must = match strength {
            Strength::Required => "must",
            Strength::Extensible => "should, where one fits,",
            Strength::Preferred | Strength::Example => "had better",
        };
        let standing = self.standing(value_set, type_name, value);
        if matches!(standing, Standing::Member) {
            return;
        }
        let source = against.profile.canonical();
        match standing {
            Standing::Member => {}
            Standing::Absent(why) => {
                let message =
                    format!("the code {must} come from the value set `{value_set}`: {why} ({source})");
                self.findings.note(severity, Code::CodeNotInValueSet, place, message);
            }
            Standing::Uncoded if strength == Strength::Preferred => {}
            Standing::Uncoded => {
                let message = format!("a code {must} be here, from the value set `{value_set}` ({source})");
                self.findings.note(severity, Code::CodeNotInValueSet, place, message);
            }
            Standing::Unknown(_) if strength == Strength::Preferred => {}
            Standing::Unknown(why) => {
                let message =
                    format!("the code cannot be checked against the value set `{value_set}`: {why}");
                self.findings.warning(Code::CodeNotChecked, place, message);
            }
        }
    }

    /// Whether every code of a value is known to be in a value set, for slices that are told apart by it.
    pub(crate) fn is_bound(&self, value_set: &str, type_name: &str, value: &Value) -> bool {
        matches!(self.standing(value_set, type_name, value), Standing::Member)
    }

    fn standing(&self, value_set: &str, type_name: &str, value: &Value) -> Standing {
        match (type_name, value) {
            ("CodeableConcept", value) => {
                let codings = value.get("coding").map_or(&[][..], Value::items);
                let standings = codings.iter().map(|coding| self.coded(value_set, &read(coding)));
                best(standings)
            }
            ("Coding", value) => self.coded(value_set, &read(value)),
            (_, Value::Object(_)) if value.get("value").is_some() || value.get("code").is_some() => {
                // Of a quantity it is the unit that is coded.
                let coding =
                    Coding { code: value.text("code"), system: value.text("system"), ..Coding::default() };
                self.coded(value_set, &coding)
            }
            (_, Value::String(code)) => {
                self.coded(value_set, &Coding { code: Some(code), ..Coding::default() })
            }
            _ => Standing::Member,
        }
    }

    fn coded(&self, value_set: &str, coding: &Coding<'_>) -> Standing {
        let Some(code) = coding.code else { return Standing::Uncoded };
        if SHORT_MEDIA_TYPES.contains(&code) && value_set.split('|').next() == Some(MEDIA_TYPES) {
            return Standing::Member;
        }
        match self.around.rules.terminology.member(value_set, coding) {
            Membership::Member => Standing::Member,
            Membership::Absent(why) => Standing::Absent(why),
            Membership::Unknown(why) => Standing::Unknown(why),
        }
    }

    /// Checks the codes of a coded value, wherever it stands.
    pub(crate) fn codes(
        &mut self,
        against: Against<'_>,
        (type_name, value): (&str, &Value),
        place: &Place<'_>,
    ) {
        let strength = against.element.binding.as_ref().map_or(Strength::Example, |binding| binding.strength);
        match type_name {
            "CodeableConcept" => {
                let codings = value.get("coding").map_or(&[][..], Value::items);
                for (index, coding) in codings.iter().enumerate() {
                    self.coding(strength, coding, &place.item("coding", index));
                }
            }
            // Those within a concept are checked with it.
            "Coding" if place.parent.is_none_or(|parent| parent.type_name != "CodeableConcept") => {
                self.coding(strength, value, place);
            }
            _ => {}
        }
    }

    /// Complains when a code does not exist in its system or is called by a wrong name.
    fn coding(&mut self, strength: Strength, value: &Value, place: &Place<'_>) {
        let coding = read(value);
        let (Some(system), Some(code)) = (coding.system, coding.code) else { return };
        match self.around.rules.terminology.meaning(system, coding.version, code) {
            Meaning::NoSuchCode => {
                let message = format!("the code system `{system}` has no code `{code}`");
                // Where other codes are welcome, one that its system does not have yet may be meant well.
                let severity =
                    if strength == Strength::Required { Severity::Error } else { Severity::Warning };
                self.findings.note(severity, Code::UnknownCode, &place.child("code"), message);
            }
            Meaning::UnknownSystem => {
                let message =
                    format!("the code system `{system}` is not known here, so the code is not checked");
                self.findings.warning(Code::CodeNotChecked, &place.child("system"), message);
            }
            Meaning::Known { display, designations, inactive, .. } => {
                if inactive {
                    let message = format!("the code `{code}` of `{system}` is no longer in use");
                    self.findings.warning(Code::CodeNotInValueSet, place, message);
                }
                let right = display.iter().chain(&designations);
                let Some(given) =
                    coding.display.filter(|given| !right.clone().any(|right| alike(right, given)))
                else {
                    return;
                };
                let Some(first) = right.clone().next() else { return };
                let message = format!("`{code}` of `{system}` is called `{first}`, not `{given}`");
                // Of systems with laws of their own not all right names are known here.
                let has_all_names = !system.starts_with("urn:") && system != model::ucum::SYSTEM;
                let severity = if has_all_names { Severity::Error } else { Severity::Warning };
                self.findings.note(severity, Code::WrongDisplay, &place.child("display"), message);
            }
        }
    }
}

/// Whether the value is an amount without a coded unit: the greatest value set says which unit may be there, not
/// that one must be.
fn is_without_unit(type_name: &str, value: &Value) -> bool {
    let is_amount = !matches!(type_name, "CodeableConcept" | "Coding") && value.as_object().is_some();
    is_amount && value.get("code").is_none()
}

/// The best that any of the codes can show: one that is in the set is enough.
fn best(standings: impl Iterator<Item = Standing>) -> Standing {
    let mut best = Standing::Uncoded;
    for standing in standings {
        best = match (best, standing) {
            (_, Standing::Member) => return Standing::Member,
            (Standing::Unknown(why), _) | (_, Standing::Unknown(why)) => Standing::Unknown(why),
            (Standing::Absent(why), _) | (_, Standing::Absent(why)) => Standing::Absent(why),
            (Standing::Uncoded, Standing::Uncoded) => Standing::Uncoded,
            (Standing::Member, _) => return Standing::Member,
        };
    }
    best
}

fn read(value: &Value) -> Coding<'_> {
    let text = |name| value.text(name);
    Coding { system: text("system"), version: text("version"), code: text("code"), display: text("display") }
}

/// Displays are compared without regard to case and runs of white space.
fn alike(left: &str, right: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    left == right || words(left) == words(right)
}

#[cfg(test)]
mod tests {
    use crate::expect::against;

    /// Holds a value against a loose binding of it whose greatest value set is all of UCUM.
    fn check(type_name: &str, value: &str, expected: &str) {
        let element = format!(
            r#"{{"id":"Observation.value[x]","path":"Observation.value[x]","type":[{{"code":"{type_name}"}}],
                "binding":{{"strength":"preferred","valueSet":"http://hl7.org/fhir/ValueSet/ucum-units","extension":[{{
                    "url":"http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet",
                    "valueCanonical":"http://hl7.org/fhir/ValueSet/ucum-units"}}]}}}}"#
        );
        let resource = format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"a"}},"value{type_name}":{value}}}"#
        );
        against("Observation", &element, &resource, expected);
    }

    #[test]
    fn a_greatest_value_set_says_which_unit_there_may_be_and_not_that_there_must_be_one() {
        check("Quantity", r#"{"value":1,"system":"http://unitsofmeasure.org","code":"mg"}"#, "");
        check("Quantity", r#"{"value":1,"unit":"tablets"}"#, "");
        check(
            "Quantity",
            r#"{"value":1,"system":"http://terminology.hl7.org/CodeSystem/v3-NullFlavor","code":"UNK"}"#,
            "information code-not-in-value-set Observation.value.ofType(Quantity)
             error code-not-in-value-set Observation.value.ofType(Quantity)",
        );
    }

    #[test]
    fn a_greatest_value_set_of_concepts_asks_for_a_code() {
        check(
            "CodeableConcept",
            r#"{"text":"tablets"}"#,
            "error code-not-in-value-set Observation.value.ofType(CodeableConcept)",
        );
    }
}
