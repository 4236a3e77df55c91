//! Which rules hold at this moment?
//!
//! The definitions, what codes mean, the compiled profiles and the search parameters, as one value that requests
//! share. Installing a package makes a new one; requests in work go on with the one they began with.

mod finder;
mod indexing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use fhir_profiles::Registry;
use model::ResourceType;
use search::{Catalogue, ParameterId};
use terminology::Terminology;
use validate::Rules;

pub use finder::kept;

/// The rules that hold now.
pub struct Library {
    current: RwLock<Shelf>,
    indexing: RwLock<Arc<Indexing>>,
    indexed: AtomicU64,
}

/// The types of which not all resources can be found yet.
pub type Indexing = BTreeMap<ResourceType, Lacking>;

/// By what not all resources of a type can be found yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// By nothing at all.
    Everything,
    /// By these parameters, at least one.
    These(BTreeSet<ParameterId>),
}

/// Rules that belong together: what was read from one set of packages.
#[derive(Clone)]
pub struct Shelf {
    /// What resources are held against.
    pub rules: Arc<Rules>,
    /// What they are found by.
    pub catalogue: Arc<Catalogue>,
    /// What the server says of itself under them.
    pub(crate) statements: Arc<Statements>,
}

/// CapabilityStatements as JSON: long, asked for often, and the same until the rules change.
#[derive(Default)]
pub(crate) struct Statements {
    pub(crate) full: OnceLock<Bytes>,
    pub(crate) normative: OnceLock<Bytes>,
}

impl Shelf {
    /// Joins the rules with the search parameters of the same definitions. Compiling those takes a moment, so
    /// this is not for the threads of requests.
    pub fn new(rules: Rules) -> Self {
        let catalogue = match is_r4_alone(&rules.registry) {
            true => Catalogue::r4(),
            false => Arc::new(Catalogue::new(&rules.registry)),
        };
        Self::over(rules, catalogue)
    }

    /// Joins the rules with the search parameters of definitions that have the same ones.
    pub fn over(rules: Rules, catalogue: Arc<Catalogue>) -> Self {
        Self { rules: Arc::new(rules), catalogue, statements: Arc::default() }
    }
}

impl Library {
    /// Begins with the rules of R4 alone.
    pub fn r4() -> Self {
        let registry = Registry::r4();
        let terminology = Arc::new(Terminology::new(Arc::clone(&registry)));
        Self::new(Shelf::new(Rules::new(registry, terminology)))
    }

    /// Begins with these rules.
    pub fn new(shelf: Shelf) -> Self {
        Self { current: RwLock::new(shelf), indexing: RwLock::default(), indexed: AtomicU64::new(0) }
    }

    /// All that holds now, of one moment.
    pub fn shelf(&self) -> Shelf {
        // Nobody panics while writing: a shelf is put in place whole.
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rules that hold now.
    pub fn rules(&self) -> Arc<Rules> {
        self.shelf().rules
    }

    /// The search parameters that hold now.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.shelf().catalogue
    }

    /// Puts others in their place.
    pub fn replace(&self, shelf: Shelf) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = shelf;
    }

    /// The types of which not all resources can be found yet by the parameters that hold now.
    pub fn indexing(&self) -> Arc<Indexing> {
        self.indexing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells which these are.
    pub fn set_indexing(&self, indexing: Indexing) {
        *self.indexing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(indexing);
    }

    /// How many resources were looked at to index them anew, since the server began.
    pub fn indexed(&self) -> u64 {
        self.indexed.load(Ordering::Relaxed)
    }

    /// Counts some that were.
    pub fn count_indexed(&self, resources: u64) {
        self.indexed.fetch_add(resources, Ordering::Relaxed);
    }
}

/// Whether nothing is laid over R4, so that the one catalogue of all such servers will do.
fn is_r4_alone(registry: &Registry) -> bool {
    let alone = Registry::r4();
    let layers = registry.layers().iter().zip(alone.layers());
    registry.layers().len() == alone.layers().len()
        && layers.into_iter().all(|(one, other)| Arc::ptr_eq(one, other))
}
