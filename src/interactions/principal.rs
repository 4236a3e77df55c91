//! Whom does a token stand for?
//!
//! How far it reaches is told by the search parameters that hold now.

use std::sync::Arc;

use access::{Bearer, Known, Person, Principal, Rights, Scopes};
use search::types::Surroundings;

use crate::Context;

/// The principal behind a token that was verified.
pub fn principal(context: &Context, bearer: &Bearer) -> Principal {
    let types = context.definitions.resource_types();
    let scopes = Scopes::known(&bearer.scopes, types);
    let shelf = context.library.shelf();
    let surroundings = Surroundings {
        catalogue: &shelf.catalogue,
        terminology: &shelf.rules.terminology,
        base_url: &context.policy.base_url,
        now: (context.clock)(),
    };
    let role = bearer.role.as_deref().unwrap_or_default();
    let person = bearer.account.as_ref().map(|_| Person { role, fhir_user: bearer.fhir_user.as_ref() });
    let rights = Rights { scopes: &scopes, patient: bearer.patient.as_ref(), person };
    let reach = Arc::new(access::reach(&rights, types, &surroundings));
    let account = bearer.account.as_deref().map(Into::into);
    Principal::Known(Arc::new(Known { client: bearer.client_id.as_str().into(), account, reach }))
}
