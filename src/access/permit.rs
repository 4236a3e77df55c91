//! What proves that it was allowed?

use std::sync::Arc;

use model::ResourceType;

use crate::reach::{Limit, Reach, Use};

/// The tenant of a server that has only one.
const TENANT_DEFAULT: u32 = 0;

/// The proof that a demand was weighed. It cannot be built by hand.
///
/// It carries what storage must keep to: the tenant, and how far the principal reaches.
#[derive(Clone, Debug)]
pub struct Permit {
    tenant: u32,
    /// None for whoever reaches everything.
    reach: Option<Arc<Reach>>,
}

impl Permit {
    pub(crate) fn unlimited() -> Self {
        Self { tenant: TENANT_DEFAULT, reach: None }
    }

    pub(crate) fn within(reach: Arc<Reach>) -> Self {
        Self { tenant: TENANT_DEFAULT, reach: Some(reach) }
    }

    /// A permit for the server's own workers; a tidy test lists who says this and why.
    pub fn for_the_server(_reason: &'static str) -> Self {
        Self::unlimited()
    }

    /// Whose data may be touched.
    pub fn tenant(&self) -> u32 {
        self.tenant
    }

    /// Whether everything is within reach.
    pub fn is_unlimited(&self) -> bool {
        self.reach.is_none()
    }

    /// How far a use reaches among the resources of a type.
    pub fn limit(&self, resource_type: ResourceType, of: Use) -> &Limit {
        self.reach.as_ref().map_or(&Limit::Everything, |reach| reach.limit(resource_type, of))
    }

    /// What tells how far this reaches from every other reach.
    pub fn mark(&self) -> u128 {
        self.reach.as_ref().map_or(0, |reach| reach.mark())
    }
}
