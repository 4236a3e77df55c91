//! How is an expression evaluated?
//!
//! One walk over its syntax. Paths are followed item by item without a collection in between, and whoever only
//! wants to know whether there is anything stops the walk at the first item.
//! <https://hl7.org/fhirpath/N1/#expressions>.

mod binary;
mod compare;
mod few;
mod navigate;
mod variable;
mod walk;

pub(crate) use few::Few;
pub(crate) use navigate::{is_a, system_name};
use walk::Walked;
pub(crate) use walk::{Decision, Walk};

use crate::context::Context;
use crate::failure::Failure;
use crate::functions::{Function, Run};
use crate::item::{Collection, Item};
use crate::syntax::{Syntax, TypeName, TypeOperator};
use crate::values::operators;

/// One evaluation: what it is done in, and what it has cost.
pub(crate) struct Evaluation<'c, 'a> {
    pub(crate) context: &'c Context<'a>,
    focus: &'c Item<'a>,
    steps: u64,
    /// What `defineVariable` has defined and is still in force.
    defined: Vec<(Box<str>, Collection<'a>)>,
}

/// What `$this`, `$index` and `$total` stand for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s, 'a> {
    pub(crate) this: &'s Item<'a>,
    pub(crate) index: Option<i64>,
    pub(crate) total: Option<&'s Collection<'a>>,
}

impl<'s, 'a> Scope<'s, 'a> {
    /// The same with another item.
    pub(crate) fn on<'t>(&self, this: &'t Item<'a>, index: usize) -> Scope<'t, 'a>
    where
        's: 't,
    {
        Scope { this, index: i64::try_from(index).ok(), total: self.total }
    }
}

/// Why a walk goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Whoever takes the items has enough of them.
    Enough,
    /// Evaluation fails.
    Failed(Failure),
}

/// Whether a walk goes on.
pub(crate) type Flow = Result<(), Stop>;

/// Takes the items of a walk, one by one.
pub(crate) type Sink<'k, 'c, 'a> = &'k mut dyn FnMut(&mut Evaluation<'c, 'a>, Item<'a>) -> Flow;

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(failure)
    }
}

/// A walk that is over, because there is nothing more or enough was found.
pub(crate) fn settled(flow: Flow) -> Result<(), Failure> {
    match flow {
        Ok(()) | Err(Stop::Enough) => Ok(()),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

impl<'c, 'a> Evaluation<'c, 'a> {
    pub(crate) fn new(focus: &'c Item<'a>, context: &'c Context<'a>) -> Self {
        Self { context, focus, steps: context.budget.steps, defined: Vec::new() }
    }

    /// All that the expression yields.
    pub(crate) fn run(&mut self, syntax: &Syntax) -> Result<Collection<'a>, Failure> {
        let scope = Scope { this: self.focus, index: None, total: None };
        Ok(self.few(syntax, &scope)?.into_collection())
    }

    /// The expression as a truth value, where it is one.
    pub(crate) fn truth_of(&mut self, syntax: &Syntax) -> Result<Option<bool>, Failure> {
        let scope = Scope { this: self.focus, index: None, total: None };
        self.truth(syntax, &scope)
    }

    /// Takes a step out of the budget.
    pub(crate) fn step(&mut self) -> Result<(), Failure> {
        self.spend(1)
    }

    /// Takes steps out of the budget.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Failure> {
        match self.steps.checked_sub(steps) {
            Some(left) => self.steps = left,
            None => return Err(Failure::TooCostly("steps")),
        }
        Ok(())
    }

    /// Keeps a collection within the budget.
    pub(crate) fn bounded(&self, count: usize) -> Result<(), Failure> {
        if count > self.context.budget.items { Err(Failure::TooCostly("items")) } else { Ok(()) }
    }

    /// All items, with the variables that are defined on the way still in force.
    fn all(&mut self, syntax: &Syntax, scope: &Scope<'_, 'a>) -> Result<Collection<'a>, Failure> {
        let mut items = Few::None;
        settled(self.each(syntax, scope, &mut |evaluation, item| {
            items.push(item);
            Ok(evaluation.bounded(items.len())?)
        }))?;
        Ok(items.into_collection())
    }

    /// Evaluates something whose variables are not seen outside.
    pub(crate) fn apart(
        &mut self,
        syntax: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Collection<'a>, Failure> {
        Ok(self.few(syntax, scope)?.into_collection())
    }

    /// Gives the items to `sink` one by one, until it has enough.
    pub(crate) fn each(&mut self, syntax: &Syntax, scope: &Scope<'_, 'a>, sink: Sink<'_, 'c, 'a>) -> Flow {
        self.step()?;
        match syntax {
            Syntax::Empty => Ok(()),
            Syntax::Literal(item) => sink(self, item.clone()),
            Syntax::This => sink(self, scope.this.clone()),
            Syntax::Index => scope.index.map_or(Ok(()), |index| sink(self, Item::Integer(index))),
            Syntax::Total => self.give(scope.total.cloned().unwrap_or_default(), sink),
            Syntax::Variable(name) => {
                let items = self.variable(name)?;
                self.give(items, sink)
            }
            Syntax::Member { input: None, name } => self.first_member(name, scope, sink),
            Syntax::Member { input: Some(input), name } => {
                self.each(input, scope, &mut |evaluation, item| evaluation.member(&item, name, sink))
            }
            Syntax::Call { input, function, arguments } => {
                let input = input.as_deref().unwrap_or(&Syntax::This);
                match function.run {
                    Run::Walk(walk) => self.walk(Walked { walk, input, arguments }, scope, sink),
                    _ => {
                        let items = self.call(function, input, arguments, scope)?;
                        self.give(items, sink)
                    }
                }
            }
            Syntax::Indexer { input, index } => {
                let item = self.item_at(input, index, scope)?;
                item.map_or(Ok(()), |item| sink(self, item))
            }
            Syntax::Negate(operand) | Syntax::Plus(operand) => {
                let item = self.signed(matches!(syntax, Syntax::Negate(_)), operand, scope)?;
                item.map_or(Ok(()), |item| sink(self, item))
            }
            Syntax::Type { operator: TypeOperator::As | TypeOperator::OfType, value, name } => {
                self.of_type(value, name, scope, sink)
            }
            Syntax::Type { operator: TypeOperator::Is, value, name } => {
                let is = self.is(value, name, scope)?;
                is.map_or(Ok(()), |is| sink(self, Item::Boolean(is)))
            }
            Syntax::Binary { operator, left, right } => {
                if let Some(answer) = self.logic(*operator, left, right, scope) {
                    return answer?.map_or(Ok(()), |truth| sink(self, Item::Boolean(truth)));
                }
                let items = self.binary(*operator, left, right, scope)?;
                self.give(items, sink)
            }
        }
    }

    fn give(&mut self, items: Collection<'a>, sink: Sink<'_, 'c, 'a>) -> Flow {
        items.into_iter().try_for_each(|item| sink(self, item))
    }

    fn item_at(
        &mut self,
        input: &Syntax,
        index: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<Item<'a>>, Failure> {
        let items = self.all(input, scope)?;
        let index = self.few(index, scope)?;
        let place = self.integer(&index, "an index")?.and_then(|place| usize::try_from(place).ok());
        Ok(place.and_then(|place| items.into_iter().nth(place)))
    }

    fn signed(
        &mut self,
        is_negated: bool,
        operand: &Syntax,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<Item<'a>>, Failure> {
        let operand = self.few(operand, scope)?;
        match self.single(&operand, "what stands behind a sign")?.as_deref() {
            None => Ok(None),
            Some(item) if is_negated => operators::negate(item),
            Some(item @ (Item::Integer(_) | Item::Decimal(_) | Item::Quantity(_))) => Ok(Some(item.clone())),
            Some(item) => fail(format!("cannot put `+` before {}, expected a number", operators::name(item))),
        }
    }

    /// `is`: whether the one item there is has the type.
    fn is(
        &mut self,
        value: &Syntax,
        name: &TypeName,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<bool>, Failure> {
        let wanted = self.wanted(name)?;
        match &*self.few(value, scope)? {
            [] => Ok(None),
            [item] => Ok(Some(self.is_of(item, wanted))),
            many => fail(format!("cannot ask `is` of {} items, expected one", many.len())),
        }
    }

    /// Calls a function that works on a whole collection.
    fn call(
        &mut self,
        function: &Function,
        input: &Syntax,
        arguments: &[Syntax],
        scope: &Scope<'_, 'a>,
    ) -> Result<Collection<'a>, Failure> {
        let input = self.all(input, scope)?;
        let answer = match function.run {
            Run::Expressions(run) => run(self, input, arguments, scope)?,
            Run::Values(run) => {
                let arguments = self.arguments(arguments, scope)?;
                let values: Vec<_> = arguments.into_iter().map(|argument| self.values(argument)).collect();
                run(self.values(input), &values)?
            }
            Run::Items(run) => {
                let arguments = self.arguments(arguments, scope)?;
                run(self, input, &arguments)?
            }
            // Walks are taken where the walk is.
            Run::Walk(_) => Vec::new(),
        };
        self.bounded(answer.len())?;
        Ok(answer)
    }

    fn arguments(
        &mut self,
        arguments: &[Syntax],
        scope: &Scope<'_, 'a>,
    ) -> Result<Vec<Collection<'a>>, Failure> {
        arguments.iter().map(|argument| self.apart(argument, scope)).collect()
    }

    /// Defines a variable for what follows in the path.
    pub(crate) fn define(&mut self, name: &str, items: Collection<'a>) -> Result<(), Failure> {
        if self.is_defined(name) {
            return fail(format!("cannot define `%{name}` again"));
        }
        self.bounded(self.defined.len())?;
        self.defined.push((name.into(), items));
        Ok(())
    }
}

/// A failure of execution.
pub(crate) fn fail<T>(message: String) -> Result<T, Failure> {
    Err(Failure::Execution(message))
}

#[cfg(test)]
mod tests;
