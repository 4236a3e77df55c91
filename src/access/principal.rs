//! Who asks?

/// Whoever stands behind a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Anyone who reaches a server without sign-in (`--open`).
    Open,
    /// Nobody is known, on a server that asks for sign-in.
    Nobody,
}
