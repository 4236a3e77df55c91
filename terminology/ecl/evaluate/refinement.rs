//! Which concepts have the attributes that a refinement asks for?
//!
//! Sections 6.2, 6.3 and 6.5 of <http://snomed.org/ecl>. An attribute outside any group counts as a group of its
//! own; outside braces the same attribute with the same value counts once, in however many groups it stands,
//! because the repetition is redundant.

use std::collections::HashMap;

use model::decimal::Decimal;

use super::Evaluation;
use super::rows::{is_number, number};
use crate::concept_set::Bits;
use crate::ecl::tree::{
    AttributeConstraint, Cardinality, Comparison, Direction, Equality, Operand, Order, Refinement,
};
use crate::ecl::words::Pattern;
use crate::ecl::{Attribute, AttributeValue};

/// The candidates that satisfy a refinement.
pub(super) fn refine(
    evaluation: &mut Evaluation<'_>,
    candidates: Bits,
    refinement: &Refinement,
) -> Result<Bits, String> {
    let mut leaves = Vec::new();
    let test = Test::new(evaluation, refinement, &mut leaves)?;
    let mut kept = Bits::none(evaluation.substrate.count());
    let mut seen = Seen::default();
    for place in candidates.iter() {
        seen.clear();
        let mut ordinal = 0;
        evaluation.substrate.attributes(place, &mut |attribute| {
            ordinal += 1;
            seen.take(&attribute, ordinal, &leaves);
        })?;
        evaluation.spend((ordinal as usize) * (1 + leaves.len()))?;
        if test.holds(place, &seen, None) {
            kept.insert(place);
        }
    }
    Ok(kept)
}

/// The concepts that the attributes of a set point to.
pub(super) fn values(evaluation: &mut Evaluation<'_>, from: &Bits, name: &Operand) -> Result<Bits, String> {
    let names = Names::new(evaluation, name)?;
    let mut found = Bits::none(evaluation.substrate.count());
    for place in from.iter() {
        let mut steps = 0;
        evaluation.substrate.attributes(place, &mut |attribute| {
            steps += 1;
            if let (true, AttributeValue::Concept(value)) = (names.contain(attribute.name), attribute.value) {
                found.insert(value);
            }
        })?;
        evaluation.spend(steps)?;
    }
    Ok(found)
}

/// A refinement that is ready to be asked.
enum Test {
    And(Vec<Test>),
    Or(Vec<Test>),
    Group(Cardinality, Box<Test>),
    /// So many attributes that the leaf with this number accepts.
    Forward(Cardinality, usize),
    /// So many concepts that point to this one; for each that is pointed to, how many do.
    Reverse(Cardinality, HashMap<u32, u32>),
}

/// What one attribute must be.
struct Leaf {
    names: Names,
    value: ValueTest,
}

/// Attribute types.
enum Names {
    Any,
    These(Bits),
}

enum ValueTest {
    Any,
    None,
    Concepts(Equality, Bits),
    Number(Order, Decimal),
    Text(Equality, Vec<Pattern>),
    Boolean(Equality, bool),
}

impl Test {
    fn new(
        evaluation: &mut Evaluation<'_>,
        refinement: &Refinement,
        leaves: &mut Vec<Leaf>,
    ) -> Result<Self, String> {
        let mut each = |parts: &[Refinement]| {
            let made = parts.iter().map(|part| Self::new(evaluation, part, leaves));
            made.collect::<Result<Vec<_>, _>>()
        };
        match refinement {
            Refinement::And(parts) => each(parts).map(Self::And),
            Refinement::Or(parts) => each(parts).map(Self::Or),
            Refinement::Group(cardinality, inner) => {
                let inner = Self::new(evaluation, inner, leaves)?;
                Ok(Self::Group(or_once(*cardinality), Box::new(inner)))
            }
            Refinement::Attribute(attribute) if attribute.direction == Direction::Reverse => {
                let counts = pointing(evaluation, attribute)?;
                Ok(Self::Reverse(or_once(attribute.cardinality), counts))
            }
            Refinement::Attribute(attribute) => {
                let names = Names::new(evaluation, &attribute.name)?;
                let value = ValueTest::new(evaluation, &attribute.comparison)?;
                leaves.push(Leaf { names, value });
                Ok(Self::Forward(or_once(attribute.cardinality), leaves.len() - 1))
            }
        }
    }

    /// Whether a concept satisfies this with the attributes of one group or, outside braces, with all.
    fn holds(&self, place: u32, seen: &Seen, group: Option<u64>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(place, seen, group)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(place, seen, group)),
            Self::Forward(cardinality, leaf) => cardinality.allows(seen.count(*leaf, group)),
            Self::Reverse(cardinality, counts) => {
                cardinality.allows(counts.get(&place).copied().unwrap_or_default() as usize)
            }
            Self::Group(cardinality, inner) => {
                // What points to a concept is in none of its groups.
                let groups = if inner.looks_forward() { &seen.groups[..] } else { &[0] };
                let holding = groups.iter().filter(|group| inner.holds(place, seen, Some(**group)));
                cardinality.allows(holding.count())
            }
        }
    }

    fn looks_forward(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::looks_forward),
            Self::Group(_, inner) => inner.looks_forward(),
            Self::Forward(..) => true,
            Self::Reverse(..) => false,
        }
    }
}

/// The cardinality that is meant where none is written.
fn or_once(cardinality: Option<Cardinality>) -> Cardinality {
    cardinality.unwrap_or(Cardinality { min: 1, max: None })
}

impl Cardinality {
    fn allows(self, count: usize) -> bool {
        count >= self.min as usize && self.max.is_none_or(|max| count <= max as usize)
    }
}

impl Names {
    fn new(evaluation: &mut Evaluation<'_>, operand: &Operand) -> Result<Self, String> {
        if operand.is_any() { Ok(Self::Any) } else { evaluation.operand(operand).map(Self::These) }
    }

    fn contain(&self, name: u32) -> bool {
        match self {
            Self::Any => true,
            Self::These(names) => names.contains(name),
        }
    }
}

impl ValueTest {
    fn new(evaluation: &mut Evaluation<'_>, comparison: &Comparison) -> Result<Self, String> {
        Ok(match comparison {
            Comparison::Concepts(Equality::Equal, operand) if operand.is_any() => Self::Any,
            Comparison::Concepts(Equality::Unequal, operand) if operand.is_any() => Self::None,
            Comparison::Concepts(equality, operand) => {
                Self::Concepts(*equality, evaluation.operand(operand)?)
            }
            Comparison::Number(order, written) => Self::Number(*order, number(written)?),
            Comparison::Text(equality, terms) => {
                Self::Text(*equality, terms.iter().map(Pattern::of_value).collect())
            }
            Comparison::Boolean(equality, value) => Self::Boolean(*equality, *value),
            Comparison::Time(..) => return Err("attributes have no days to compare".to_owned()),
        })
    }

    fn accepts(&self, value: &AttributeValue<'_>) -> bool {
        match (self, value) {
            (Self::Any, _) => true,
            (Self::Concepts(equality, wanted), AttributeValue::Concept(place)) => {
                equality.accepts(wanted.contains(*place))
            }
            (Self::Number(order, wanted), AttributeValue::Number(text)) => is_number(*order, text, wanted),
            (Self::Text(equality, patterns), AttributeValue::Text(text)) => {
                equality.accepts(patterns.iter().any(|pattern| pattern.matches(text, "")))
            }
            (Self::Boolean(equality, wanted), AttributeValue::Boolean(found)) => {
                equality.accepts(wanted == found)
            }
            _ => false,
        }
    }
}

/// What is seen of one concept's attributes.
#[derive(Default)]
struct Seen {
    /// Every group; attributes outside any have one each.
    groups: Vec<u64>,
    /// Which leaf accepts what, and in which group it stands.
    hits: Vec<Hit>,
}

struct Hit {
    leaf: usize,
    group: u64,
    /// The attribute type and its value; concrete values are told apart by where they stand.
    what: (u32, u64),
}

/// Beyond every number of a group and every place of a concept.
const OWN: u64 = 1 << 32;

impl Seen {
    fn clear(&mut self) {
        self.groups.clear();
        self.hits.clear();
    }

    fn take(&mut self, attribute: &Attribute<'_>, ordinal: u32, leaves: &[Leaf]) {
        let own = OWN + u64::from(ordinal);
        let group = if attribute.group == 0 { own } else { u64::from(attribute.group) };
        if !self.groups.contains(&group) {
            self.groups.push(group);
        }
        let value = match attribute.value {
            AttributeValue::Concept(place) => u64::from(place),
            _ => own,
        };
        for (leaf, wanted) in leaves.iter().enumerate() {
            if wanted.names.contain(attribute.name) && wanted.value.accepts(&attribute.value) {
                self.hits.push(Hit { leaf, group, what: (attribute.name, value) });
            }
        }
    }

    fn count(&self, leaf: usize, group: Option<u64>) -> usize {
        let here = |hit: &&Hit| hit.leaf == leaf && group.is_none_or(|group| hit.group == group);
        let hits = self.hits.iter().enumerate().filter(|(_, hit)| here(hit));
        let is_first = |(place, hit): &(usize, &Hit)| {
            !self.hits[..*place].iter().any(|known| here(&known) && known.what == hit.what)
        };
        hits.filter(is_first).count()
    }
}

/// For each concept that an attribute points to: how many of the concepts that a comparison means point to it.
fn pointing(
    evaluation: &mut Evaluation<'_>,
    attribute: &AttributeConstraint,
) -> Result<HashMap<u32, u32>, String> {
    let Comparison::Concepts(equality, operand) = &attribute.comparison else {
        return Err("a reversed attribute can be compared with concepts alone".to_owned());
    };
    let names = Names::new(evaluation, &attribute.name)?;
    let sources = evaluation.operand(operand)?;
    let sources = match equality {
        Equality::Equal => sources,
        Equality::Unequal => evaluation.active().clone().without(&sources),
    };
    let mut counts: HashMap<u32, u32> = HashMap::new();
    let mut targets = Vec::new();
    for source in sources.iter() {
        targets.clear();
        evaluation.substrate.attributes(source, &mut |attribute| {
            if let (true, AttributeValue::Concept(value)) = (names.contain(attribute.name), attribute.value) {
                targets.push(value);
            }
        })?;
        evaluation.spend(targets.len())?;
        targets.sort_unstable();
        targets.dedup();
        targets.iter().for_each(|target| *counts.entry(*target).or_default() += 1);
    }
    Ok(counts)
}
