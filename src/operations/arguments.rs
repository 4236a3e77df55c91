//! What does a question about codes bring along?
//!
//! The arguments that the terminology operations share: resources to lay over those that are known, versions, codings.
//! <https://hl7.org/fhir/R4/terminology-service.html>.

use std::sync::Arc;

use access::Permit;
use interactions::operation::{self, Call, Target};
use interactions::{Context, Result};
use model::parameters::{Content, Parameter};
use model::{Code, Issue, Object, Value};
use terminology::{Coding, Refusal, Terminology, Versions};

/// The arguments by which a call about a value set says what else is known, and which versions are meant.
pub(crate) const SURROUNDINGS: &[&str] = &[
    "tx-resource",
    "useSupplement",
    "system-version",
    "check-system-version",
    "force-system-version",
    "default-valueset-version",
    // The name of a client's set of parameters, which asks for nothing.
    "uuid",
];

/// The argument by which a call about codes and maps says what else is known.
pub(crate) const BROUGHT: &[&str] = &["tx-resource"];

/// What is known of codes in this call: all that the server knows, and what the call brings.
pub(crate) fn terminology(context: &Context, arguments: &[Parameter<'_>]) -> Result<Arc<Terminology>> {
    let known = Arc::clone(&context.library.rules().terminology);
    let brought = resources(arguments, "tx-resource")?;
    let versions = versions(arguments)?;
    let known = if brought.is_empty() {
        known
    } else {
        let brought = brought.into_iter().map(|resource| Value::Object(resource.clone()));
        Arc::new(Terminology::over(Arc::new(known.registry.with(brought)), Arc::clone(&known.loaded)))
    };
    if versions.is_empty() { Ok(known) } else { Ok(Arc::new(known.pinned(versions))) }
}

fn versions(arguments: &[Parameter<'_>]) -> std::result::Result<Versions, Issue> {
    let all = |name: &str| {
        let named = operation::texts(arguments, name).map(|text| match text {
            Ok(text) if text.contains('|') => Ok(text.to_owned()),
            Ok(text) => Err(wrong(format!("`{name}={text}`: `system|version` is expected"))),
            Err(issue) => Err(issue),
        });
        named.collect::<std::result::Result<Vec<_>, _>>()
    };
    Ok(Versions {
        default: all("system-version")?,
        check: all("check-system-version")?,
        force: all("force-system-version")?,
        value_sets: all("default-valueset-version")?,
        supplements: texts(arguments, "useSupplement")?.into_iter().map(str::to_owned).collect(),
        coded: Vec::new(),
    })
}

/// The resources that arguments of a name hold.
pub(crate) fn resources<'a>(
    arguments: &[Parameter<'a>],
    name: &str,
) -> std::result::Result<Vec<&'a Object>, Issue> {
    let named = arguments.iter().filter(|parameter| parameter.name == name);
    let resource = |parameter: &Parameter<'a>| match parameter.content {
        Content::Resource(resource) => Ok(resource),
        _ => Err(wrong(format!("`{name}`: a resource is expected"))),
    };
    named.map(resource).collect()
}

/// The resource that the call is about: the one it brings as `name`, or the one it is made on.
pub(crate) async fn subject(
    context: &Context,
    permit: &Permit,
    call: &Call,
    (name, expected): (&str, &str),
) -> Result<Option<Value>> {
    let arguments = call.parameters()?;
    let brought = resources(&arguments, name)?;
    let found = match (brought.first(), &call.target) {
        (Some(_), Target::Instance(_)) => {
            return Err(wrong(format!("`{name}` is not expected where the URL names the resource")).into());
        }
        (Some(brought), _) => Value::Object((*brought).clone()),
        (None, Target::Instance(key)) => interactions::current(context, permit, key).await?,
        (None, _) => return Ok(None),
    };
    match found.text("resourceType") {
        Some(found) if found != expected => {
            Err(wrong(format!("`{name}`: a {expected} is expected, not a {found}")).into())
        }
        _ => Ok(Some(found)),
    }
}

/// The language in which names are wanted, as in `Accept-Language`: by an argument, or else by that header.
pub(crate) fn language<'a>(
    call: &'a Call,
    arguments: &[Parameter<'a>],
) -> std::result::Result<Option<&'a str>, Issue> {
    Ok(wish(arguments)?.or_else(|| language_of(call)))
}

/// The language that an argument asks for.
pub(crate) fn wish<'a>(arguments: &[Parameter<'a>]) -> std::result::Result<Option<&'a str>, Issue> {
    match operation::text(arguments, "displayLanguage")? {
        Some(wish) if !terminology::is_wish(wish) => Err(Refusal::no_language(wish).into()),
        wish => Ok(wish),
    }
}

/// The languages that the client reads. A header in which nothing is wished for in particular asks for nothing.
pub(crate) fn language_of(call: &Call) -> Option<&str> {
    call.language.as_deref().filter(|wish| *wish != "*" && terminology::is_wish(wish))
}

/// What is known in this call together with the code system that it is about, and that one's canonical.
pub(crate) async fn with_code_system(
    context: &Context,
    permit: &Permit,
    call: &Call,
) -> Result<(Arc<Terminology>, Option<String>)> {
    let known = terminology(context, &call.parameters()?)?;
    let Some(system) = subject(context, permit, call, ("codeSystem", "CodeSystem")).await? else {
        return Ok((known, None));
    };
    let Some(url) = system.text("url").map(str::to_owned) else {
        return Err(wrong("the code system has no `url`, so that no coding can name it").into());
    };
    let registry = Arc::new(known.registry.with([system]));
    Ok((Arc::new(Terminology::over(registry, Arc::clone(&known.loaded))), Some(url)))
}

/// The canonical that `url` names, with the version that another argument may name.
pub(crate) fn canonical(
    arguments: &[Parameter<'_>],
    (url, version): (&str, &str),
) -> std::result::Result<Option<String>, Issue> {
    let version = operation::text(arguments, version)?;
    let url = operation::text(arguments, url)?;
    Ok(url.map(|url| match version {
        Some(version) if !url.contains('|') => format!("{url}|{version}"),
        _ => url.to_owned(),
    }))
}

/// The value of an argument that is no primitive, when it is of the type that is expected.
pub(crate) fn structured<'a>(
    arguments: &[Parameter<'a>],
    (name, expected): (&str, &str),
) -> std::result::Result<Option<&'a Value>, Issue> {
    match model::parameters::find(arguments, name).map(|found| &found.content) {
        None => Ok(None),
        Some(Content::Value { member, value: Some(value @ Value::Object(_)) }) if *member == expected => {
            Ok(Some(value))
        }
        Some(_) => Err(wrong(format!("`{name}`: `{expected}` is expected"))),
    }
}

/// A Coding as it stands in an argument.
pub(crate) fn coding(value: &Value) -> Coding<'_> {
    Coding {
        system: value.text("system"),
        version: value.text("version"),
        code: value.text("code"),
        display: value.text("display"),
    }
}

/// The number that an argument holds.
pub(crate) fn number(arguments: &[Parameter<'_>], name: &str) -> std::result::Result<Option<usize>, Issue> {
    let Some(text) = operation::text(arguments, name)? else { return Ok(None) };
    let number = text.parse().ok();
    number.map(Some).ok_or_else(|| wrong(format!("`{name}={text}`: a whole number from 0 is expected")))
}

/// The texts of all arguments of a name.
pub(crate) fn texts<'a>(arguments: &[Parameter<'a>], name: &str) -> std::result::Result<Vec<&'a str>, Issue> {
    operation::texts(arguments, name).collect()
}

/// Refuses an argument that is known and that this server does not heed.
pub(crate) fn without(arguments: &[Parameter<'_>], names: &[&str]) -> std::result::Result<(), Issue> {
    match arguments.iter().find(|parameter| names.contains(&parameter.name)) {
        None => Ok(()),
        Some(parameter) => {
            let message = format!("`{}` is not supported by this server", parameter.name);
            Err(Issue::error(Code::NotSupported, message))
        }
    }
}

/// The complaint that a definition is not known here.
pub(crate) fn not_known(resource_type: &str, canonical: &str) -> Issue {
    let message = format!(
        "the {resource_type} `{canonical}` is not known here; one that is stored on this server is named by its id \
         in the URL or sent along"
    );
    Issue::error(Code::NotFound, message)
}

pub(crate) fn wrong(message: impl Into<String>) -> Issue {
    Issue::error(Code::InvalidParameter, message)
}
