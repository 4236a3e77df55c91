//! What does the code system say of this code?
//! <https://hl7.org/fhir/R4/codesystem-operation-lookup.html>

use access::Verb;
use interactions::operation::{self, Call, Level};
use interactions::{Answer, Context, Operation, Result};
use terminology::{Coding, Lookup};

use crate::arguments::{self, SURROUNDINGS, coding, structured, texts, wrong};
use crate::elsewhere;

pub(crate) const OPERATION: Operation = Operation {
    name: "lookup",
    definition: "http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup",
    verb: Verb::Read,
    levels: &[Level::Type],
    types: &["CodeSystem"],
    run: |context, _, call| Box::pin(run(context, call)),
};

const ARGUMENTS: &[&str] = &["code", "system", "version", "coding", "displayLanguage", "property"];

async fn run(context: &Context, call: &Call) -> Result<Answer> {
    elsewhere::or_ask(context, call, "CodeSystem/$lookup", known(context, call)).await
}

fn known(context: &Context, call: &Call) -> Result<Answer> {
    call.only(&[ARGUMENTS, &["date"], SURROUNDINGS].concat())?;
    let given = call.parameters()?;
    arguments::without(&given, &["date"])?;
    let terminology = arguments::terminology(context, &given)?;
    let asked = match structured(&given, ("coding", "valueCoding"))? {
        Some(value) => coding(value),
        None => Coding {
            system: operation::text(&given, "system")?,
            version: operation::text(&given, "version")?,
            code: operation::text(&given, "code")?,
            display: None,
        },
    };
    let (Some(system), Some(code)) = (asked.system, asked.code) else {
        return Err(wrong("`code` with `system`, or `coding` with both, is expected").into());
    };
    let asked = Lookup {
        system,
        version: asked.version,
        code,
        display_language: arguments::language(call, &given)?,
        properties: &texts(&given, "property")?,
    };
    Ok(Answer::Resource(terminology::lookup(&terminology, &asked)?))
}
