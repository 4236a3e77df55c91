//! What proves that it was allowed?

/// The tenant of a server that has only one.
const TENANT_DEFAULT: u32 = 0;

/// The proof that a demand was weighed. It cannot be built by hand.
///
/// It carries what storage must keep to: the tenant now, compartment and label filters later.
#[derive(Clone, Debug)]
pub struct Permit {
    tenant: u32,
}

impl Permit {
    pub(crate) fn granted() -> Self {
        Self { tenant: TENANT_DEFAULT }
    }

    /// A permit for the server's own workers; a tidy test lists who says this and why.
    pub fn for_the_server(_reason: &'static str) -> Self {
        Self { tenant: TENANT_DEFAULT }
    }

    /// Whose data may be touched.
    pub fn tenant(&self) -> u32 {
        self.tenant
    }
}
