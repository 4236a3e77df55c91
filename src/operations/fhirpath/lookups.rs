//! What do the references that an expression follows lead to?
//!
//! The engine does not wait: it notes what it would need. Between two evaluations the notes are looked up in
//! storage, under the permit of the caller.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use ::fhirpath::{Host, Item, Node, resource_node};
use access::Permit;
use fhir_profiles::Definitions;
use interactions::{Context, Result};
use model::{Code, Id, Key, Value};
use terminology::{Coding, Membership};
use validate::Rules;

use super::result;

/// References that one call may follow to what is stored.
const LOOKUPS_MAX: usize = 256;

/// Elements that one evaluation may hold against profiles, which takes longer than any step of the engine's own.
const PROFILES_ASKED_MAX: usize = 1_000;

/// What was looked up: the resource, or that there is none.
#[derive(Default)]
pub(super) struct Lookups {
    found: BTreeMap<String, Option<Value>>,
    wanted: RefCell<Vec<String>>,
}

impl Lookups {
    /// Looks up what was noted since the last time; whether that was anything.
    pub(super) async fn look_up(&mut self, context: &Context, permit: &Permit) -> Result<bool> {
        let mut wanted = self.wanted.take();
        wanted.sort();
        wanted.dedup();
        wanted.truncate(LOOKUPS_MAX.saturating_sub(self.found.len()));
        let anything = !wanted.is_empty();
        for reference in wanted {
            let found = match key(context, &reference) {
                Some(key) => match interactions::current(context, permit, &key).await {
                    Ok(resource) => Some(resource),
                    Err(failure) if matches!(failure.code(), Code::NotFound | Code::Deleted) => None,
                    Err(failure) => return Err(failure),
                },
                None => None,
            };
            self.found.insert(reference, found);
        }
        Ok(anything)
    }

    /// What the engine asks.
    pub(super) fn host<'a>(
        &'a self,
        types: &'a Definitions,
        rules: &'a Rules,
        root: Node<'a>,
    ) -> LookupHost<'a> {
        let asks_left = Cell::new(PROFILES_ASKED_MAX);
        LookupHost { lookups: self, types, rules, root, traces: RefCell::default(), asks_left }
    }
}

/// The resource of this server that a reference names, relative or below the base.
fn key(context: &Context, reference: &str) -> Option<Key> {
    let base = context.policy.base_url.as_str();
    let local = reference.strip_prefix(base).map_or(reference, |rest| rest.trim_start_matches('/'));
    let (type_name, rest) = local.split_once('/')?;
    let id = rest.split('/').next()?;
    Some(Key::new(context.definitions.resource_type(type_name)?, Id::parse(id)?))
}

/// Answers the engine from what was looked up and from what the server knows of codes.
pub(super) struct LookupHost<'a> {
    lookups: &'a Lookups,
    types: &'a Definitions,
    rules: &'a Rules,
    root: Node<'a>,
    traces: RefCell<Vec<Value>>,
    /// How often a profile may still be asked for.
    asks_left: Cell<usize>,
}

impl LookupHost<'_> {
    /// What was traced since the last time.
    pub(super) fn traces(&self) -> Vec<Value> {
        self.traces.take()
    }

    /// Whether a profile may be asked for once more.
    fn may_ask(&self) -> bool {
        let left = self.asks_left.get();
        self.asks_left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'a> Host<'a> for LookupHost<'a> {
    fn resolve(&self, reference: &str) -> Option<Node<'a>> {
        match self.lookups.found.get(reference) {
            Some(found) => resource_node(found.as_ref()?, self.types),
            None => {
                self.lookups.wanted.borrow_mut().push(reference.to_owned());
                None
            }
        }
    }

    fn member_of(&self, system: Option<&str>, code: &str, value_set: &str) -> Option<bool> {
        let coding = Coding { system, code: Some(code), ..Coding::default() };
        match self.rules.terminology.member(value_set, &coding) {
            Membership::Member => Some(true),
            Membership::Absent(_) => Some(false),
            Membership::Unknown(_) => None,
        }
    }

    fn subsumes(&self, system: &str, left: &str, right: &str) -> Option<bool> {
        validate::subsumes(self.rules, system, left, right)
    }

    fn conforms_to(&self, node: Node<'a>, profile: &str) -> Option<bool> {
        self.may_ask().then(|| validate::conforms(self.rules, self.root, node, profile))?
    }

    fn element_definition(&self, path: &str) -> Option<Node<'a>> {
        self.rules.element_definition(path)
    }

    fn slice(&self, node: Node<'a>, structure: &str, name: &str) -> Option<Vec<Node<'a>>> {
        self.may_ask().then(|| validate::slice(self.rules, self.root, node, (structure, name)))?
    }

    fn trace(&self, name: &str, items: &[Item<'a>]) {
        self.traces.borrow_mut().push(result::trace(name, items, (self.root, self.types)));
    }
}
