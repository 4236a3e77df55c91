//! Whose pages may call this server from a browser? <https://fetch.spec.whatwg.org/#http-cors-protocol>

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;

use crate::app::Origins;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
const SENT: HeaderValue = HeaderValue::from_static(
    "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer, \
     Range, X-Request-Id",
);
const SHOWN: HeaderValue =
    HeaderValue::from_static("Content-Location, Content-Range, ETag, Last-Modified, Location, X-Request-Id");
const DAY_SECONDS: HeaderValue = HeaderValue::from_static("86400");

/// Answers a browser that asks before it calls; nothing else is a preflight.
pub(crate) fn preflight(origins: &Origins, request: &Request<Body>) -> Option<Response> {
    let headers = request.headers();
    let asks =
        request.method() == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let origin = headers.get(header::ORIGIN).filter(|_| asks)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if is_allowed(origins, origin) {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, DAY_SECONDS);
    }
    Some(response)
}

/// Tells the browser that the page at `origin` may see the answer, if it may.
pub(crate) fn allow(origins: &Origins, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    let Some(origin) = origin.filter(|origin| is_allowed(origins, origin)) else {
        return;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

fn is_allowed(origins: &Origins, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    match origins {
        Origins::Any => true,
        Origins::These(these) => these.iter().any(|allowed| allowed == origin),
        Origins::Loopback => is_loopback(origin),
    }
}

fn is_loopback(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let host = host.map(|host| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    });
    matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_let_in_by_default() {
        for (origin, allowed) in [
            ("http://localhost:3000", true),
            ("https://127.0.0.1", true),
            ("http://[::1]:80", true),
            ("http://localhost.evil.example", false),
            ("http://localhost:80.evil.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            assert_eq!(
                is_allowed(&Origins::Loopback, &HeaderValue::from_static(origin)),
                allowed,
                "{origin}"
            );
        }
    }
}
