//! Which elements does a profile have in full?
//! <https://hl7.org/fhir/R4/structuredefinition-operation-snapshot.html>

use access::{Permit, Verb};
use fhir_profiles::snapshot;
use interactions::operation::{self, Call, Level, Target};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::{self, Content};
use model::{Code, Issue, Value};

pub(crate) const OPERATION: Operation = Operation {
    name: "snapshot",
    definition: "http://hl7.org/fhir/OperationDefinition/StructureDefinition-snapshot",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["StructureDefinition"],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&["definition", "resource", "url"])?;
    let arguments = call.parameters()?;
    let rules = context.library.rules();
    let given = ["definition", "resource"].iter().find_map(|name| parameters::find(&arguments, name));
    let definition = match (given.map(|found| &found.content), operation::text(&arguments, "url")?) {
        (Some(Content::Resource(definition)), None) => Value::Object((*definition).clone()),
        (Some(Content::Resource(_)), Some(_)) => {
            return Err(wrong("`definition` and `url` cannot both say which definition is meant").into());
        }
        (Some(_), _) => return Err(wrong("`definition`: a StructureDefinition is expected").into()),
        (None, Some(url)) => match rules.registry.resolve_as("StructureDefinition", url) {
            Some(definition) => (*definition).clone(),
            None => {
                let message = format!("the StructureDefinition `{url}` is not known here");
                return Err(Issue::error(Code::NotFound, message).into());
            }
        },
        (None, None) => match &call.target {
            Target::Instance(key) => interactions::current(context, permit, key).await?,
            _ => return Err(wrong("`definition` or `url` is expected: of which definition?").into()),
        },
    };
    if definition.text("resourceType") != Some("StructureDefinition") {
        return Err(wrong("`definition`: a StructureDefinition is expected").into());
    }
    if definition.get("differential").is_none() && definition.get("snapshot").is_some() {
        // The definitions of R4 are embedded with their snapshots alone.
        return Ok(Answer::Resource(definition));
    }
    Ok(Answer::Resource(snapshot::generate(&definition, &rules.registry)?))
}

fn wrong(message: &str) -> Issue {
    Issue::error(Code::InvalidParameter, message)
}
