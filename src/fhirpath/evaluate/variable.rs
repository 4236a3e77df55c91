//! What does a `%name` stand for?
//!
//! <https://hl7.org/fhirpath/N1/#environment-variables>, <https://hl7.org/fhir/R4/fhirpath.html#variables>.

use std::borrow::Cow;

use super::{Evaluation, fail};
use crate::failure::Failure;
use crate::item::{Collection, Item};

/// Systems that have names of their own.
const SYSTEMS: &[(&str, &str)] = &[
    ("ucum", "http://unitsofmeasure.org"),
    ("sct", "http://snomed.info/sct"),
    ("loinc", "http://loinc.org"),
];

impl<'a> Evaluation<'_, 'a> {
    pub(super) fn variable(&self, name: &str) -> Result<Collection<'a>, Failure> {
        if let Some((_, items)) = self.defined.iter().rev().find(|(known, _)| **known == *name) {
            return Ok(items.clone());
        }
        if let Some((_, items)) = self.context.variables.iter().find(|(known, _)| *known == name) {
            return Ok(items.clone());
        }
        if let Some((_, url)) = SYSTEMS.iter().find(|(known, _)| *known == name) {
            return Ok(vec![Item::String(Cow::Borrowed(url))]);
        }
        let made = |kind: &str, rest: &str| {
            vec![Item::String(Cow::Owned(format!("http://hl7.org/fhir/{kind}/{rest}")))]
        };
        match name {
            "context" => Ok(vec![self.focus.clone()]),
            "resource" => Ok(vec![Item::Node(self.context.resource)]),
            "rootResource" => Ok(vec![Item::Node(self.context.root)]),
            name => match (name.strip_prefix("vs-"), name.strip_prefix("ext-")) {
                (Some(rest), _) => Ok(made("ValueSet", rest)),
                (_, Some(rest)) => Ok(made("StructureDefinition", rest)),
                _ => fail(format!("cannot use `%{name}`, expected a variable that is known")),
            },
        }
    }

    /// Whether the name is taken.
    pub(super) fn is_defined(&self, name: &str) -> bool {
        self.variable(name).is_ok()
    }
}
