//! Which rules does no definition state, only the text of the specification?
//!
//! One file each, one line in the list; every resource, also one inside another, is shown to those of its type.

mod attachment;
mod bundle;
mod canonical;
mod capability_statement;
mod code_system;
mod coding;
mod concept_map;
mod datatypes;
mod elements;
mod format;
mod identifier;
mod identity;
mod limits;
mod measure;
mod measure_report;
mod narrative;
mod observation;
mod operation_definition;
mod questionnaire;
mod questionnaire_response;
mod reference;
mod search_parameter;
mod structure_definition;
mod value_set;

use model::{Object, Value};

use crate::findings::Findings;
use crate::place::Place;
use crate::rules::Rules;

pub(crate) use datatypes::{ByType, of_type};
pub(crate) use format::Format;
pub(crate) use identity::Known;

/// What a check is shown.
pub(crate) struct Subject<'a> {
    /// The resource.
    pub(crate) resource: &'a Object,
    /// Where it stands.
    pub(crate) place: &'a Place<'a>,
    /// The outermost resource: a Bundle, often.
    pub(crate) root: &'a Object,
    /// What it is held against.
    pub(crate) rules: &'a Rules,
    /// Whether advice is given where no rule is broken.
    pub(crate) best_practice: bool,
}

/// A rule of the specification's text.
pub(crate) type Check = fn(&Subject<'_>, &mut Findings);

/// Every such rule, and the type of resources that keep it; none where all do.
static ALL: &[(Option<&str>, Check)] = &[
    (None, identity::check),
    (Some("Bundle"), bundle::check),
    (Some("Questionnaire"), questionnaire::check),
    (Some("QuestionnaireResponse"), questionnaire_response::check),
    (Some("StructureDefinition"), structure_definition::check),
    (Some("SearchParameter"), search_parameter::check),
    (Some("OperationDefinition"), operation_definition::check),
    (Some("CapabilityStatement"), capability_statement::check),
    (Some("CodeSystem"), code_system::check),
    (Some("ValueSet"), value_set::check),
    (Some("ConceptMap"), concept_map::check),
    (Some("Measure"), measure::check),
    (Some("MeasureReport"), measure_report::check),
    (Some("Observation"), observation::check),
];

/// The rules that resources of a type keep.
pub(crate) fn of_resource(type_name: &str) -> impl Iterator<Item = Check> {
    ALL.iter().filter(move |(of, _)| of.is_none_or(|of| of == type_name)).map(|(_, check)| *check)
}

impl<'a> Subject<'a> {
    /// The text of a member of the resource.
    fn text(&self, name: &str) -> Option<&'a str> {
        text(self.resource, name)
    }
}

/// The text of a member.
fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// The items of a member.
fn items<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    object.get(name).map_or(&[], Value::items)
}

/// The objects among the items of a member, with their places in it.
fn objects<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = (usize, &'a Object)> {
    let numbered = items(object, name).iter().enumerate();
    numbered.filter_map(|(index, item)| Some((index, item.as_object()?)))
}

#[cfg(test)]
mod tests;
