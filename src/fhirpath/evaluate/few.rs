//! Is there one item, and what is it worth?
//!
//! Most collections hold one item or none, and are kept without an allocation:
//! <https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections>.

use std::borrow::Cow;
use std::ops::Deref;

use super::{Evaluation, Scope, Walk, fail, settled};
use crate::failure::Failure;
use crate::functions::Run;
use crate::item::{Collection, Item};
use crate::syntax::Syntax;
use crate::values::{of_node, operators};

/// A collection that seldom holds many items.
pub(crate) enum Few<'s, 'a> {
    /// No item.
    None,
    /// One item.
    One(Item<'a>),
    /// One item that is kept elsewhere: a literal, or `$this`.
    Lent(&'s Item<'a>),
    /// Any number of items.
    Many(Collection<'a>),
}

impl<'a> Few<'_, 'a> {
    /// Puts an item behind the others.
    pub(crate) fn push(&mut self, item: Item<'a>) {
        *self = match std::mem::replace(self, Few::None) {
            Few::None => Few::One(item),
            Few::One(first) => Few::Many(vec![first, item]),
            Few::Lent(first) => Few::Many(vec![first.clone(), item]),
            Few::Many(mut items) => {
                items.push(item);
                Few::Many(items)
            }
        };
    }

    /// The items as an ordinary collection.
    pub(crate) fn into_collection(self) -> Collection<'a> {
        match self {
            Few::None => Vec::new(),
            Few::One(item) => vec![item],
            Few::Lent(item) => vec![item.clone()],
            Few::Many(items) => items,
        }
    }
}

impl<'a> Deref for Few<'_, 'a> {
    type Target = [Item<'a>];

    fn deref(&self) -> &[Item<'a>] {
        match self {
            Few::None => &[],
            Few::One(item) => std::slice::from_ref(item),
            Few::Lent(item) => std::slice::from_ref(*item),
            Few::Many(items) => items,
        }
    }
}

impl<'a> Evaluation<'_, 'a> {
    /// All items; variables that are defined on the way are not seen outside.
    pub(crate) fn few<'s>(
        &mut self,
        syntax: &'s Syntax,
        scope: &Scope<'s, 'a>,
    ) -> Result<Few<'s, 'a>, Failure> {
        match syntax {
            Syntax::Literal(item) => return Ok(Few::Lent(item)),
            Syntax::This => return Ok(Few::Lent(scope.this)),
            _ => {}
        }
        let defined = self.defined.len();
        let mut items = Few::None;
        let flow = self.each(syntax, scope, &mut |evaluation, item| {
            items.push(item);
            Ok(evaluation.bounded(items.len())?)
        });
        self.defined.truncate(defined);
        settled(flow)?;
        Ok(items)
    }

    /// The items as values of FHIRPath's own types, where they have one.
    pub(crate) fn values(&self, items: Collection<'a>) -> Collection<'a> {
        items.into_iter().map(|item| self.value_of(&item).into_owned()).collect()
    }

    /// The item as a value of FHIRPath's own types, where it has one.
    pub(crate) fn value_of<'i>(&self, item: &'i Item<'a>) -> Cow<'i, Item<'a>> {
        match item {
            Item::Node(node) => of_node(node, self.context.types).map_or(Cow::Borrowed(item), Cow::Owned),
            _ => Cow::Borrowed(item),
        }
    }

    /// The one item there is, as a value; several are a failure.
    pub(crate) fn single<'i>(
        &self,
        items: &'i [Item<'a>],
        what: &str,
    ) -> Result<Option<Cow<'i, Item<'a>>>, Failure> {
        match items {
            [] => Ok(None),
            [item] => Ok(Some(self.value_of(item))),
            many => fail(format!("cannot use {} items as {what}, expected at most one", many.len())),
        }
    }

    /// The one whole number there is.
    pub(crate) fn integer(&self, items: &[Item<'a>], what: &str) -> Result<Option<i64>, Failure> {
        match self.single(items, what)?.as_deref() {
            None => Ok(None),
            Some(Item::Integer(whole)) => Ok(Some(*whole)),
            Some(other) => {
                fail(format!("cannot use {} as {what}, expected an Integer", operators::name(other)))
            }
        }
    }

    /// The one text there is.
    pub(crate) fn text(&self, items: &[Item<'a>], what: &str) -> Result<Option<Cow<'a, str>>, Failure> {
        match self.single(items, what)?.map(Cow::into_owned) {
            None => Ok(None),
            Some(Item::String(text)) => Ok(Some(text)),
            Some(other) => {
                fail(format!("cannot use {} as {what}, expected a String", operators::name(&other)))
            }
        }
    }

    /// The expression as a truth value: a Boolean is itself, any other single item is true.
    pub(crate) fn truth(&mut self, syntax: &Syntax, scope: &Scope<'_, 'a>) -> Result<Option<bool>, Failure> {
        if let Syntax::Binary { operator, left, right } = syntax
            && let Some(answer) = self.logic(*operator, left, right, scope)
        {
            return answer;
        }
        if let Syntax::Call { input, function, arguments } = syntax
            && let Run::Walk(Walk::Decide(decision)) = function.run
        {
            let input = input.as_deref().unwrap_or(&Syntax::This);
            return self.decide(decision, input, arguments, scope);
        }
        let items = self.few(syntax, scope)?;
        self.truth_in(&items)
    }

    /// A collection as a truth value.
    fn truth_in(&self, items: &[Item<'a>]) -> Result<Option<bool>, Failure> {
        match items {
            [] => Ok(None),
            [item] => Ok(Some(match *self.value_of(item) {
                Item::Boolean(truth) => truth,
                _ => true,
            })),
            many => fail(format!("cannot take {} items for true or false, expected at most one", many.len())),
        }
    }
}
