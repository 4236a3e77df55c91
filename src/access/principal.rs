//! Who asks?

use std::sync::Arc;

use model::Text;

use crate::reach::Reach;

/// Whoever stands behind a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Principal {
    /// Anyone who reaches a server without sign-in (`--open`).
    Open,
    /// Nobody is known, on a server that asks for sign-in.
    Nobody,
    /// Somebody whose token was verified.
    Known(Arc<Known>),
}

/// Whom a token stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The app that sends the token.
    pub client: Text,
    /// The person who signed in to it; none where it acts for itself.
    pub account: Option<Text>,
    /// How far both together reach.
    pub reach: Arc<Reach>,
}

impl Principal {
    /// What tells this principal from every other, for what must not be used by another.
    pub fn name(&self) -> String {
        match self {
            Principal::Open => "open".to_owned(),
            Principal::Nobody => "nobody".to_owned(),
            // The length keeps the two apart, whatever letters they have.
            Principal::Known(known) => {
                let account = known.account.as_deref().unwrap_or_default();
                format!("known {} {} {account}", known.client.len(), known.client)
            }
        }
    }
}
