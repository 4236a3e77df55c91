//! Which rules hold at this moment?
//!
//! The definitions, what codes mean and the compiled profiles, as one value that requests share. Installing a
//! package makes a new one; requests in work go on with the one they began with.

use std::sync::{Arc, PoisonError, RwLock};

use fhir_profiles::Registry;
use terminology::Terminology;
use validate::Rules;

/// The rules that hold now.
pub struct Library {
    current: RwLock<Arc<Rules>>,
}

impl Library {
    /// Begins with the rules of R4 alone.
    pub fn r4() -> Self {
        let registry = Registry::r4();
        Self::new(Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry))))
    }

    /// Begins with these rules.
    pub fn new(rules: Rules) -> Self {
        Self { current: RwLock::new(Arc::new(rules)) }
    }

    /// The rules that hold now.
    pub fn rules(&self) -> Arc<Rules> {
        // Nobody panics while writing: an `Arc` is put in place whole.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other rules in their place.
    pub fn replace(&self, rules: Rules) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}
