//! Why was it refused, as OAuth says it? <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>

use serde_json::{Value, json};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The code that programs read.
    pub code: ErrorCode,
    /// A sentence for whoever writes the client.
    pub description: String,
}

/// OAuth's codes, and those of OpenID Connect and of registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// Something is missing, doubled or of another form.
    InvalidRequest,
    /// The client did not show who it is.
    InvalidClient,
    /// The code or refresh token is not good, or not this client's.
    InvalidGrant,
    /// The client may not ask in this way.
    UnauthorizedClient,
    /// Nobody may ask in this way.
    UnsupportedGrantType,
    /// Only `code` is answered.
    UnsupportedResponseType,
    /// Nothing that was asked for can be granted.
    InvalidScope,
    /// The person said no.
    AccessDenied,
    /// The person would have to sign in.
    LoginRequired,
    /// The person would have to agree.
    ConsentRequired,
    /// A redirect URI may not be registered.
    InvalidRedirectUri,
    /// Something else may not be registered.
    InvalidClientMetadata,
    /// A fault of the server.
    ServerError,
}

impl ErrorCode {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::ServerError => "server_error",
        }
    }
}

impl Refused {
    /// Refuses, with a sentence.
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }

    /// Something is missing, doubled or of another form.
    pub fn request(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// The client did not show who it is.
    pub fn client(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidClient, description)
    }

    /// The code or refresh token is not good.
    pub fn grant(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }

    /// Nothing that was asked for can be granted.
    pub fn scope(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidScope, description)
    }

    /// The refusal as a body.
    pub fn to_json(&self) -> Value {
        json!({ "error": self.code.as_str(), "error_description": self.description })
    }
}
