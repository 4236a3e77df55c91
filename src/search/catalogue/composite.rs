//! What does a composite select?
//!
//! Roots, and from each root the values of its components: <https://hl7.org/fhir/R4/search.html#composite>. It is walked
//! only if all of it is; else the engine does all of it.

use fhirpath::Expression;

use super::chain::Chain;
use super::definition::{Definition, Part};
use super::plan::{self, Selection};
use super::tree::{Tree, Wish};
use super::{Component, Kind};

/// A composite, before it has its place in a catalogue.
pub(super) struct Draft {
    roots: Selection,
    trees: Vec<Tree>,
    is_walked: bool,
    /// Its components so far.
    pub(super) components: Vec<Component>,
    /// The roots to walk to, with what is walked from there.
    pub(super) walked: Vec<(Chain, Tree)>,
    /// What the engine does instead.
    pub(super) rest: Option<(Expression, Vec<(Kind, Expression)>)>,
}

impl Draft {
    /// A composite without components.
    pub(super) fn new(roots: Selection) -> Self {
        let trees = roots.chains.iter().map(|root| Tree::new(root.end)).collect();
        let is_walked = roots.is_walked();
        Self { roots, trees, is_walked, components: Vec::new(), walked: Vec::new(), rest: None }
    }

    /// Takes the next component's expression, and tells which chains lead to its values if all are known.
    pub(super) fn add(&mut self, part: &Part, kind: Kind) -> Result<Option<Vec<Chain>>, String> {
        let number = self.components.len();
        let mut values = Vec::new();
        let mut is_walked = self.roots.is_walked();
        for (root, tree) in self.roots.chains.iter().zip(&mut self.trees) {
            // What leads nowhere from one root may lead somewhere from another.
            let Ok(selection) = Selection::values(&part.expression, root.end) else { continue };
            is_walked &= selection.is_walked();
            selection.chains.iter().for_each(|chain| tree.plant(chain, Wish::Value(number)));
            values.extend(selection.chains.iter().map(|chain| root.then(chain)));
        }
        self.is_walked &= is_walked;
        match (is_walked, values.is_empty()) {
            (true, true) => Err(format!(
                "its component `{}`, of search type {}, leads to nothing",
                part.expression,
                kind.as_str()
            )),
            (true, false) => Ok(Some(values)),
            (false, _) => Ok(None),
        }
    }

    /// Decides who does it.
    pub(super) fn finish(mut self, definition: &Definition) -> Result<Self, String> {
        if self.is_walked {
            let roots = std::mem::take(&mut self.roots.chains);
            self.walked = roots.into_iter().zip(std::mem::take(&mut self.trees)).collect();
            return Ok(self);
        }
        let mut parts = Vec::with_capacity(definition.parts.len());
        for (part, component) in definition.parts.iter().zip(&self.components) {
            parts.push((component.kind, plan::parse(&part.expression)?));
        }
        self.rest = Some((plan::parse(&definition.expression)?, parts));
        Ok(self)
    }
}
