//! What do those expressions select that are more than paths?
//!
//! The engine of FHIRPath tells. Nothing is fetched: what a reference leads to is known by its text alone, and of that
//! only the type. <https://hl7.org/fhir/R4/fhirpath.html>

use fhir_profiles::Definitions;
use fhirpath::{Budget, Context, Expression, Host, Item, Node, Types as _};
use model::reference::Reference;
use model::{Instant, Number, Value};

use super::gather::Place;
use super::walk::Visit as _;
use super::{Components, Indexer};
use crate::catalogue::plan::Rest;
use crate::catalogue::{Kind, Parameter};
use crate::limits::{INDEX_ITEMS_MAX, INDEX_STEPS_MAX};
use crate::types::Element;

/// What a reference leads to: only its type is known.
static ELSEWHERE: Value = Value::Null;

/// Tells of what type it is that a reference leads to.
pub(super) struct Targets;

impl<'a> Host<'a> for Targets {
    fn resolve(&self, reference: &str) -> Option<Node<'a>> {
        let target = Reference::parse(reference)?.target()?;
        let type_id = Definitions::r4().find(target.resource_type)?;
        Some(Node { value: Some(&ELSEWHERE), companion: None, type_id })
    }
}

/// Adds the rows of all that the walk does not find.
pub(super) fn rest(indexer: &mut Indexer<'_, '_>) {
    let (plan, catalogue) = (indexer.plan, indexer.catalogue);
    let resource = Value::Object(indexer.root.clone());
    let node = Node { value: Some(&resource), companion: None, type_id: plan.type_id };
    let context = context(node);
    for rest in &plan.rest {
        match rest {
            Rest::Values { parameter, expressions } => {
                let parameter = catalogue.at(*parameter);
                for expression in expressions {
                    each(expression, Item::Node(node), &context, |element| {
                        if may_be(element, parameter) {
                            let place = Place { parameter, group: 0, component: 0 };
                            indexer.gathered.add(parameter.kind, element, place);
                        }
                    });
                }
            }
            Rest::Composite { parameter, slot, roots, parts } => {
                let kinds: Vec<Kind> = parts.iter().map(|(kind, _)| *kind).collect();
                // What cannot be evaluated selects nothing.
                for root in roots.evaluate(Item::Node(node), &context).unwrap_or_default() {
                    indexer.root((*parameter, *slot), &kinds, |components| {
                        fill(parts, &root, &context, components);
                    });
                }
            }
        }
    }
}

/// What expressions are evaluated in: without time, as rows stay.
pub(super) fn context(resource: Node<'_>) -> Context<'_> {
    Context {
        types: Definitions::r4(),
        host: &Targets,
        resource,
        root: resource,
        now: Instant(0),
        variables: &[],
        budget: Budget { steps: INDEX_STEPS_MAX, items: INDEX_ITEMS_MAX },
    }
}

fn fill<'a>(
    parts: &[(Kind, Expression)],
    root: &Item<'a>,
    context: &Context<'a>,
    components: &mut Components<'_, '_>,
) {
    for (number, (_, expression)) in parts.iter().enumerate() {
        each(expression, root.clone(), context, |element| components.value(number, element));
    }
}

/// Whether a resource in a Bundle is of a type that the parameter leads to.
fn may_be(element: &Element<'_>, parameter: &Parameter) -> bool {
    let resource_type = Definitions::r4().resource_type(element.type_name);
    resource_type.is_none_or(|found| parameter.targets.is_empty() || parameter.targets.contains(&found))
}

/// Gives `take` each element that an expression selects.
fn each<'a>(
    expression: &Expression,
    focus: Item<'a>,
    context: &Context<'a>,
    mut take: impl FnMut(&Element<'_>),
) {
    for item in expression.evaluate(focus, context).unwrap_or_default() {
        let (type_name, value) = match item {
            Item::Node(node) => {
                if let Some(element) = of_node(node) {
                    take(&element);
                }
                continue;
            }
            Item::Boolean(truth) => ("boolean", Some(Value::Bool(truth))),
            Item::Integer(number) => ("integer", Number::new(&number.to_string()).map(Value::Number)),
            Item::Decimal(number) => ("decimal", Number::new(&number.to_string()).map(Value::Number)),
            Item::String(text) => ("string", Some(Value::from(&*text))),
            Item::Date(date) => ("date", Some(Value::from(date.to_string()))),
            Item::DateTime(moment) => ("dateTime", Some(Value::from(moment.to_string()))),
            // No search type takes these.
            Item::Time(_) | Item::Quantity(_) | Item::Type(..) => continue,
        };
        if let Some(value) = &value {
            take(&Element { type_name, value });
        }
    }
}

/// An element that has a value; of an extension what it holds, as it is no value itself.
pub(super) fn of_node<'a>(node: Node<'a>) -> Option<Element<'a>> {
    let (types, value) = (Definitions::r4(), node.value?);
    let type_name = types.name(node.type_id);
    if type_name != "Extension" {
        return Some(Element { type_name, value });
    }
    let held = value.as_object()?.iter().find(|(name, _)| name.starts_with("value"))?;
    let type_id = types.member(node.type_id, held.0)?.type_id?;
    Some(Element { type_name: types.name(type_id), value: held.1 })
}
