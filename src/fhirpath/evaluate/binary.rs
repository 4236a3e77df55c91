//! What do the operators yield?
//!
//! <https://hl7.org/fhirpath/N1/#operations>. Logic has three values: what is not known stays so unless the other
//! side decides.

use std::cmp::Ordering;

use super::{Evaluation, Scope, Stop, fail, settled};
use crate::failure::Failure;
use crate::item::{Collection, Item};
use crate::syntax::{Operator, Syntax};
use crate::values::operators;

impl<'a> Evaluation<'_, 'a> {
    /// The operators that yield other things than true and false.
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &Syntax,
        right: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Collection<'a>, Failure> {
        if operator == Operator::Union {
            let (mut left, mut right) = (self.apart(left, scope)?, self.apart(right, scope)?);
            left.append(&mut right);
            self.bounded(left.len())?;
            return self.distinct(left);
        }
        let (left, right) = (self.few(left, scope)?, self.few(right, scope)?);
        Ok(self.arithmetic(operator, &left, &right)?.into_iter().collect())
    }

    /// The operators that yield true, false or nothing; none for all others.
    pub(super) fn logic(
        &mut self,
        operator: Operator,
        left: &Syntax,
        right: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Option<Result<Option<bool>, Failure>> {
        Some(match operator {
            Operator::And | Operator::Or | Operator::Xor | Operator::Implies => {
                self.connective(operator, left, right, scope)
            }
            Operator::Equal | Operator::NotEqual | Operator::Equivalent | Operator::NotEquivalent => {
                self.equality(operator, left, right, scope)
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.ordered(operator, left, right, scope)
            }
            Operator::In => self.membership(left, right, scope),
            Operator::Contains => self.membership(right, left, scope),
            _ => return None,
        })
    }

    fn equality(
        &mut self,
        operator: Operator,
        left: &Syntax,
        right: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<bool>, Failure> {
        self.step()?;
        let (left, right) = (self.few(left, scope)?, self.few(right, scope)?);
        match operator {
            Operator::Equal => self.equal(&left, &right),
            Operator::NotEqual => Ok(self.equal(&left, &right)?.map(|equal| !equal)),
            Operator::Equivalent => self.equivalent(&left, &right).map(Some),
            _ => Ok(Some(!self.equivalent(&left, &right)?)),
        }
    }

    fn connective(
        &mut self,
        operator: Operator,
        left: &Syntax,
        right: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<bool>, Failure> {
        self.step()?;
        let first = self.truth(left, scope)?;
        // What the first side decides is not asked of the second.
        match (operator, first) {
            (Operator::And, Some(false)) => return Ok(Some(false)),
            (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => return Ok(Some(true)),
            _ => {}
        }
        let second = self.truth(right, scope)?;
        Ok(match operator {
            Operator::And => match (first, second) {
                (Some(true), Some(true)) => Some(true),
                (_, Some(false)) => Some(false),
                _ => None,
            },
            Operator::Or => match (first, second) {
                (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Operator::Xor => first.zip(second).map(|(first, second)| first != second),
            _ => match (first, second) {
                (_, Some(true)) => Some(true),
                (Some(true), second) => second,
                _ => None,
            },
        })
    }

    fn ordered(
        &mut self,
        operator: Operator,
        left: &Syntax,
        right: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<bool>, Failure> {
        self.step()?;
        let (left, right) = (self.few(left, scope)?, self.few(right, scope)?);
        let what = "one side of a comparison";
        let (Some(left), Some(right)) = (self.single(&left, what)?, self.single(&right, what)?) else {
            return Ok(None);
        };
        let order = operators::compare(&left, &right)?;
        Ok(order.map(|order| match operator {
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }))
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: &[Item<'a>],
        right: &[Item<'a>],
    ) -> Result<Option<Item<'a>>, Failure> {
        let what = "one side of an operator";
        let (left, right) = (self.single(left, what)?, self.single(right, what)?);
        if operator == Operator::Concatenate {
            // Here nothing is the empty text.
            let nothing = Item::String("".into());
            let (left, right) = (left.as_deref().unwrap_or(&nothing), right.as_deref().unwrap_or(&nothing));
            return operators::concatenate(left, right);
        }
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        match operator {
            Operator::Add => operators::add(&left, &right),
            Operator::Subtract => operators::subtract(&left, &right),
            Operator::Multiply => operators::multiply(&left, &right),
            Operator::Divide => operators::divide(&left, &right),
            Operator::Div => operators::div(&left, &right),
            _ => operators::modulo(&left, &right),
        }
    }

    /// Whether the one item is among the others, of which no more are looked for than are needed.
    fn membership(
        &mut self,
        one: &Syntax,
        others: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<bool>, Failure> {
        self.step()?;
        let one = self.few(one, scope)?;
        let wanted = match &*one {
            [] => return Ok(None),
            [item] => item,
            many => return fail(format!("cannot ask for {} items among others, expected one", many.len())),
        };
        let (mut found, defined) = (false, self.defined.len());
        let flow = self.each_repeated(others, scope, &mut |evaluation, other| {
            found = evaluation.same(wanted, &other)? == Some(true);
            if found { Err(Stop::Enough) } else { Ok(()) }
        });
        self.defined.truncate(defined);
        settled(flow)?;
        Ok(Some(found))
    }
}
