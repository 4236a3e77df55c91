//! How is a failure told?
//!
//! As an OperationOutcome with the status that `interactions::status` gives its first issue.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use interactions::Failure;
use model::{Code, json, outcome};

/// The status of a failure whose first issue has this code.
pub(crate) fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(interactions::status(code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The failure as an OperationOutcome in JSON, for places that know nothing of the client's wishes.
pub(crate) fn answer(failure: &Failure) -> Response {
    let body = json::to_compact(&outcome::outcome(&failure.issues));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status(failure.code());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, crate::negotiate::JSON);
    add_advice(failure.code(), headers);
    response
}

/// Headers that tell a client what to do about a failure.
pub(crate) fn add_advice(code: Code, headers: &mut axum::http::HeaderMap) {
    match code {
        Code::Overloaded | Code::StorageUnavailable => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Code::StorageFull => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        Code::Unauthenticated => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Code::Forbidden => {
            let lacking = HeaderValue::from_static("Bearer error=\"insufficient_scope\"");
            headers.insert(header::WWW_AUTHENTICATE, lacking);
        }
        Code::SlowClient | Code::TooLarge => {
            // The rest of the body is still on its way; the connection cannot be used again.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
}
