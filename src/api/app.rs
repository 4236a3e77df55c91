//! What does the HTTP surface work with?

use std::sync::atomic::{AtomicBool, AtomicUsize};

use interactions::Context;

use crate::budget::Budget;
use crate::metrics::Metrics;
use crate::smart::SignIn;

/// Everything that is handed in, and what the surface keeps of itself.
pub struct App {
    /// What interactions work with.
    pub context: Context,
    /// What the surface was told.
    pub settings: Settings,
    /// What has been counted.
    pub metrics: Metrics,
    /// Whether requests should be sent here; set when storage is open, cleared when stopping.
    pub ready: AtomicBool,
    /// Requests in work.
    pub(crate) at_work: AtomicUsize,
    /// People whose passwords are being looked at.
    pub(crate) signing_in: AtomicUsize,
    /// What sign-in needs; none on a server without it.
    pub sign_in: Option<SignIn>,
    /// The memory that bodies in work may take.
    pub(crate) bodies: Budget,
}

/// What may differ from one server to the next.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of a request body at most, after decompression.
    pub body_bytes_max: usize,
    /// Whose pages may call this server from a browser.
    pub cors_origins: Origins,
    /// Whether whoever reaches the server may use it without signing in.
    pub open: bool,
}

/// Whose pages may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Pages served from this machine: a developer's, and nobody else's.
    Loopback,
    /// These, by scheme, host and port.
    These(Vec<String>),
    /// Any.
    Any,
}

impl App {
    /// Joins the parts; the server is ready once [`App::ready`] is set.
    pub fn new(context: Context, settings: Settings) -> Self {
        let metrics = Metrics::default();
        Self {
            context,
            settings,
            metrics,
            ready: AtomicBool::new(false),
            at_work: AtomicUsize::new(0),
            signing_in: AtomicUsize::new(0),
            sign_in: None,
            bodies: Budget::default(),
        }
    }

    /// The same, where people and programs sign in.
    pub fn with_sign_in(self, sign_in: SignIn) -> Self {
        Self { sign_in: Some(sign_in), ..self }
    }
}
