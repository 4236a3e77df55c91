//! What is to be evaluated, and on what?

use ::fhirpath::{Collection, Item, Node, Types};
use access::Permit;
use fhir_profiles::Definitions;
use interactions::operation::{Call, Target};
use interactions::{Context, Result};
use model::{Code, Issue, Object, Value, json, xml};

use super::result::{JSON_VALUE, XML_VALUE};

/// The names of all arguments; whether to debug and which terminology server to ask is for engines without one.
const KNOWN: &[&str] =
    &["expression", "context", "resource", "variables", "terminologyserver", "validate", "debug_trace"];

/// The arguments, read.
pub(super) struct Arguments {
    pub(super) expression: String,
    pub(super) context: Option<String>,
    pub(super) resource: Value,
    /// The variables as they came.
    pub(super) given: Vec<Value>,
}

impl Arguments {
    pub(super) async fn read(context: &Context, permit: &Permit, call: &Call) -> Result<Self> {
        let all = call.arguments.get("parameter").map_or(&[][..], Value::items);
        let unknown = all.iter().filter_map(|one| one.text("name")).find(|name| !KNOWN.contains(name));
        if let Some(name) = unknown {
            let message = format!("`{name}` is not a parameter of this operation");
            return Err(Issue::error(Code::UnknownParameter, message).into());
        }
        let named = |name: &'static str| all.iter().filter(move |one| one.text("name") == Some(name));
        let text =
            |name: &'static str| named(name).find_map(value).and_then(Value::as_str).map(str::to_owned);
        let expression =
            text("expression").ok_or_else(|| wrong("`expression` is missing: a FHIRPath is expected"))?;
        let resource = match (named("resource").next(), &call.target) {
            (Some(given), _) => resource(given, context.definitions)?,
            (None, Target::Instance(key)) => interactions::current(context, permit, key).await?,
            (None, _) => {
                return Err(wrong("`resource` is missing: the resource to evaluate on is expected").into());
            }
        };
        let parts = named("variables").flat_map(|one| one.get("part").map_or(&[][..], Value::items));
        let outer = text("context").filter(|outer| !outer.trim().is_empty());
        Ok(Self { expression, context: outer, resource, given: parts.cloned().collect() })
    }

    /// The variables as the engine takes them.
    pub(super) fn variables<'a>(&'a self, types: &'a Definitions) -> Vec<(&'a str, Collection<'a>)> {
        let read = |part: &'a Value| Some((part.text("name")?, item(part, types).into_iter().collect()));
        self.given.iter().filter_map(read).collect()
    }
}

fn value(part: &Value) -> Option<&Value> {
    let mut members = part.as_object()?.iter();
    members.find(|(name, _)| name.starts_with("value")).map(|(_, value)| value)
}

/// A resource as it is, or as text in an extension.
fn resource(given: &Value, definitions: &Definitions) -> std::result::Result<Value, Issue> {
    if let Some(resource) = given.get("resource") {
        return Ok(resource.clone());
    }
    let extensions = given.get("extension").map_or(&[][..], Value::items);
    let text = |url: &str| {
        let found = extensions.iter().find(|extension| extension.text("url") == Some(url))?;
        value(found)?.as_str()
    };
    if let Some(text) = text(JSON_VALUE).or_else(|| value(given)?.as_str()) {
        return json::parse(text.as_bytes()).map_err(Issue::from);
    }
    match text(XML_VALUE) {
        Some(text) => xml::parse(text.as_bytes(), definitions).map_err(Issue::from),
        None => Err(wrong("`resource`: a resource is expected, or its text in an extension")),
    }
}

/// The value of a variable, typed by the name of its member: `valueQuantity`.
fn item<'a>(part: &'a Value, types: &'a Definitions) -> Option<Item<'a>> {
    if let Some(resource) = part.get("resource") {
        return ::fhirpath::resource_node(resource, types).map(Item::Node);
    }
    let members: &Object = part.as_object()?;
    let (name, value) = members.iter().find(|(name, _)| name.starts_with("value"))?;
    let suffix = name.strip_prefix("value")?;
    let mut letters = suffix.chars();
    let lower: String =
        letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect();
    let type_id = types.find(&lower).or_else(|| types.find(suffix))?;
    Some(Item::Node(Node { value: Some(value), companion: members.get(&format!("_{name}")), type_id }))
}

fn wrong(message: &str) -> Issue {
    Issue::error(Code::InvalidParameter, message)
}
