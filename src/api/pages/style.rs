//! What do the pages look like?
//!
//! One stylesheet at a URL that holds the digest of what is there, so that a browser may keep it for ever and never keeps
//! an old one.

use std::sync::LazyLock;

use access::token;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::routes;

const SHEET: &str = include_str!("style.css");

/// Characters of a digest in a URL: enough that no two contents ever share it.
const DIGEST_LENGTH: usize = 32;

static SHEET_FILE: LazyLock<String> = LazyLock::new(|| named(SHEET, "css"));

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the stylesheet is, from the root of the server.
pub(super) fn sheet_path() -> String {
    format!("/auth/style/{}", *SHEET_FILE)
}

/// `GET /auth/style/{file}`
pub(crate) async fn show(Path(file): Path<String>) -> Response {
    if file != *SHEET_FILE {
        return routes::nothing_at(&format!("/auth/style/{file}"));
    }
    let mut response = Response::new(Body::from(SHEET));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn named(content: &str, ending: &str) -> String {
    let digest = token::digest(content);
    format!("{}.{ending}", &digest[..DIGEST_LENGTH])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_content_has_another_url() {
        assert_ne!(named("a", "css"), named("b", "css"));
        assert_eq!(sheet_path(), sheet_path());
    }
}
