//! Is this one of the places where an extension may stand?
//!
//! By element, by the extension around it, or by expression:
//! <https://hl7.org/fhir/R4/valueset-extension-context-type.html>.

use fhirpath::{Expression, Item, Types};
use model::Value;

use super::outer_url;
use crate::place::Place;
use crate::profile::ExtensionContext;
use crate::surroundings::Scope;
use crate::walk::{Met, Walk};

impl<'a> Walk<'a> {
    /// Whether the holder of an extension is what a context names.
    pub(super) fn stands_in(
        &self,
        context: &ExtensionContext,
        met: Met<'_, 'a>,
        scope: &Scope<'a>,
        holder: &Place<'_>,
    ) -> bool {
        match &*context.kind {
            "element" => self.is_element(&context.expression, holder),
            "extension" => {
                let url = context.expression.split('#').next().unwrap_or_default();
                let is_within = holder.type_name == "Extension" && outer_url(met) == Some(url);
                is_within || met.holder.value_of == Some(url)
            }
            "fhirpath" => self.is_selected(&context.expression, met, scope),
            _ => false,
        }
    }

    /// Whether the holder is called so: by its path, by a path from one of the types around it, or by a type.
    fn is_element(&self, expression: &str, holder: &Place<'_>) -> bool {
        let wanted = expression.rsplit_once('#').map_or(expression, |(_, path)| path).replace("[x]", "");
        if matches!(&*wanted, "Element" | "Any" | "*") || self.has_type(holder.type_name, &wanted) {
            return true;
        }
        let mut suffixes = names(holder);
        let mut around = holder.parent;
        // The chain ends at the outermost resource.
        while let Some(place) = around {
            let starts = |suffix: &String| {
                wanted.strip_suffix(suffix.as_str()).and_then(|start| start.strip_suffix('.'))
            };
            if suffixes.iter().filter_map(starts).any(|start| self.has_type(place.type_name, start)) {
                return true;
            }
            if self.around.definitions.resource_type(place.type_name).is_some() {
                return false;
            }
            let outer = names(place);
            suffixes = outer
                .iter()
                .flat_map(|outer| suffixes.iter().map(move |inner| format!("{outer}.{inner}")))
                .collect();
            around = place.parent;
        }
        false
    }

    /// Whether `type_name` is `wanted` or based on it.
    fn has_type(&self, type_name: &str, wanted: &str) -> bool {
        let definitions = self.around.definitions;
        let is_resource = definitions.resource_type(type_name).is_some();
        if is_resource && matches!(wanted, "CanonicalResource" | "MetadataResource") {
            return definitions.child(type_name, "url").is_some();
        }
        let mut current = definitions.find(type_name);
        // Every step leads to a more general type, of which there are few.
        while let Some(type_id) = current {
            // The parts of a datatype that have no type of their own count as the datatype.
            let name = definitions.name(type_id);
            let whole = name.split('.').next().filter(|whole| definitions.resource_type(whole).is_none());
            if name == wanted || whole == Some(wanted) {
                return true;
            }
            current = definitions.base(type_id);
        }
        false
    }

    fn is_selected(&self, expression: &str, met: Met<'_, 'a>, scope: &Scope<'a>) -> bool {
        let Ok(expression) = Expression::parse(expression) else { return false };
        let found = expression.evaluate(Item::Node(scope.resource), &self.context(scope, &[]));
        let address = |value: Option<&Value>| value.map(std::ptr::from_ref::<Value>);
        let holder = met.holder.node;
        found.unwrap_or_default().iter().any(|item| match item {
            Item::Node(node) => {
                let (value, companion) = (address(node.value), address(node.companion));
                value.is_some() && value == address(holder.value)
                    || companion.is_some() && companion == address(holder.companion)
            }
            _ => false,
        })
    }
}

/// What an element may be called: a choice by its name alone, or with its type.
fn names(place: &Place<'_>) -> Vec<String> {
    let Some((stem, rest)) = place.name.split_once(".ofType(") else { return vec![place.name.to_owned()] };
    let type_name = rest.trim_end_matches(')');
    let mut member = stem.to_owned();
    member.extend(type_name.chars().take(1).map(|first| first.to_ascii_uppercase()));
    member.extend(type_name.chars().skip(1));
    vec![stem.to_owned(), place.name.to_owned(), member]
}
