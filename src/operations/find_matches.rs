//! Which concepts have these properties?
//! <https://hl7.org/fhir/R4/codesystem-operation-find-matches.html>

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level, Truth};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::{Content, Parameter};
use model::{Code, Issue, Value};

use crate::arguments::{self, BROUGHT, wrong};

pub(crate) const OPERATION: Operation = Operation {
    name: "find-matches",
    definition: "http://hl7.org/fhir/OperationDefinition/CodeSystem-find-matches",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["CodeSystem"],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

const ARGUMENTS: &[&str] = &["system", "version", "property", "exact", "compositional"];

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&[ARGUMENTS, BROUGHT].concat())?;
    let given = call.parameters()?;
    if !operation::truth(&given, "exact", Truth::True)? {
        let message = "`exact=false` is not supported: only concepts that have all properties are found";
        return Err(Issue::error(Code::NotSupported, message).into());
    }
    let (terminology, own) = arguments::with_code_system(context, permit, call).await?;
    let Some(system) = operation::text(&given, "system")?.or(own.as_deref()) else {
        return Err(wrong("`system` is expected: in which code system?").into());
    };
    let version = operation::text(&given, "version")?;
    let named = given.iter().filter(|parameter| parameter.name == "property");
    let properties = named.map(property).collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(Answer::Resource(terminology::find_matches(&terminology, (system, version), &properties)?))
}

/// A property as `code` and the text of `value`.
fn property<'a>(parameter: &Parameter<'a>) -> std::result::Result<(&'a str, &'a str), Issue> {
    let Content::Parts(parts) = &parameter.content else {
        return Err(wrong("`property`: the parts `code` and `value` are expected"));
    };
    if parts.iter().any(|part| part.name == "subproperty") {
        let message = "`property.subproperty` is not supported by this server";
        return Err(Issue::error(Code::NotSupported, message));
    }
    let value = match arguments::structured(parts, ("value", "valueCoding")) {
        Ok(Some(coding)) => coding.get("code").and_then(Value::as_str),
        Ok(None) | Err(_) => operation::text(parts, "value")?,
    };
    match (operation::text(parts, "code")?, value) {
        (Some(code), Some(value)) => Ok((code, value)),
        _ => Err(wrong("`property`: the parts `code` and `value` are expected")),
    }
}
