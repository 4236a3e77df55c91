//! What is this code called elsewhere?
//! <https://hl7.org/fhir/R4/conceptmap-operation-translate.html>

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level, Truth};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::{Content, Parameter};
use model::{Issue, Value};
use terminology::{Coding, Translate};

use crate::arguments::{self, BROUGHT, canonical, coding, not_known, structured, subject, wrong};

pub(crate) const OPERATION: Operation = Operation {
    name: "translate",
    definition: "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["ConceptMap"],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

const ARGUMENTS: &[&str] = &[
    "url",
    "conceptMap",
    "conceptMapVersion",
    "code",
    "system",
    "version",
    "source",
    "coding",
    "codeableConcept",
    "target",
    "targetsystem",
    "dependency",
    "reverse",
];

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&[ARGUMENTS, BROUGHT].concat())?;
    let given = call.parameters()?;
    let terminology = arguments::terminology(context, &given)?;
    let brought = subject(context, permit, call, ("conceptMap", "ConceptMap")).await?;
    let named = canonical(&given, ("url", "conceptMapVersion"))?;
    let map = match (brought, named) {
        (Some(map), _) => Some(map),
        (None, Some(url)) => {
            let found = terminology.registry.resolve_as("ConceptMap", &url);
            Some((*found.ok_or_else(|| not_known("ConceptMap", &url))?).clone())
        }
        (None, None) => None,
    };
    let dependencies = given.iter().filter(|parameter| parameter.name == "dependency");
    let dependencies = dependencies.map(dependency).collect::<std::result::Result<Vec<_>, _>>()?;
    let asked = Translate {
        concept_map: map.as_ref(),
        codings: &codings(&given)?,
        source: operation::text(&given, "source")?,
        target: operation::text(&given, "target")?,
        target_system: operation::text(&given, "targetsystem")?,
        reverse: operation::truth(&given, "reverse", Truth::False)?,
        dependencies: &dependencies,
    };
    Ok(Answer::Resource(terminology::translate(&terminology, &asked)?))
}

fn codings<'a>(given: &[Parameter<'a>]) -> std::result::Result<Vec<Coding<'a>>, Issue> {
    let code = operation::text(given, "code")?;
    let one = structured(given, ("coding", "valueCoding"))?;
    let concept = structured(given, ("codeableConcept", "valueCodeableConcept"))?;
    match (code, one, concept) {
        (Some(code), None, None) => {
            let Some(system) = operation::text(given, "system")? else {
                return Err(wrong("`system` is expected with `code`"));
            };
            let version = operation::text(given, "version")?;
            Ok(vec![Coding { system: Some(system), version, code: Some(code), display: None }])
        }
        (None, Some(one), None) => Ok(vec![coding(one)]),
        (None, None, Some(concept)) => {
            Ok(concept.get("coding").map_or(&[][..], Value::items).iter().map(coding).collect())
        }
        _ => Err(wrong("one of `code`, `coding` and `codeableConcept` is expected")),
    }
}

/// What else is known: the element, and the system and code of the first coding of its concept.
fn dependency<'a>(parameter: &Parameter<'a>) -> std::result::Result<(&'a str, &'a str, &'a str), Issue> {
    let expected = || wrong("`dependency`: the parts `element` and `concept` are expected");
    let Content::Parts(parts) = &parameter.content else { return Err(expected()) };
    let element = operation::text(parts, "element")?.ok_or_else(expected)?;
    let concept = structured(parts, ("concept", "valueCodeableConcept"))?.ok_or_else(expected)?;
    let first = concept.get("coding").and_then(|codings| codings.items().first()).ok_or_else(expected)?;
    let value = first.text("code").ok_or_else(expected)?;
    Ok((element, first.text("system").unwrap_or_default(), value))
}
