//! Which concepts satisfy a constraint?
//!
//! Sets of places, from the inside out, as <http://snomed.org/ecl> orders it: focus, members, operator, filters,
//! history. Every part is evaluated once, whatever it is held against, so the work grows with the length of the
//! expression and not with what it nests.

mod filters;
mod ids;
mod members;
mod refinement;
mod rows;

use super::Substrate;
use super::tree::{ConceptFilter, Constraint, Filter, Focus, Operand, Operator, RowFilter, Sctid};
use crate::concept_set::Bits;
use crate::limits::ECL_STEPS_MAX;
use rows::RowTest;

/// The concepts that a constraint means; otherwise why that cannot be told.
pub fn evaluate(constraint: &Constraint, substrate: &dyn Substrate) -> Result<Bits, String> {
    Evaluation { substrate, steps: 0, active: None }.constraint(constraint)
}

/// An evaluation that is under way.
struct Evaluation<'s> {
    substrate: &'s dyn Substrate,
    steps: usize,
    active: Option<Bits>,
}

impl Evaluation<'_> {
    fn constraint(&mut self, constraint: &Constraint) -> Result<Bits, String> {
        match constraint {
            Constraint::Plain(operand) => self.operand(operand),
            Constraint::And(operands) => self.joined(operands, Bits::and),
            Constraint::Or(operands) => self.joined(operands, Bits::or),
            Constraint::Minus(left, right) => Ok(self.operand(left)?.without(&self.operand(right)?)),
            Constraint::Refined(operand, refinement) => {
                let candidates = self.operand(operand)?.and(self.active());
                refinement::refine(self, candidates, refinement)
            }
            Constraint::Dotted(operand, steps) => {
                let mut found = self.operand(operand)?;
                for step in steps {
                    found = refinement::values(self, &found, step)?;
                }
                Ok(found)
            }
        }
    }

    fn joined(&mut self, operands: &[Operand], join: fn(Bits, &Bits) -> Bits) -> Result<Bits, String> {
        let mut found: Option<Bits> = None;
        for operand in operands {
            let next = self.operand(operand)?;
            found = Some(match found {
                Some(found) => join(found, &next),
                None => next,
            });
        }
        Ok(found.unwrap_or_default())
    }

    fn operand(&mut self, operand: &Operand) -> Result<Bits, String> {
        self.spend(self.substrate.count() / 64)?;
        let mut found = match &operand.member_of {
            Some(fields) => {
                let sets = self.focus(operand)?;
                members::members(self, &sets, fields, &operand.members)?
            }
            None if operand.members.is_empty() => self.focus(operand)?,
            None => return Err("a member filter has a meaning only after `^`".to_owned()),
        };
        if let Some(operator) = operand.operator {
            found = self.walk(operator, found)?;
        }
        for filter in &operand.filters {
            found = match filter {
                Filter::Description(filters) => filters::by_description(self, &found, filters)?,
                Filter::Concept(filters) => filters::by_concept(self, &found, filters)?,
            };
        }
        match &operand.history {
            Some(history) => members::with_history(self, found, history),
            None => Ok(found),
        }
    }

    fn focus(&mut self, operand: &Operand) -> Result<Bits, String> {
        let count = self.substrate.count();
        let place = match &operand.focus {
            Focus::Nested(inner) => return self.constraint(inner),
            Focus::Any if asks_for_activity(operand) => return Ok(Bits::all(count)),
            Focus::Any => return Ok(self.active().clone()),
            Focus::Concept(reference) => self.place(reference.id)?,
            Focus::Alternate { scheme, code, .. } => {
                let found = self.substrate.alternate(scheme, code)?;
                found.ok_or_else(|| format!("the concept `{scheme}#{code}` is not known"))?
            }
        };
        let mut found = Bits::none(count);
        found.insert(place);
        Ok(found)
    }

    fn place(&self, id: Sctid) -> Result<u32, String> {
        self.substrate.concept(id).ok_or_else(|| format!("the concept `{id}` is not known"))
    }

    fn active(&mut self) -> &Bits {
        let substrate = self.substrate;
        self.active.get_or_insert_with(|| Bits::of(substrate.count(), |place| substrate.is_active(place)))
    }

    /// Goes from every concept of a set where an operator leads. What has no active relationships is nowhere
    /// in the hierarchy, so of the concepts themselves only the active ones stay.
    fn walk(&mut self, operator: Operator, from: Bits) -> Result<Bits, String> {
        let from = from.and(self.active());
        Ok(match operator {
            Operator::DescendantOf => self.reach(&from, Way::Down)?,
            Operator::DescendantOrSelfOf => self.reach(&from, Way::Down)?.or(&from),
            Operator::AncestorOf => self.reach(&from, Way::Up)?,
            Operator::AncestorOrSelfOf => self.reach(&from, Way::Up)?.or(&from),
            Operator::ChildOf => self.step(&from, Way::Down)?,
            Operator::ChildOrSelfOf => self.step(&from, Way::Down)?.or(&from),
            Operator::ParentOf => self.step(&from, Way::Up)?,
            Operator::ParentOrSelfOf => self.step(&from, Way::Up)?.or(&from),
            Operator::Top => {
                let below = self.reach(&from, Way::Down)?;
                from.without(&below)
            }
            Operator::Bottom => {
                let above = self.reach(&from, Way::Up)?;
                from.without(&above)
            }
        })
    }

    fn step(&mut self, from: &Bits, way: Way) -> Result<Bits, String> {
        let mut found = Bits::none(self.substrate.count());
        for place in from.iter() {
            self.spend(1)?;
            self.next(place, way, &mut |other| _ = found.insert(other));
        }
        Ok(found)
    }

    fn reach(&mut self, from: &Bits, way: Way) -> Result<Bits, String> {
        let mut found = Bits::none(self.substrate.count());
        let mut open: Vec<u32> = from.iter().collect();
        while let Some(place) = open.pop() {
            self.spend(1)?;
            self.next(place, way, &mut |other| {
                if found.insert(other) && !from.contains(other) {
                    open.push(other);
                }
            });
        }
        Ok(found)
    }

    fn next(&self, place: u32, way: Way, each: &mut dyn FnMut(u32)) {
        match way {
            Way::Up => self.substrate.parents(place, each),
            Way::Down => self.substrate.children(place, each),
        }
    }

    /// Whether rows count that are not active, because one of the filters speaks of activity.
    fn counts_inactive<'r>(&self, tests: impl Iterator<Item = &'r RowTest>) -> Result<bool, String> {
        let (mut is_asked_for, mut are_wanted) = (false, false);
        for test in tests {
            if let Some(is_active_alone) = test.asks_for_active() {
                is_asked_for = true;
                are_wanted |= !is_active_alone;
            }
        }
        if are_wanted {
            self.substrate.has_inactive_rows()?;
        }
        Ok(is_asked_for)
    }

    /// Counts work that is about to be done.
    fn spend(&mut self, steps: usize) -> Result<(), String> {
        self.steps += 1 + steps;
        if self.steps > ECL_STEPS_MAX {
            return Err(format!("it takes more than the limit of {ECL_STEPS_MAX} steps"));
        }
        Ok(())
    }
}

/// A direction in the hierarchy.
#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

/// Whether a filter of the operand says which concepts count, the active or the inactive ones.
fn asks_for_activity(operand: &Operand) -> bool {
    let by_concept = operand.filters.iter().filter_map(|filter| match filter {
        Filter::Concept(filters) => Some(filters),
        Filter::Description(_) => None,
    });
    by_concept.flatten().any(|filter| matches!(filter, ConceptFilter::Row(RowFilter::Active(..))))
}
