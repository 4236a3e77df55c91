//! Would this server take the resource, and what is wrong with it?
//! <https://hl7.org/fhir/R4/resource-operation-validate.html>
//!
//! The answer is an OperationOutcome with status 200, whatever it says: the question was answered. Unlike the
//! published definition it can be asked on the base too, where the resource says its type itself.

use ::validate::{Level, Request};
use access::{Permit, Verb};
use interactions::operation::{self, Call, Target};
use interactions::{Answer, Context, Operation, Result, aside};
use model::parameters::{self, Content, Parameter};
use model::{Code, Issue, Object, Severity, Value, outcome};

pub(crate) const OPERATION: Operation = Operation {
    name: "validate",
    definition: "http://hl7.org/fhir/OperationDefinition/Resource-validate",
    verb: Verb::Read,
    levels: &[operation::Level::System, operation::Level::Type, operation::Level::Instance],
    types: &[],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

/// What the client means to do with the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Create,
    Update,
    Delete,
    Profile,
}

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&["resource", "mode", "profile"])?;
    let arguments = call.parameters()?;
    let mode = operation::text(&arguments, "mode")?.map(read_mode).transpose()?;
    let profiles: std::result::Result<Vec<_>, _> = operation::texts(&arguments, "profile").collect();
    let given = resource(&arguments)?;
    let mut issues = intent(context, permit, call, (mode, given)).await?;
    let stored = stored(context, permit, call, given).await?;
    match given.cloned().map(Value::Object).or(stored) {
        Some(resource) => {
            let wanted = profiles?.into_iter().map(str::to_owned).collect();
            let mut found = held(context, resource, wanted).await?;
            if given.is_some() {
                crate::lines::add(&mut found, &arguments, call);
            }
            issues.append(&mut found);
        }
        None if mode == Some(Mode::Delete) => {}
        None => {
            let message = "`resource` is missing: the resource to validate is expected";
            return Err(Issue::error(Code::InvalidParameter, message).into());
        }
    }
    if issues.is_empty() {
        let message = "nothing is wrong with it";
        issues.push(Issue::error(Code::Done, message).with_severity(Severity::Information));
    }
    Ok(Answer::Resource(outcome::outcome(&issues)))
}

/// What is wrong with the content. However small it is, profiles may ask for much.
async fn held(context: &Context, resource: Value, profiles: Vec<String>) -> Result<Vec<Issue>> {
    let rules = context.library.rules();
    aside::run(context, move || {
        let profiles: Vec<&str> = profiles.iter().map(String::as_str).collect();
        let request = Request { level: Level::Full, profiles: &profiles, best_practice: true };
        ::validate::validate(&rules, &resource, &request)
    })
    .await
}

fn read_mode(code: &str) -> std::result::Result<Mode, Issue> {
    match code {
        "create" => Ok(Mode::Create),
        "update" => Ok(Mode::Update),
        "delete" => Ok(Mode::Delete),
        "profile" => Ok(Mode::Profile),
        other => {
            let message = format!("`mode={other}`: create, update, delete or profile is expected");
            Err(Issue::error(Code::InvalidParameter, message))
        }
    }
}

fn resource<'a>(arguments: &[Parameter<'a>]) -> std::result::Result<Option<&'a Object>, Issue> {
    match parameters::find(arguments, "resource").map(|found| &found.content) {
        None => Ok(None),
        Some(Content::Resource(resource)) => Ok(Some(resource)),
        Some(_) => {
            Err(Issue::error(Code::InvalidParameter, "`resource`: a resource is expected, not a value"))
        }
    }
}

/// What is wrong with what the client means to do, apart from the content.
async fn intent(
    context: &Context,
    permit: &Permit,
    call: &Call,
    (mode, given): (Option<Mode>, Option<&Object>),
) -> Result<Vec<Issue>> {
    let mut issues = Vec::new();
    let text = |name| given.and_then(|resource| resource.get(name)).and_then(Value::as_str);
    if let (Some(wanted), Some(found)) = (call.target.resource_type(), text("resourceType"))
        && wanted.as_str() != found
    {
        let message = format!("the resource is a {found} where a {wanted} is expected");
        issues.push(Issue::error(Code::WrongType, message).at(found));
    }
    match (mode, &call.target) {
        (Some(Mode::Update), Target::Instance(key))
            if given.is_some() && text("id") != Some(key.id.as_str()) =>
        {
            let message = format!("the id of the resource is not `{}`, which the URL names", key.id);
            issues.push(Issue::error(Code::IdMismatch, message).at(format!("{}.id", key.resource_type)));
        }
        (Some(mode @ (Mode::Update | Mode::Delete)), _) if !matches!(call.target, Target::Instance(_)) => {
            let message = format!("mode {mode:?} asks about one resource, so its id is expected in the URL");
            return Err(Issue::error(Code::InvalidParameter, message.to_lowercase()).into());
        }
        (Some(Mode::Delete), Target::Instance(key)) => {
            interactions::current(context, permit, key).await?;
        }
        _ => {}
    }
    Ok(issues)
}

/// The stored resource, when the call names one and brings none.
async fn stored(
    context: &Context,
    permit: &Permit,
    call: &Call,
    given: Option<&Object>,
) -> Result<Option<Value>> {
    match (&call.target, given) {
        (Target::Instance(key), None) => Ok(Some(interactions::current(context, permit, key).await?)),
        _ => Ok(None),
    }
}
