//! Which values that belong together are meant?
//!
//! A value for each component, joined by `$`: <https://hl7.org/fhir/R4/search.html#composite>. All must be found in
//! one and the same occurrence, which rows tell by their group.

#[cfg(test)]
mod tests;

use model::Issue;

use super::token::{refuse_modifier, refuse_value};
use super::{Asked, split};
use crate::catalogue::{Component, Parameter};
use crate::condition::{Clause, Condition, Test};
use crate::rows::{ParameterId, Row};
use crate::scan::Range;
use crate::types;

/// A test of the components of a composite.
#[derive(Clone, Debug, PartialEq)]
pub struct CompositeTest {
    /// A test for each component, in their order.
    pub parts: Vec<ComponentTest>,
}

/// A test of one component.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentTest {
    /// The parameter that has all values of the component, where there is one.
    pub parameter: Option<ParameterId>,
    /// What a value must pass one of; a quantity of a unit without a system is looked for in several ways.
    pub tests: Vec<Test>,
}

impl CompositeTest {
    /// Whether in some occurrence all components pass; `rows` are all of the composite, in order.
    pub fn holds(&self, rows: &[Row]) -> bool {
        let mut occurrences = rows.chunk_by(|one, other| one.group == other.group);
        occurrences.any(|rows| (0..).zip(&self.parts).all(|(number, part)| part.holds(number, rows)))
    }
}

impl ComponentTest {
    fn holds(&self, number: u8, rows: &[Row]) -> bool {
        let mut own = rows.iter().filter(|row| row.component == number);
        own.any(|row| self.tests.iter().any(|test| test.holds(&row.value)))
    }

    fn ranges(&self) -> Option<Vec<Range>> {
        let parameter = self.parameter?;
        let ranges = self.tests.iter().map(|test| Some(test.ranges(parameter)?.0));
        Some(ranges.collect::<Option<Vec<_>>>()?.concat())
    }
}

/// What one value asks for.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    if asked.modifier.is_some() {
        return Err(refuse_modifier(asked, "none, since composites have none"));
    }
    let components = &asked.parameter.components;
    let values = split(asked.value, '$');
    if components.is_empty() || values.len() != components.len() {
        return Err(refuse_value(asked, &format!("{} values joined by `$`", components.len())));
    }
    let mut parts = Vec::with_capacity(values.len());
    for (component, value) in components.iter().zip(values) {
        let parameter = parameter(asked, component);
        let own = Asked { parameter: &parameter, value, ..*asked };
        let tests = tests(types::parse(&own)?, parameter.id)
            .ok_or_else(|| refuse_value(&own, "what the value of this component alone can tell"))?;
        parts.push(ComponentTest { parameter: component.parameter, tests });
    }
    Ok(asked.clause(Test::Composite(CompositeTest { parts })))
}

/// Where candidates of one component stand: of a code if there is one, since codes tell most. They need not pass.
pub fn ranges(test: &CompositeTest) -> Option<(Vec<Range>, bool)> {
    let is_token = |part: &&ComponentTest| part.tests.iter().all(|test| matches!(test, Test::Token(_)));
    let first = test.parts.iter().filter(is_token);
    let others = test.parts.iter().filter(|part| !is_token(part));
    first.chain(others).find_map(ComponentTest::ranges).map(|ranges| (ranges, false))
}

/// The parameter that a component's value is read by: its own with its targets, under the name of the composite.
fn parameter(asked: &Asked<'_>, component: &Component) -> Parameter {
    let composite = asked.parameter;
    let known = component.parameter.and_then(|id| asked.surroundings.catalogue.by_id(id));
    Parameter {
        id: component.parameter.unwrap_or(composite.id),
        resource_type: composite.resource_type,
        code: composite.code.clone(),
        url: composite.url.clone(),
        kind: component.kind,
        targets: known.map(|known| known.targets.clone()).unwrap_or_default(),
        components: Vec::new(),
    }
}

/// The tests of which one must pass; none where values of other rows are looked at, or several together.
fn tests(condition: Condition, parameter: ParameterId) -> Option<Vec<Test>> {
    match condition {
        Condition::Clause(Clause { parameter: own, test }) => (own == parameter).then(|| vec![test]),
        Condition::Any(parts) => {
            let tests: Option<Vec<_>> = parts.into_iter().map(|part| tests(part, parameter)).collect();
            tests.map(|tests| tests.into_iter().flatten().collect())
        }
        _ => None,
    }
}
