//! Which functions need no collection of what they are called on?
//!
//! They take the items of their input one by one, as the walk comes to them, and some end it early:
//! <https://hl7.org/fhirpath/N1/#existence>, <https://hl7.org/fhirpath/N1/#filtering-and-projection>.

use super::{Evaluation, Flow, Scope, Sink, Stop, settled};
use crate::failure::Failure;
use crate::item::Item;
use crate::syntax::{Operator, Syntax, TypeName};

/// What is done with the items of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// Something is true or false of them.
    Decide(Decision),
    /// Those that meet a criterion are kept.
    Where,
    /// Something is made of each.
    Select,
    /// The first is kept.
    First,
    /// They are counted.
    Count,
    /// What lies directly below them is found.
    Children,
    /// All that lies below them is found.
    Descendants,
}

/// A function with what it is called on.
#[derive(Clone, Copy)]
pub(super) struct Walked<'s> {
    pub(super) walk: Walk,
    pub(super) input: &'s Syntax,
    pub(super) arguments: &'s [Syntax],
}

/// What is true or false of the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// There is one, or one that meets a criterion.
    Exists,
    /// There is none.
    Empty,
    /// Each meets a criterion.
    All,
    /// The one there is is not true.
    Not,
}

impl<'c, 'a> Evaluation<'c, 'a> {
    /// Gives what the function makes of its input to `sink`.
    pub(super) fn walk(&mut self, walked: Walked<'_>, scope: &Scope<'_, 'a>, sink: Sink<'_, 'c, 'a>) -> Flow {
        let Walked { walk, input, arguments } = walked;
        match (walk, arguments) {
            (Walk::Decide(decision), _) => {
                let truth = self.decide(decision, input, arguments, scope)?;
                truth.map_or(Ok(()), |truth| sink(self, Item::Boolean(truth)))
            }
            (Walk::Where, [criterion]) => self.filtered(input, criterion, scope, sink),
            (Walk::Select, [projection]) => {
                let mut index = 0;
                self.each(input, scope, &mut |evaluation, item| {
                    let items = evaluation.apart(projection, &scope.on(&item, index))?;
                    index += 1;
                    evaluation.give(items, sink)
                })
            }
            (Walk::First, _) => {
                let mut first = None;
                settled(self.each(input, scope, &mut |_, item| {
                    first = Some(item);
                    Err(Stop::Enough)
                }))?;
                first.map_or(Ok(()), |item| sink(self, item))
            }
            (Walk::Count, _) => {
                let mut count = 0;
                self.each(input, scope, &mut |_, _| {
                    count += 1;
                    Ok(())
                })?;
                sink(self, Item::Integer(count))
            }
            (Walk::Children, _) => {
                self.each(input, scope, &mut |evaluation, item| evaluation.children(&item, sink))
            }
            (Walk::Descendants, _) => {
                self.each(input, scope, &mut |evaluation, item| evaluation.descendants(&item, sink))
            }
            // The parser has counted the arguments.
            (Walk::Where | Walk::Select, _) => Ok(()),
        }
    }

    fn filtered(
        &mut self,
        input: &Syntax,
        criterion: &Syntax,
        scope: &Scope<'_, 'a>,
        sink: Sink<'_, 'c, 'a>,
    ) -> Flow {
        let mut index = 0;
        self.each(input, scope, &mut |evaluation, item| {
            let is_kept = evaluation.truth(criterion, &scope.on(&item, index))? == Some(true);
            index += 1;
            if is_kept { sink(evaluation, item) } else { Ok(()) }
        })
    }

    /// The items of the type, also of several: published search parameters and invariants rely on it.
    pub(super) fn of_type(
        &mut self,
        value: &Syntax,
        name: &TypeName,
        scope: &Scope<'_, 'a>,
        sink: Sink<'_, 'c, 'a>,
    ) -> Flow {
        let wanted = self.wanted(name)?;
        self.each(value, scope, &mut |evaluation, item| {
            if evaluation.is_of(&item, wanted) { sink(evaluation, item) } else { Ok(()) }
        })
    }

    /// Each thing before what lies below it.
    fn descendants(&mut self, item: &Item<'a>, sink: Sink<'_, 'c, 'a>) -> Flow {
        self.children(item, &mut |evaluation, child| {
            sink(evaluation, child.clone())?;
            evaluation.descendants(&child, sink)
        })
    }

    /// What is true or false of the input, decided as early as it can be.
    pub(super) fn decide(
        &mut self,
        decision: Decision,
        input: &Syntax,
        arguments: &[Syntax],
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<bool>, Failure> {
        self.step()?;
        let defined = self.defined.len();
        let decided = match (decision, arguments) {
            (Decision::Exists, [criterion, ..]) => self.has(input, criterion, true, scope),
            (Decision::All, [criterion, ..]) => self.has(input, criterion, false, scope).map(|has| !has),
            (Decision::Exists | Decision::All, []) => self.has_any(input, scope),
            (Decision::Empty, _) => self.has_any(input, scope).map(|has| !has),
            (Decision::Not, _) => return Ok(self.truth(input, scope)?.map(|truth| !truth)),
        };
        self.defined.truncate(defined);
        decided.map(Some)
    }

    /// Whether there is an item of which the criterion is true, or of which it is not, as `wanted` says.
    fn has(
        &mut self,
        input: &Syntax,
        criterion: &Syntax,
        wanted: bool,
        scope: &Scope<'_, 'a>,
    ) -> Result<bool, Failure> {
        let (mut found, mut index) = (false, 0);
        settled(self.each(input, scope, &mut |evaluation, item| {
            let is_true = evaluation.truth(criterion, &scope.on(&item, index))? == Some(true);
            found = is_true == wanted;
            index += 1;
            if found { Err(Stop::Enough) } else { Ok(()) }
        }))?;
        Ok(found)
    }

    fn has_any(&mut self, input: &Syntax, scope: &Scope<'_, 'a>) -> Result<bool, Failure> {
        let mut found = false;
        settled(self.each_repeated(input, scope, &mut |_, _| {
            found = true;
            Err(Stop::Enough)
        }))?;
        Ok(found)
    }

    /// As [`Self::each`], but a union gives what is on both its sides twice: for whoever does not mind.
    pub(super) fn each_repeated(
        &mut self,
        syntax: &Syntax,
        scope: &Scope<'_, 'a>,
        sink: Sink<'_, 'c, 'a>,
    ) -> Flow {
        let Syntax::Binary { operator: Operator::Union, left, right } = syntax else {
            return self.each(syntax, scope, sink);
        };
        self.step()?;
        for side in [left, right] {
            let defined = self.defined.len();
            let flow = self.each_repeated(side, scope, sink);
            self.defined.truncate(defined);
            flow?;
        }
        Ok(())
    }
}
