//! Which resources does a parameter select?
//!
//! Most parameters are those of the type, with steps or without; a few have laws of their own:
//! <https://hl7.org/fhir/R4/search.html#all>.

use std::collections::BTreeSet;

use model::{Key, ResourceType, Text};

use super::clause::{Own, shown, unknown_modifier, values};
use super::refusal::{Ground, Refusal};
use super::{Known, chain, filter};
use crate::condition::Condition;
use crate::types;

/// The parameter whose values are ids of Lists.
pub(super) const LIST: &str = "_list";

/// What `name=value` asks of resources of a type. What Lists hold must be known where `_list` is to be understood.
pub(super) fn parse(
    (name, value): (&str, &str),
    resource_type: ResourceType,
    known: Option<&Known>,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    let own = Own::split(name);
    match own.code {
        LIST | "_filter" | "_query" => {}
        _ => return chain::parse(name, value, resource_type, ground),
    }
    if let Some(modifier) = own.modifier {
        return Err(unknown_modifier(own.code, modifier, "it has none"));
    }
    ground.spend_on(value)?;
    match (own.code, known) {
        (LIST, Some(known)) => {
            let lists = lists(&own, value, known)?;
            let keys = lists.into_iter().map(|keys| ground.spend().map(|()| keys));
            Ok(standing_in(&keys.collect::<Result<Vec<_>, _>>()?, resource_type))
        }
        ("_filter", _) => filter::meaning::condition(&filter::parse(value)?, resource_type, ground),
        ("_query", _) => {
            Err(Refusal::value(format!("`_query={}`: there is no such named query", shown(value))))
        }
        (code, _) => Err(Refusal::unsupported(format!("this server does not search by `{code}`"))),
    }
}

/// What the Lists hold that the values name.
fn lists<'k>(own: &Own<'_>, value: &str, known: &'k Known) -> Result<Vec<&'k [Key]>, Refusal> {
    let mut lists = Vec::new();
    let ids: BTreeSet<Text> = values(value, own)?.into_iter().map(types::unescape).collect();
    for id in ids {
        if id.starts_with('$') {
            let message = format!("`{LIST}={}`: this server keeps no such list itself", shown(&id));
            return Err(Refusal::unsupported(message));
        }
        // A List that is not there holds nothing.
        lists.extend(known.lists.get(id.as_str()).map(Vec::as_slice));
    }
    Ok(lists)
}

/// Those of a type that stand in one of the Lists.
fn standing_in(lists: &[&[Key]], resource_type: ResourceType) -> Condition {
    let keys = lists.iter().flat_map(|keys| keys.iter()).filter(|key| key.resource_type == resource_type);
    Condition::Ids(keys.map(|key| Text::from(key.id.as_str())).collect())
}
