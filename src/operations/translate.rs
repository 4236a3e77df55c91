//! What is this code called elsewhere?
//! <https://hl7.org/fhir/R4/conceptmap-operation-translate.html>

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level, Truth};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::{Content, Parameter};
use model::{Issue, Value};
use terminology::{Coding, Translate, Words};

use crate::arguments::{self, BROUGHT, canonical, coding, not_known, structured, subject, wrong};
use crate::elsewhere;

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

/// The names of R5, <https://hl7.org/fhir/R5/conceptmap-operation-translate.html>, in which a source and a target stand for
/// themselves and no `reverse` is needed.
const ARGUMENTS_R5: &[&str] = &[
    "sourceCode",
    "sourceCoding",
    "sourceCodeableConcept",
    "sourceScope",
    "sourceSystem",
    "targetCode",
    "targetCoding",
    "targetCodeableConcept",
    "targetScope",
    "targetSystem",
];

/// What the arguments of one way of asking are called.
struct Names {
    code: &'static str,
    system: &'static str,
    coding: &'static str,
    concept: &'static str,
    /// The system to translate to.
    other: &'static str,
    reverse: bool,
    words: Words,
}

/// The ways to ask: of R4, and of R5 in both directions.
const WAYS: &[Names] = &[
    Names {
        code: "code",
        system: "system",
        coding: "coding",
        concept: "codeableConcept",
        other: "targetsystem",
        reverse: false,
        words: Words::R4,
    },
    Names {
        code: "sourceCode",
        system: "sourceSystem",
        coding: "sourceCoding",
        concept: "sourceCodeableConcept",
        other: "targetSystem",
        reverse: false,
        words: Words::R5,
    },
    Names {
        code: "targetCode",
        system: "targetSystem",
        coding: "targetCoding",
        concept: "targetCodeableConcept",
        other: "sourceSystem",
        reverse: true,
        words: Words::R5,
    },
];

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    let known = known(context, permit, call).await;
    elsewhere::or_ask(context, call, "ConceptMap/$translate", known).await
}

async fn known(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&[ARGUMENTS, ARGUMENTS_R5, BROUGHT].concat())?;
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
    let way = way(&given)?;
    let either =
        |r4: &str, r5: &str| Ok::<_, Issue>(operation::text(&given, r4)?.or(operation::text(&given, r5)?));
    let asked = Translate {
        concept_map: map.as_ref(),
        codings: &codings(&given, way)?,
        source: either("source", "sourceScope")?,
        target: either("target", "targetScope")?,
        target_system: operation::text(&given, way.other)?,
        reverse: way.reverse || operation::truth(&given, "reverse", Truth::False)?,
        dependencies: &dependencies,
        words: way.words,
    };
    Ok(Answer::Resource(terminology::translate(&terminology, &asked)?))
}

/// The one way in which the call names what it wants translated.
fn way(given: &[Parameter<'_>]) -> std::result::Result<&'static Names, Issue> {
    let names = |way: &&Names| {
        let names = [way.code, way.coding, way.concept];
        given.iter().any(|parameter| names.contains(&parameter.name))
    };
    let mut ways = WAYS.iter().filter(names);
    match (ways.next(), ways.next()) {
        (Some(way), None) => Ok(way),
        _ => Err(wrong("one of `code`, `coding` and `codeableConcept` is expected")),
    }
}

fn codings<'a>(given: &[Parameter<'a>], way: &Names) -> std::result::Result<Vec<Coding<'a>>, Issue> {
    let code = operation::text(given, way.code)?;
    let one = structured(given, (way.coding, "valueCoding"))?;
    let concept = structured(given, (way.concept, "valueCodeableConcept"))?;
    match (code, one, concept) {
        (Some(code), None, None) => {
            let Some(system) = operation::text(given, way.system)? else {
                return Err(wrong(format!("`{}` is expected with `{}`", way.system, way.code)));
            };
            let version = operation::text(given, "version")?;
            Ok(vec![Coding { system: Some(system), version, code: Some(code), display: None }])
        }
        (None, Some(one), None) => Ok(vec![coding(one)]),
        (None, None, Some(concept)) => {
            Ok(concept.get("coding").map_or(&[][..], Value::items).iter().map(coding).collect())
        }
        _ => Err(wrong(format!("one of `{}`, `{}` and `{}` is expected", way.code, way.coding, way.concept))),
    }
}

/// What else is known: the element, and the system and code of the first coding of its concept; in the words of R5 the
/// attribute, and a value.
fn dependency<'a>(parameter: &Parameter<'a>) -> std::result::Result<(&'a str, &'a str, &'a str), Issue> {
    let expected = || wrong("`dependency`: the parts `element` and `concept` are expected");
    let Content::Parts(parts) = &parameter.content else { return Err(expected()) };
    if let Some(attribute) = operation::text(parts, "attribute")? {
        return match structured(parts, ("value", "valueCoding")) {
            Ok(Some(coding)) => {
                let value = coding.text("code").ok_or_else(expected)?;
                Ok((attribute, coding.text("system").unwrap_or_default(), value))
            }
            Ok(None) | Err(_) => Ok((attribute, "", operation::text(parts, "value")?.ok_or_else(expected)?)),
        };
    }
    let element = operation::text(parts, "element")?.ok_or_else(expected)?;
    let concept = structured(parts, ("concept", "valueCodeableConcept"))?.ok_or_else(expected)?;
    let first = concept.get("coding").and_then(|codings| codings.items().first()).ok_or_else(expected)?;
    let value = first.text("code").ok_or_else(expected)?;
    Ok((element, first.text("system").unwrap_or_default(), value))
}
