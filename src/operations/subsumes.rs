//! Is one concept a kind of the other?
//! <https://hl7.org/fhir/R4/codesystem-operation-subsumes.html>

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level};
use interactions::{Answer, Context, Operation, Result};
use model::Issue;
use model::parameters::Parameter;
use terminology::Coding;

use crate::arguments::{self, BROUGHT, coding, structured, wrong};
use crate::elsewhere;

pub(crate) const OPERATION: Operation = Operation {
    name: "subsumes",
    definition: "http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["CodeSystem"],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

const ARGUMENTS: &[&str] = &["codeA", "codeB", "system", "version", "codingA", "codingB"];

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    let known = known(context, permit, call).await;
    elsewhere::or_ask(context, call, "CodeSystem/$subsumes", known).await
}

async fn known(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&[ARGUMENTS, BROUGHT].concat())?;
    let given = call.parameters()?;
    let (terminology, own) = arguments::with_code_system(context, permit, call).await?;
    let (a, b) = (side(&given, ("codeA", "codingA"))?, side(&given, ("codeB", "codingB"))?);
    let named = operation::text(&given, "system")?;
    let mut systems = [named, own.as_deref(), a.system, b.system].into_iter().flatten();
    let Some(system) = systems.next() else {
        return Err(wrong("`system` is expected: codes of which code system?").into());
    };
    if let Some(other) = systems.find(|other| *other != system) {
        let message = format!("codes of one code system are expected, not of `{system}` and `{other}`");
        return Err(wrong(message).into());
    }
    let version = operation::text(&given, "version")?.or(a.version).or(b.version);
    let (Some(a), Some(b)) = (a.code, b.code) else {
        return Err(wrong("a code is missing in one of the two codings").into());
    };
    Ok(Answer::Resource(terminology::subsumes(&terminology, (system, version), a, b)?))
}

/// One of the two concepts.
fn side<'a>(given: &[Parameter<'a>], (code, whole): (&str, &str)) -> std::result::Result<Coding<'a>, Issue> {
    match (operation::text(given, code)?, structured(given, (whole, "valueCoding"))?) {
        (Some(code), None) => Ok(Coding { code: Some(code), ..Coding::default() }),
        (None, Some(value)) => Ok(coding(value)),
        _ => Err(wrong(format!("one of `{code}` and `{whole}` is expected"))),
    }
}
