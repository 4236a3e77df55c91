//! Did this form come from a page of ours?
//!
//! Asked of every request that changes something, beside the token in the form and the cookie's `SameSite`: the browser
//! says by `Sec-Fetch-Site` (<https://www.w3.org/TR/fetch-metadata/>) or by `Origin` whose page sent it. Pages are sent
//! with `Referrer-Policy: no-referrer`, which makes browsers send `Origin: null`; that is taken only beside
//! `Sec-Fetch-Site: same-origin`, which no page can set. One that says neither sends nothing.

use access::token;
use axum::http::{HeaderMap, header};

const FETCH_SITE: &str = "sec-fetch-site";

/// Whether the request came from a page at `own`, such as `https://fhir.example.org`.
pub(super) fn is_from(own: &str, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).map(|origin| origin.as_bytes());
    let is_own = origin == Some(own.as_bytes());
    match headers.get(FETCH_SITE).map(|site| site.as_bytes()) {
        Some(b"same-origin") => is_own || matches!(origin, None | Some(b"null")),
        Some(_) => false,
        None => is_own,
    }
}

/// Whether the token in a form is the one that was put there.
pub(super) fn is_token(sent: Option<&str>, put: &str) -> bool {
    // Comparing digests takes the same time wherever texts differ.
    !put.is_empty() && sent.is_some_and(|sent| token::is_of(sent, &token::digest(put)))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn check(sent: &[(&'static str, &'static str)], expected: bool) {
        let headers =
            sent.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        assert_eq!(is_from("https://a.example", &headers.collect()), expected, "{sent:?}");
    }

    /// A-CS-01
    #[test]
    fn only_a_page_of_our_own_may_send_a_form() {
        check(&[("origin", "https://a.example")], true);
        check(&[("origin", "https://a.example"), ("sec-fetch-site", "same-origin")], true);
        check(&[("origin", "null"), ("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "http://a.example")], false);
        check(&[("origin", "https://a.example.evil.example")], false);
        check(&[("origin", "https://a.example:8443")], false);
        check(&[("origin", "https://a.example"), ("sec-fetch-site", "cross-site")], false);
        check(&[("origin", "https://a.example"), ("sec-fetch-site", "same-site")], false);
        check(&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], false);
        check(&[("sec-fetch-site", "none")], false);
    }

    #[test]
    fn a_token_is_itself_and_nothing_is_no_token() {
        assert!(is_token(Some("abc"), "abc"));
        assert!(!is_token(Some("abd"), "abc"));
        assert!(!is_token(None, "abc"));
        assert!(!is_token(Some(""), ""));
    }
}
