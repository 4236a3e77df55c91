//! What can be asked for beyond the interactions?
//!
//! The shape of a `$operation` and of a call to one: <https://hl7.org/fhir/R4/operations.html>. The
//! operations themselves stand in the crate `operations`, which is above this one; their list is handed in with
//! the [`Context`], so that Bundles can call them and the CapabilityStatement can name them.

use std::future::Future;
use std::pin::Pin;

use access::{Demand, Verb};
use model::parameters::{self, Content, Parameter};
use model::{Code, Issue, Key, Object, ResourceType, Value};

/// The two forms of a resource on the wire.
pub use validate::source::Form;

use crate::{Answer, Context, HttpVerb, Offer, Pairs, Result, Shape};

/// What a POST calls.
pub(crate) const CALL: Offer = Offer { code: "operation", verb: HttpVerb::Post, shape: Shape::Operation };
/// What a GET calls: an operation that changes nothing, with arguments that fit a URL.
pub(crate) const ASK: Offer = Offer { code: "operation", verb: HttpVerb::Get, shape: Shape::Operation };

/// A named operation. One `const` per file of the crate `operations`, listed there.
pub struct Operation {
    /// What it is called, without `$`.
    pub name: &'static str,
    /// Canonical of the OperationDefinition that fixes its parameters.
    pub definition: &'static str,
    /// What a caller must be allowed to do to the target before it runs.
    pub verb: Verb,
    /// Where it can be called.
    pub levels: &'static [Level],
    /// The types that it can be called on; none where it can be called on all.
    pub types: &'static [&'static str],
    /// Does it.
    pub run: for<'a> fn(&'a Context, &'a access::Permit, &'a Call) -> Running<'a>,
}

/// An operation at work.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + Send + 'a>>;

/// Where an operation can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// On the base.
    System,
    /// On a type.
    Type,
    /// On a resource.
    Instance,
}

/// What an operation is called on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The base.
    System,
    /// A type.
    Type(ResourceType),
    /// A resource.
    Instance(Key),
}

/// A call: the target and the arguments.
pub struct Call {
    /// What it is called on.
    pub target: Target,
    /// The arguments, as a Parameters resource whatever they came as.
    pub arguments: Object,
    /// Whether the body is the argument `resource` itself, and no Parameters.
    pub is_bare: bool,
    /// The body as sent, so that complaints can name its lines.
    pub sent: Option<Sent>,
    /// The languages that the client reads, as in `Accept-Language`.
    pub language: Option<String>,
}

/// A body as sent.
pub struct Sent {
    /// Its bytes.
    pub bytes: bytes::Bytes,
    /// Its form.
    pub form: Form,
}

impl Target {
    /// The level it is on.
    pub fn level(&self) -> Level {
        match self {
            Target::System => Level::System,
            Target::Type(_) => Level::Type,
            Target::Instance(_) => Level::Instance,
        }
    }

    /// The type that is named, if one is.
    pub fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Target::System => None,
            Target::Type(resource_type) => Some(*resource_type),
            Target::Instance(key) => Some(key.resource_type),
        }
    }

    pub(crate) fn demand(&self, verb: Verb) -> Demand {
        match self {
            Target::System => Demand::System(verb),
            Target::Type(resource_type) => Demand::Type(verb, *resource_type),
            Target::Instance(key) => Demand::Instance(verb, key.clone()),
        }
    }
}

impl Operation {
    /// Whether it can be called there.
    pub fn answers(&self, target: &Target) -> bool {
        self.answers_at(target.level(), target.resource_type())
    }

    /// Whether it can be called on this level, of this type where the level has one.
    pub fn answers_at(&self, level: Level, resource_type: Option<ResourceType>) -> bool {
        let fits = |name: ResourceType| self.types.is_empty() || self.types.contains(&name.as_str());
        self.levels.contains(&level) && resource_type.is_none_or(fits)
    }

    /// Whether it leaves everything as it is, so that a GET may call it.
    pub fn only_looks(&self) -> bool {
        matches!(self.verb, Verb::Read | Verb::History)
    }
}

/// Finds the operation that is called, or says why there is none.
pub fn find(
    operations: &'static [Operation],
    target: &Target,
    name: &str,
    verb: HttpVerb,
) -> std::result::Result<&'static Operation, Issue> {
    let named = |operation: &&Operation| operation.name == name;
    let Some(operation) = operations.iter().find(|operation| named(operation) && operation.answers(target))
    else {
        let message = if operations.iter().any(|operation| named(&operation)) {
            format!("`${name}` cannot be called here")
        } else {
            format!("this server does not answer `${name}`")
        };
        return Err(Issue::error(Code::NotSupported, message));
    };
    if verb != HttpVerb::Post && !operation.only_looks() {
        let message = format!("`${name}` changes what is stored, so it is called by POST");
        return Err(Issue::error(Code::MethodNotAllowed, message));
    }
    Ok(operation)
}

impl Call {
    /// A call with the resource of a body and the parameters of a URL.
    ///
    /// A body that is not Parameters is the argument `resource`, as FHIR allows where an operation has one.
    pub fn new(target: Target, body: Option<Object>, pairs: &Pairs) -> Self {
        let is_parameters =
            |body: &Object| body.get("resourceType").and_then(Value::as_str) == Some("Parameters");
        let mut all = Vec::new();
        let mut arguments = Object::new();
        let is_bare = body.as_ref().is_some_and(|body| !is_parameters(body));
        match body {
            Some(body) if is_parameters(&body) => {
                arguments = body;
                all.extend(arguments.get("parameter").map_or(&[][..], Value::items).iter().cloned());
            }
            Some(body) => all.push(parameters::with_resource("resource", body.into())),
            None => {}
        }
        let named =
            pairs.iter().map(|(name, value)| parameters::with_value(name, "valueString", value.as_str()));
        all.extend(named);
        arguments.set("resourceType", "Parameters");
        if !all.is_empty() {
            arguments.set("parameter", all);
        }
        Self { target, arguments, is_bare, sent: None, language: None }
    }

    /// The arguments, read.
    pub fn parameters(&self) -> Result<Vec<Parameter<'_>>> {
        Ok(parameters::read(&self.arguments)?)
    }

    /// Refuses arguments that the operation does not know.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        for parameter in self.parameters()? {
            if !known.contains(&parameter.name) {
                let message = format!("`{}` is not a parameter of this operation", parameter.name);
                return Err(Issue::error(Code::UnknownParameter, message).into());
            }
        }
        Ok(())
    }
}

/// The text of the first argument of a name, of whatever primitive type it is.
pub fn text<'a>(parameters: &[Parameter<'a>], name: &str) -> std::result::Result<Option<&'a str>, Issue> {
    texts(parameters, name).next().transpose()
}

/// The texts of all arguments of a name.
pub fn texts<'a, 'b>(
    parameters: &'b [Parameter<'a>],
    name: &'b str,
) -> impl Iterator<Item = std::result::Result<&'a str, Issue>> + use<'a, 'b> {
    let named = parameters.iter().filter(move |parameter| parameter.name == name);
    named.map(move |parameter| match &parameter.content {
        Content::Value { value: Some(Value::String(text)), .. } => Ok(text.as_str()),
        Content::Value { value: Some(Value::Number(number)), .. } => Ok(number.as_str()),
        Content::Value { value: Some(Value::Bool(true)), .. } => Ok("true"),
        Content::Value { value: Some(Value::Bool(false)), .. } => Ok("false"),
        _ => {
            let message = format!("`{name}`: a value of a primitive type is expected");
            Err(Issue::error(Code::InvalidParameter, message))
        }
    })
}

/// Whether the argument of a name is true; `default` when it is not given.
pub fn truth(parameters: &[Parameter<'_>], name: &str, default: Truth) -> std::result::Result<bool, Issue> {
    match text(parameters, name)? {
        None => Ok(default == Truth::True),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => {
            let message = format!("`{name}={other}`: true or false is expected");
            Err(Issue::error(Code::InvalidParameter, message))
        }
    }
}

/// What holds when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is so.
    True,
    /// It is not.
    False,
}
