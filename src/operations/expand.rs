//! Which codes are in the value set?
//! <https://hl7.org/fhir/R4/valueset-operation-expand.html>

use std::sync::Arc;

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level, Truth};
use interactions::{Answer, Context, Operation, Result, aside};
use model::parameters::{self, Content, Parameter};
use model::{Issue, Object, Value};
use terminology::{EXPAND_PARAMETERS, Expand, Refusal, Sources, Terminology, ValueSet};

use crate::arguments::{self, canonical, number, subject, texts, wrong};
use crate::elsewhere;

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

/// The extension by which a definition says how it is to be expanded, where a request does not say otherwise.
const OWN_PARAMETER: &str = "http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter";

/// What an expansion is told apart by.
struct Mark {
    identifier: String,
    timestamp: String,
}

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    let known = known(context, permit, call).await;
    elsewhere::or_ask(context, call, "ValueSet/$expand", known).await
}

async fn known(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&[EXPAND_PARAMETERS, REFUSED, &["uuid"]].concat())?;
    let given = call.parameters()?;
    arguments::without(&given, REFUSED)?;
    let terminology = arguments::terminology(context, &given)?;
    let brought = subject(context, permit, call, ("valueSet", "ValueSet")).await?;
    let named = canonical(&given, ("url", "valueSetVersion"))?;
    let choices = choices(call);
    let mark = Mark {
        identifier: format!("urn:uuid:{}", (context.new_id)()),
        timestamp: (context.clock)().to_string(),
    };
    let expanded = aside::run(context, move || expanded(&terminology, (brought, named), &choices, &mark));
    Ok(Answer::Resource(expanded.await??))
}

/// The arguments of the call without the resources that it brings, and the language that its header asks for.
fn choices(call: &Call) -> Object {
    let all = call.arguments.get("parameter").map_or(&[][..], Value::items).iter();
    let mut choices: Vec<Value> = all.filter(|it| it.get("resource").is_none()).cloned().collect();
    let is_said = choices.iter().any(|parameter| parameter.text("name") == Some("displayLanguage"));
    // What a client says outweighs what a definition says for it.
    if let Some(wish) = arguments::language_of(call).filter(|_| !is_said) {
        choices.push(parameters::with_value("displayLanguage", "valueCode", wish));
    }
    let mut arguments = Object::new();
    arguments.set("resourceType", "Parameters");
    arguments.set("parameter", choices);
    arguments
}

/// The value set that is brought or named, expanded.
fn expanded(
    terminology: &Terminology,
    (brought, named): (Option<Value>, Option<String>),
    choices: &Object,
    mark: &Mark,
) -> Result<Value> {
    let mut given = parameters::read(choices)?;
    let meant = Meant::new(terminology, brought, named.as_deref())?;
    let sources = Sources::of(terminology, &meant.definition);
    if let Some(refusals) = sources.refusals() {
        return Err(refusals.into());
    }
    let value_set = meant.compiled(terminology)?;
    given.extend(own_parameters(&meant.definition, &given));
    let mut expanded = expand(&given, (&value_set, &sources), mark)?;
    if operation::truth(&given, "includeDefinition", Truth::False)?
        && let (Some(compose), Some(owner)) = (meant.definition.get("compose"), expanded.as_object_mut())
    {
        owner.set("compose", compose.clone());
    }
    Ok(expanded)
}

/// The value set that is brought or named, compiled, with its definition.
pub(crate) fn value_set(
    terminology: &Terminology,
    brought: Option<Value>,
    named: Option<&str>,
) -> std::result::Result<(Arc<ValueSet>, Arc<Value>), Issue> {
    let meant = Meant::new(terminology, brought, named)?;
    Ok((meant.compiled(terminology)?, meant.definition))
}

/// The value set that a call is about.
struct Meant<'a> {
    definition: Arc<Value>,
    /// The canonical by which it is known; none when the call brings it.
    known_as: Option<&'a str>,
}

impl<'a> Meant<'a> {
    /// The definition that is brought, or else the one that is named.
    fn new(
        terminology: &Terminology,
        brought: Option<Value>,
        named: Option<&'a str>,
    ) -> std::result::Result<Self, Issue> {
        match (brought, named) {
            (Some(definition), _) => Ok(Self { definition: Arc::new(definition), known_as: None }),
            (None, Some(url)) => {
                let definition = terminology.definition(url).ok_or_else(|| Refusal::no_value_set(url))?;
                Ok(Self { definition, known_as: named })
            }
            (None, None) => Err(wrong("`url` or `valueSet` is expected: of which value set?")),
        }
    }

    fn compiled(&self, terminology: &Terminology) -> std::result::Result<Arc<ValueSet>, Issue> {
        match self.known_as {
            Some(url) => Ok(terminology.composed(url)?),
            None => Ok(Arc::new(terminology.compose(&self.definition)?)),
        }
    }
}

/// The parameters that the definition gives itself and the call does not.
fn own_parameters<'a>(definition: &'a Value, given: &[Parameter<'_>]) -> Vec<Parameter<'a>> {
    let items = |owner: &'a Value, name: &str| owner.get(name).map_or(&[][..], Value::items);
    let extensions = definition.get("compose").map_or(&[][..], |compose| items(compose, "extension"));
    let own = extensions.iter().filter(|it| it.text("url") == Some(OWN_PARAMETER)).filter_map(|extension| {
        let part = |name: &str| items(extension, "extension").iter().find(|it| it.text("url") == Some(name));
        let value = |name: &str| {
            let members = part(name)?.as_object()?.iter();
            members.into_iter().find(|(member, _)| member.starts_with("value"))
        };
        let (_, name) = value("name")?;
        let (member, value) = value("value")?;
        Some(Parameter { name: name.as_str()?, content: Content::Value { member, value: Some(value) } })
    });
    own.filter(|own| given.iter().all(|parameter| parameter.name != own.name)).collect()
}

fn expand(
    given: &[Parameter<'_>],
    (value_set, sources): (&ValueSet, &Sources),
    mark: &Mark,
) -> Result<Value> {
    let choice = |name: &str| {
        let is_said = given.iter().any(|parameter| parameter.name == name);
        is_said.then(|| operation::truth(given, name, Truth::False)).transpose()
    };
    let language = Some(&*value_set.language).filter(|language| !language.is_empty());
    let asked = Expand {
        filter: operation::text(given, "filter")?,
        offset: number(given, "offset")?,
        count: number(given, "count")?,
        active_only: choice("activeOnly")?,
        exclude_not_for_ui: choice("excludeNotForUI")?,
        include_designations: choice("includeDesignations")?,
        display_language: arguments::wish(given)?.or(language),
        properties: &texts(given, "property")?,
        exclude_systems: &texts(given, "exclude-system")?,
        designations: &texts(given, "designation")?,
        exclude_nested: choice("excludeNested")?,
        sources: Some(sources),
        identifier: &mark.identifier,
        timestamp: &mark.timestamp,
    };
    Ok(terminology::expand(value_set, &asked)?)
}
