//! What does a parameter of the resource itself ask for?
//!
//! A code with or without a modifier, and values of which one must be so, between commas:
//! <https://hl7.org/fhir/R4/search.html#combining>.

use std::collections::BTreeSet;

use model::ResourceType;

use super::chain::find;
use super::refusal::{Ground, Refusal};
use crate::catalogue::{Kind, PRESENT, Parameter};
use crate::condition::{Clause, Condition, Test};
use crate::limits::VALUES_MAX;
use crate::rows::ParameterId;
use crate::types::{self, Asked};
use crate::words::{Field, Words};

/// The modifier that asks whether there is a value at all.
const MISSING: &str = "missing";

/// The modifiers that mean none of the values, where others mean one of them.
const NEGATIVE: [&str; 2] = ["not", "not-in"];

/// A name without steps.
pub(super) struct Own<'n> {
    /// The parameter.
    pub(super) code: &'n str,
    /// What follows its colon.
    pub(super) modifier: Option<&'n str>,
}

impl<'n> Own<'n> {
    /// Takes `name:exact` apart.
    pub(super) fn split(name: &'n str) -> Self {
        match name.split_once(':') {
            Some((code, modifier)) => Self { code, modifier: Some(modifier) },
            None => Self { code: name, modifier: None },
        }
    }
}

/// What a parameter of a type asks for.
pub(super) fn parse(
    own: &Own<'_>,
    value: &str,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    ground.spend_on(value)?;
    let condition = match own.code {
        "_id" => id(own, value, ground),
        "_lastUpdated" => last_updated(own, value, ground),
        "_text" | "_content" => words(own, value, ground),
        "_list" | "_filter" | "_type" | "_has" | "_query" => {
            Err(Refusal::unsupported(format!("`{}` cannot be asked here", own.code)))
        }
        code => {
            let parameter = find(code, resource_type, ground.surroundings.catalogue)?;
            of_parameter(parameter, own, value, ground)
        }
    };
    match own.modifier {
        // What a modifier turns around must not be left out in silence.
        Some(_) => condition.map_err(Refusal::firmly),
        None => condition,
    }
}

fn of_parameter(
    parameter: &Parameter,
    own: &Own<'_>,
    value: &str,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    if own.modifier == Some(MISSING) {
        ground.spend()?;
        return Ok(presence(parameter, missing(value, own)?));
    }
    let lists_codes = parameter.kind == Kind::Token
        && own.modifier.is_some_and(|it| matches!(it, "in" | "not-in" | "above" | "below"));
    each(value, own, ground, &|value| {
        if lists_codes {
            ground.spend_code_set()?;
        }
        let (modifier, surroundings) = (own.modifier, ground.surroundings);
        Ok(types::parse(&Asked { parameter, modifier, value, surroundings })?)
    })
}

/// Those whose id is one of the values.
fn id(own: &Own<'_>, value: &str, ground: &Ground<'_>) -> Result<Condition, Refusal> {
    let ids = || -> Result<Condition, Refusal> {
        let ids = values(value, own)?.into_iter().map(|id| ground.spend().map(|()| types::unescape(id)));
        Ok(Condition::Ids(ids.collect::<Result<BTreeSet<_>, _>>()?))
    };
    match own.modifier {
        None => ids(),
        Some("not") => Ok(Condition::Not(Box::new(ids()?))),
        Some(MISSING) => missing(value, own).map(always),
        Some(modifier) => Err(unknown_modifier(own.code, modifier, "`not` and `missing` are known")),
    }
}

/// Those whose last change was at one of these times.
fn last_updated(own: &Own<'_>, value: &str, ground: &Ground<'_>) -> Result<Condition, Refusal> {
    match own.modifier {
        None => each(value, own, ground, &|value| {
            Ok(Condition::Updated(types::date::parse_value(value, ground.surroundings.now)?))
        }),
        Some(MISSING) => missing(value, own).map(always),
        Some(modifier) => Err(unknown_modifier(own.code, modifier, "`missing` is known")),
    }
}

/// Those in which all words of one of the values stand.
fn words(own: &Own<'_>, value: &str, ground: &Ground<'_>) -> Result<Condition, Refusal> {
    if let Some(modifier) = own.modifier {
        return Err(unknown_modifier(own.code, modifier, "it has none"));
    }
    // Where there is no narrative, as in a Bundle, no words stand in it.
    let field = if own.code == Field::Narrative.code() { Field::Narrative } else { Field::Content };
    each(value, own, ground, &|value| Ok(Condition::Words(Words { field, sought: types::unescape(value) })))
}

/// One of the values between commas, or none of them where the modifier says so.
fn each(
    value: &str,
    own: &Own<'_>,
    ground: &Ground<'_>,
    parse: &dyn Fn(&str) -> Result<Condition, Refusal>,
) -> Result<Condition, Refusal> {
    let mut parts = Vec::new();
    for value in values(value, own)? {
        ground.spend()?;
        parts.push(parse(value)?);
    }
    let is_negative = own.modifier.is_some_and(|modifier| NEGATIVE.contains(&modifier));
    Ok(match (parts.len(), is_negative) {
        (1, _) => parts.swap_remove(0),
        (_, true) => Condition::All(parts),
        (_, false) => Condition::Any(parts),
    })
}

/// The values between commas, of which none may be empty.
pub(super) fn values<'v>(value: &'v str, own: &Own<'_>) -> Result<Vec<&'v str>, Refusal> {
    let (code, values) = (own.code, types::split(value, ','));
    if values.len() > VALUES_MAX {
        let count = values.len();
        let message = format!("`{code}` has {count} values between commas, and {VALUES_MAX} are the limit");
        return Err(Refusal::limit(message));
    }
    if values.iter().any(|value| value.is_empty()) {
        let message = format!("`{code}={}`: nothing stands before or after a comma", shown(value));
        return Err(Refusal::value(message));
    }
    Ok(values)
}

/// Whether a value is there, of which the resource's own rows or those of a modifier tell.
pub(super) fn presence(parameter: &Parameter, presence: Presence) -> Condition {
    let present = |parameter: ParameterId| Condition::Clause(Clause { parameter, test: Test::Present });
    // A concept may have only a text, and a reference only an identifier or a contained resource.
    let besides = match parameter.kind {
        Kind::Token => vec![parameter.under("text")],
        Kind::Reference => vec![parameter.under("identifier"), parameter.id.fragment()],
        _ => Vec::new(),
    };
    let all = [parameter.id].into_iter().chain(besides).chain([parameter.under(PRESENT)]);
    let either = all.map(present).collect();
    let either = Condition::Any(either);
    match presence {
        Presence::There => either,
        Presence::Missing => Condition::Not(Box::new(either)),
    }
}

/// Whether a value is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is.
    There,
    /// It is not.
    Missing,
}

fn missing(value: &str, own: &Own<'_>) -> Result<Presence, Refusal> {
    match value {
        "true" => Ok(Presence::Missing),
        "false" => Ok(Presence::There),
        _ => {
            let message = format!("`{}:missing={}`: true or false is expected", own.code, shown(value));
            Err(Refusal::value(message))
        }
    }
}

/// What every resource has: all of them, or none.
pub(super) fn always(presence: Presence) -> Condition {
    match presence {
        Presence::There => Condition::everything(),
        Presence::Missing => Condition::Any(Vec::new()),
    }
}

/// A modifier that the parameter does not have.
pub(super) fn unknown_modifier(code: &str, modifier: &str, known: &str) -> Refusal {
    Refusal::value(format!("`{code}` has no modifier `{}`; {known}", shown(modifier))).firmly()
}

/// The beginning of what a client sent, short enough for a complaint.
pub(super) fn shown(text: &str) -> &str {
    const BYTES_SHOWN: usize = 100;
    &text[..text.floor_char_boundary(BYTES_SHOWN)]
}
