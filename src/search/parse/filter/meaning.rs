//! What does a `_filter` mean to resources of a type?
//!
//! Each operator asks what a modifier or a prefix of the parameter's type asks; one that the type does not know is
//! refused: <https://hl7.org/fhir/R4/search_filter.html#ops>.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::{ResourceType, Text};

use super::together;
use super::{Comparison, Filter, Name, Operator};
use crate::catalogue::{Kind, Parameter};
use crate::condition::{Clause, Condition, StringTest, Test, UriTest};
use crate::limits::{CHAIN_STEPS_MAX, TEXT_BYTES_MAX};
use crate::parse::chain::{Step, find};
use crate::parse::clause::{self, Presence, shown};
use crate::parse::refusal::{Ground, Refusal};
use crate::types::string::Place as Order;
use crate::types::{self, Asked};

/// Names that stand for code systems: <https://hl7.org/fhir/R4/search_filter.html#ops>.
static SYSTEMS: &[(&str, &str)] = &[
    ("loinc", "http://loinc.org"),
    ("snomed", "http://snomed.info/sct"),
    ("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("ucum", "http://unitsofmeasure.org"),
];

/// Of which resources a test is, and how many steps to others it may still take.
#[derive(Clone, Copy)]
struct Place {
    resource_type: ResourceType,
    steps_left: usize,
}

/// What a filter asks of resources of a type.
pub(in crate::parse) fn condition(
    filter: &Filter,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    of(filter, Place { resource_type, steps_left: CHAIN_STEPS_MAX }, ground)
}

fn of(filter: &Filter, place: Place, ground: &Ground<'_>) -> Result<Condition, Refusal> {
    let all = |parts: &[Filter]| parts.iter().map(|part| of(part, place, ground)).collect::<Result<_, _>>();
    match filter {
        Filter::All(parts) => all(parts).map(Condition::All),
        Filter::Any(parts) => all(parts).map(Condition::Any),
        Filter::Not(part) => Ok(Condition::Not(Box::new(of(part, place, ground)?))),
        Filter::Test(comparison) => along(&comparison.path, comparison, place, ground),
    }
}

/// What a comparison asks at the end of the names that are left of its path.
fn along(
    path: &[Name],
    comparison: &Comparison,
    place: Place,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    let (name, rest) = path.split_first().expect("a path has a name, and a step leaves another");
    if rest.is_empty() {
        return compare(&name.code, comparison, place.resource_type, ground);
    }
    if let Some(pair) = together::named(place.resource_type, &name.code) {
        return together::condition(pair, path, comparison, ground);
    }
    let Some(steps_left) = place.steps_left.checked_sub(1) else {
        let message = format!("`_filter` takes more than {CHAIN_STEPS_MAX} steps to other resources");
        return Err(Refusal::limit(message));
    };
    let step = Step::of(&name.code, place.resource_type, ground.surroundings.catalogue)?;
    step.follow(ground, &|resource_type| {
        let place = Place { resource_type, steps_left };
        let last = along(rest, comparison, place, ground)?;
        match &name.filter {
            None => Ok(last),
            Some(filter) => Ok(Condition::All(vec![of(filter, place, ground)?, last])),
        }
    })
}

/// What a comparison asks of a parameter of a type.
pub(super) fn compare(
    code: &str,
    comparison: &Comparison,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    ground.spend()?;
    match code {
        "_id" => id(comparison),
        "_lastUpdated" => last_updated(comparison, ground),
        "_list" | "_filter" | "_type" | "_has" | "_query" | "_text" | "_content" => {
            Err(Refusal::unsupported(format!("`{code}` cannot be asked in a `_filter`")))
        }
        _ => of_parameter(find(code, resource_type, ground.surroundings.catalogue)?, comparison, ground),
    }
}

fn id(comparison: &Comparison) -> Result<Condition, Refusal> {
    let ids = || Condition::Ids(BTreeSet::from([Text::from(comparison.value.as_str())]));
    match comparison.operator {
        Operator::Equal => Ok(ids()),
        Operator::Unequal => Ok(Condition::Not(Box::new(ids()))),
        Operator::Present => presence(comparison).map(clause::always),
        operator => Err(not_of(operator, "_id", "eq, ne and pr are known")),
    }
}

fn last_updated(comparison: &Comparison, ground: &Ground<'_>) -> Result<Condition, Refusal> {
    if comparison.operator == Operator::Present {
        return presence(comparison).map(clause::always);
    }
    match way(Kind::Date, comparison.operator) {
        Some(Way::Prefix) => {
            let value = [comparison.operator.as_str(), &comparison.value].concat();
            Ok(Condition::Updated(types::date::parse_value(&value, ground.surroundings.now)?))
        }
        Some(Way::Own(_)) => {
            let value = shown(&comparison.value);
            let refused = || Refusal::value(format!("`_filter`: cannot search `_lastUpdated` for `{value}`"));
            types::date::overlapping(&comparison.value).map(Condition::Updated).ok_or_else(refused)
        }
        _ => Err(not_of(comparison.operator, "_lastUpdated", &known(Kind::Date))),
    }
}

fn of_parameter(
    parameter: &Parameter,
    comparison: &Comparison,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    if comparison.operator == Operator::Present {
        return Ok(clause::presence(parameter, presence(comparison)?));
    }
    let Some(way) = way(parameter.kind, comparison.operator) else {
        return Err(not_of(comparison.operator, &parameter.code, &known(parameter.kind)));
    };
    let written = written(parameter.kind, &comparison.value);
    let (modifier, value) = match way {
        Way::Own(test) => {
            let (code, value) = (&parameter.code, shown(&comparison.value));
            let refused = || Refusal::value(format!("`_filter`: cannot search `{code}` for `{value}`"));
            let test = test(&comparison.value).ok_or_else(refused)?;
            return Ok(Condition::Clause(Clause { parameter: parameter.id, test }));
        }
        Way::Plain => (None, written),
        Way::Other => {
            let asked =
                Asked { parameter, modifier: None, value: &written, surroundings: ground.surroundings };
            return Ok(other(types::parse(&asked)?));
        }
        Way::Modifier(modifier) => (Some(modifier), written),
        Way::Prefix => (None, Cow::Owned([comparison.operator.as_str(), &*written].concat())),
    };
    let asked = Asked { parameter, modifier, value: &value, surroundings: ground.surroundings };
    Ok(types::parse(&asked)?)
}

fn presence(comparison: &Comparison) -> Result<Presence, Refusal> {
    match comparison.value.as_str() {
        "true" => Ok(Presence::There),
        "false" => Ok(Presence::Missing),
        other => Err(Refusal::value(format!("`pr {}`: true or false is expected", shown(other)))),
    }
}

/// How the same is asked without a filter.
#[derive(Clone, Copy)]
enum Way {
    /// By the value alone.
    Plain,
    /// With a modifier.
    Modifier(&'static str),
    /// With the operator as the value's prefix.
    Prefix,
    /// By the value alone, of any item that is another.
    Other,
    /// Not at all: only a filter asks so.
    Own(fn(&str) -> Option<Test>),
}

/// What each type of parameter knows of each operator. All items of a parameter are asked whether one is so, also by
/// `ne`: <https://hl7.org/fhir/R4/search_filter.html#ops>.
fn way(kind: Kind, operator: Operator) -> Option<Way> {
    match (kind, operator) {
        (Kind::Date, Operator::Overlaps) => Some(Way::Own(overlapping)),
        (Kind::Number | Kind::Date | Kind::Quantity, operator) => ordered(operator),
        (Kind::String, operator) => of_string(operator),
        (Kind::Uri, operator) => of_uri(operator),
        (Kind::Token | Kind::Composite | Kind::Special, Operator::Equal)
        | (Kind::Reference, Operator::Equal | Operator::RefersTo) => Some(Way::Plain),
        (Kind::Token, Operator::Unequal) => Some(Way::Other),
        (Kind::Token, Operator::Subsumes) => Some(Way::Modifier("below")),
        (Kind::Token, Operator::SubsumedBy) => Some(Way::Modifier("above")),
        (Kind::Token, Operator::In) => Some(Way::Modifier("in")),
        (Kind::Token, Operator::NotIn) => Some(Way::Modifier("not-in")),
        _ => None,
    }
}

/// Texts are compared without case, accents and punctuation, so that `ap` asks what `eq` does; they have no length, so
/// that `sa` asks what `gt` does.
fn of_string(operator: Operator) -> Option<Way> {
    Some(match operator {
        Operator::Equal | Operator::Near => Way::Own(|value| StringTest::whole(value).map(Test::String)),
        Operator::Unequal => {
            Way::Own(|value| Some(Test::Other(Box::new(Test::String(StringTest::whole(value)?)))))
        }
        Operator::Contains => Way::Modifier("contains"),
        Operator::StartsWith => Way::Plain,
        Operator::EndsWith => Way::Own(|value| StringTest::end(value).map(Test::String)),
        Operator::Greater | Operator::StartsAfter => {
            Way::Own(|value| StringTest::ordered(Order::After, value).map(Test::String))
        }
        Operator::Less | Operator::EndsBefore => {
            Way::Own(|value| StringTest::ordered(Order::Before, value).map(Test::String))
        }
        Operator::GreaterOrEqual => {
            Way::Own(|value| StringTest::ordered(Order::NotBefore, value).map(Test::String))
        }
        Operator::LessOrEqual => {
            Way::Own(|value| StringTest::ordered(Order::NotAfter, value).map(Test::String))
        }
        _ => return None,
    })
}

/// URIs are compared letter by letter.
fn of_uri(operator: Operator) -> Option<Way> {
    fn test(of: fn(Text) -> UriTest, value: &str) -> Option<Test> {
        let kept = &value[..value.floor_char_boundary(TEXT_BYTES_MAX)];
        (!value.is_empty()).then(|| Test::Uri(of(kept.into())))
    }
    Some(match operator {
        Operator::Equal => Way::Plain,
        Operator::Unequal => Way::Other,
        Operator::StartsWith => Way::Own(|value| test(UriTest::Beginning, value)),
        Operator::Contains => Way::Own(|value| test(UriTest::Containing, value)),
        Operator::EndsWith => Way::Own(|value| test(UriTest::Ending, value)),
        _ => return None,
    })
}

/// That an item is another than the one which is asked for. What is asked for in several parameters at once, as a
/// canonical with its version is, is denied as a whole.
fn other(condition: Condition) -> Condition {
    match condition {
        Condition::Clause(Clause { parameter, test }) => {
            Condition::Clause(Clause { parameter, test: Test::Other(Box::new(test)) })
        }
        whole => Condition::Not(Box::new(whole)),
    }
}

fn overlapping(value: &str) -> Option<Test> {
    types::date::overlapping(value).map(Test::Date)
}

fn ordered(operator: Operator) -> Option<Way> {
    match operator {
        Operator::Equal
        | Operator::Unequal
        | Operator::Greater
        | Operator::Less
        | Operator::GreaterOrEqual
        | Operator::LessOrEqual
        | Operator::Near
        | Operator::StartsAfter
        | Operator::EndsBefore => Some(Way::Prefix),
        _ => None,
    }
}

/// A value as a URL has it. What separates parts of a string or URI there is a character like others here.
fn written(kind: Kind, value: &str) -> Cow<'_, str> {
    match kind {
        Kind::Token | Kind::Quantity => Cow::Owned(with_system(value)),
        Kind::String | Kind::Uri => Cow::Owned(escaped(value)),
        _ => Cow::Borrowed(value),
    }
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, ',' | '|' | '$' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// Puts the URL of a system where its short name stands.
fn with_system(value: &str) -> String {
    let part = |part: &str| {
        let known = SYSTEMS.iter().find(|(name, _)| *name == part);
        known.map_or_else(|| part.to_owned(), |(_, url)| (*url).to_owned())
    };
    let parts = types::split(value, '|');
    // The last part is a code, which may be called like a system.
    let (code, before) = parts.split_last().expect("what was split has a part");
    let mut all: Vec<_> = before.iter().map(|it| part(it)).collect();
    all.push((*code).to_owned());
    all.join("|")
}

fn not_of(operator: Operator, code: &str, known: &str) -> Refusal {
    let operator = operator.as_str();
    Refusal::value(format!("`_filter`: `{operator}` cannot be asked of `{code}`; {known}")).firmly()
}

/// A sentence that names the operators which a type knows.
fn known(kind: Kind) -> String {
    let all = Operator::ALL.iter().filter(|(operator, _)| way(kind, *operator).is_some());
    let mut names: Vec<_> = all.map(|(_, written)| *written).collect();
    names.push(Operator::Present.as_str());
    format!("its operators are {}", names.join(" "))
}
