//! Which codes are in the value set?
//! <https://hl7.org/fhir/R4/valueset-operation-expand.html>

use std::sync::Arc;

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level, Truth};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::Parameter;
use model::{Code, Issue, Value};
use terminology::{EXPAND_PARAMETERS, Expand, Terminology, ValueSet};

use crate::arguments::{self, canonical, not_known, number, subject, texts, wrong};

pub(crate) const OPERATION: Operation = Operation {
    name: "expand",
    definition: "http://hl7.org/fhir/OperationDefinition/ValueSet-expand",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["ValueSet"],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

/// What R4 defines and this server does not heed: by it another expansion would be right.
const REFUSED: &[&str] = &["context", "contextDirection", "date"];

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&[EXPAND_PARAMETERS, REFUSED, &["uuid"]].concat())?;
    let given = call.parameters()?;
    arguments::without(&given, REFUSED)?;
    let terminology = arguments::terminology(context, &given)?;
    let brought = subject(context, permit, call, ("valueSet", "ValueSet")).await?;
    let named = canonical(&given, ("url", "valueSetVersion"))?;
    let (value_set, definition) = value_set(&terminology, brought, named.as_deref())?;
    let mut expanded = expand(context, &given, &value_set)?;
    if operation::truth(&given, "includeDefinition", Truth::False)?
        && let (Some(compose), Some(owner)) = (definition.get("compose"), expanded.as_object_mut())
    {
        owner.set("compose", compose.clone());
    }
    Ok(Answer::Resource(expanded))
}

/// The value set that is brought or named, compiled, with its definition.
pub(crate) fn value_set(
    terminology: &Terminology,
    brought: Option<Value>,
    named: Option<&str>,
) -> std::result::Result<(Arc<ValueSet>, Arc<Value>), Issue> {
    let unusable = |name: &str, reason: String| {
        Issue::error(Code::UnusableValueSet, format!("the value set `{name}` cannot be used: {reason}"))
    };
    match (brought, named) {
        (Some(definition), _) => {
            let compiled = terminology.compile(&definition);
            let name = definition.text("url").unwrap_or("without url");
            Ok((Arc::new(compiled.map_err(|reason| unusable(name, reason))?), Arc::new(definition)))
        }
        (None, Some(url)) => {
            let definition = terminology.definition(url).ok_or_else(|| not_known("ValueSet", url))?;
            let compiled = terminology.value_set(url).map_err(|reason| unusable(url, reason))?;
            Ok((compiled, definition))
        }
        (None, None) => Err(wrong("`url` or `valueSet` is expected: of which value set?")),
    }
}

fn expand(context: &Context, given: &[Parameter<'_>], value_set: &ValueSet) -> Result<Value> {
    let truth = |name: &str| operation::truth(given, name, Truth::False);
    let is_said = given.iter().any(|parameter| parameter.name == "excludeNested");
    let identifier = format!("urn:uuid:{}", (context.new_id)());
    let timestamp = (context.clock)().to_string();
    let asked = Expand {
        filter: operation::text(given, "filter")?,
        offset: number(given, "offset")?.unwrap_or_default(),
        count: number(given, "count")?,
        active_only: truth("activeOnly")?,
        exclude_not_for_ui: truth("excludeNotForUI")?,
        include_designations: truth("includeDesignations")?,
        display_language: operation::text(given, "displayLanguage")?,
        properties: &texts(given, "property")?,
        exclude_systems: &texts(given, "exclude-system")?,
        designations: &texts(given, "designation")?,
        exclude_nested: if is_said { Some(truth("excludeNested")?) } else { None },
        identifier: &identifier,
        timestamp: &timestamp,
    };
    Ok(terminology::expand(value_set, &asked)?)
}
