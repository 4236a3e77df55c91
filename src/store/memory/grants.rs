//! Which grants stand?

use std::collections::BTreeMap;

use model::Instant;

use crate::grants::{Grant, GrantPage};

/// All grants by tenant, kind and id.
#[derive(Default)]
pub(super) struct Ledger {
    grants: BTreeMap<(u32, String, String), Grant>,
}

impl Ledger {
    pub(super) fn grant(&mut self, tenant: u32, grant: Grant) {
        self.grants.insert((tenant, grant.kind.clone(), grant.id.clone()), grant);
    }

    pub(super) fn grant_first(&mut self, tenant: u32, grant: Grant, now: Instant) -> bool {
        let is_first = self.granted(tenant, &grant.kind, &grant.id, now).is_none();
        if is_first {
            self.grant(tenant, grant);
        }
        is_first
    }

    pub(super) fn granted(&self, tenant: u32, kind: &str, id: &str, now: Instant) -> Option<Grant> {
        let grant = self.grants.get(&(tenant, kind.to_owned(), id.to_owned()))?;
        stands(grant, now).then(|| grant.clone())
    }

    pub(super) fn redeem(&mut self, tenant: u32, kind: &str, id: &str, now: Instant) -> Option<Grant> {
        let grant = self.granted(tenant, kind, id, now)?;
        self.grants.remove(&(tenant, grant.kind.clone(), grant.id.clone()));
        Some(grant)
    }

    pub(super) fn list(&self, tenant: u32, kind: &str, page: GrantPage<'_>) -> Vec<Grant> {
        let of_kind = self.grants.iter().filter(|((owner, of, _), _)| *owner == tenant && of == kind);
        let behind = of_kind.filter(|((_, _, id), _)| page.after.is_none_or(|after| id.as_str() > after));
        let standing = behind.map(|(_, grant)| grant).filter(|grant| stands(grant, page.now));
        standing.take(page.count).cloned().collect()
    }

    pub(super) fn expire(&mut self, tenant: u32, now: Instant) -> u64 {
        let mut dropped = 0;
        self.grants.retain(|(owner, _, _), grant| {
            let kept = *owner != tenant || stands(grant, now);
            dropped += u64::from(!kept);
            kept
        });
        dropped
    }
}

/// Whether a grant has not ended; it ends at the very moment that it names.
fn stands(grant: &Grant, now: Instant) -> bool {
    grant.expires_at.is_none_or(|end| end > now)
}
