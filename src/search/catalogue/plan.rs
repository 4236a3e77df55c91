//! How is a resource of some type indexed?
//!
//! What the expressions of all its parameters select, compiled: chains of members in one tree, and for the few that
//! are more than paths the expressions themselves. <https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression>

use fhir_profiles::Definitions;
use fhirpath::{Expression, TypeId, Types as _};
use model::ResourceType;

use super::chain::{self, Chain, Link};
use super::path::Guard;
use super::tree::Tree;
use super::{Kind, path};

/// How resources of a type are indexed. Parameters are named by their places in the catalogue.
pub(crate) struct Plan {
    /// The type.
    pub(crate) type_id: TypeId,
    /// What is found by walking.
    pub(crate) tree: Tree,
    /// The composites whose roots the tree finds.
    pub(crate) composites: Vec<Composite>,
    /// What only the engine finds.
    pub(crate) rest: Vec<Rest>,
    /// How many parameters are composites.
    pub(crate) slots: usize,
}

/// A composite at one kind of root.
pub(crate) struct Composite {
    /// The parameter.
    pub(crate) parameter: usize,
    /// Which composite of the type it is, so that occurrences are counted.
    pub(crate) slot: usize,
    /// Its components, from the root.
    pub(crate) tree: Tree,
    /// Their search types.
    pub(crate) kinds: Vec<Kind>,
}

/// What only the engine finds.
pub(crate) enum Rest {
    /// Values.
    Values {
        /// The parameter.
        parameter: usize,
        /// What selects them.
        expressions: Vec<Expression>,
    },
    /// A composite.
    Composite {
        /// The parameter.
        parameter: usize,
        /// Which composite of the type it is.
        slot: usize,
        /// What selects the roots.
        roots: Expression,
        /// What selects each component from a root.
        parts: Vec<(Kind, Expression)>,
    },
}

/// What an expression selects from something of a type.
#[derive(Default)]
pub(crate) struct Selection {
    /// Where to walk.
    pub(crate) chains: Vec<Chain>,
    /// What to ask the engine.
    pub(crate) expressions: Vec<Expression>,
}

impl Selection {
    /// What `expression` selects from something of type `root`; or what is wrong with it.
    pub(crate) fn of(expression: &str, root: TypeId) -> Result<Self, String> {
        let mut operands = path::operands(expression);
        let is_union = operands.len() > 1;
        operands.retain(|operand| concerns(operand, root));
        if is_union && operands.iter().any(|operand| path::is_compound(operand)) {
            return Ok(Self { chains: Vec::new(), expressions: vec![parse(expression)?] });
        }
        let mut selection = Self::default();
        for operand in operands {
            match path::parse(operand).and_then(|path| chain::chains(&path, root)) {
                Some(chains) => selection.chains.extend(chains),
                None => selection.expressions.push(parse(operand)?),
            }
        }
        if selection.chains.is_empty() && selection.expressions.is_empty() {
            return Err("`expression` leads to nothing".into());
        }
        Ok(selection)
    }

    /// The same, with what extensions hold instead of them.
    pub(crate) fn values(expression: &str, root: TypeId) -> Result<Self, String> {
        let mut selection = Self::of(expression, root)?;
        selection.chains =
            chain::to_values(selection.chains).ok_or("`expression` leads to extensions of everything")?;
        Ok(selection)
    }

    /// The types that all of it leads to, where criteria tell: `where(resolve() is Patient)`.
    pub(crate) fn targets(&self) -> Option<Vec<ResourceType>> {
        let target = |chain: &Chain| match chain.links.last() {
            Some(Link::Guard(Guard::Target(name))) => Definitions::r4().resource_type(name),
            _ => None,
        };
        let mut targets = self.chains.iter().map(target).collect::<Option<Vec<_>>>()?;
        targets.sort_unstable();
        targets.dedup();
        (self.is_walked() && !targets.is_empty()).then_some(targets)
    }

    /// Whether walking finds all of it.
    pub(crate) fn is_walked(&self) -> bool {
        self.expressions.is_empty()
    }
}

/// Reads an expression that only the engine can follow.
pub(crate) fn parse(expression: &str) -> Result<Expression, String> {
    Expression::parse(expression).map_err(|error| format!("`expression` is no FHIRPath: {error}"))
}

/// Whether an operand can select something from a type: not where it begins with another type of resources.
fn concerns(operand: &str, root: TypeId) -> bool {
    let name = path::first_name(operand);
    let types = Definitions::r4();
    let is_resource = types.find(name).is_some_and(|found| types.kind(found) == fhirpath::Kind::Resource);
    !is_resource || chain::is_a(root, name) || types.kind(root) != fhirpath::Kind::Resource
}
