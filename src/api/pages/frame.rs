//! What stands around every page, and how is it sent?
//!
//! The headers of A-HDR-01: nothing but our own stylesheet is loaded, nothing runs, nobody frames the page, no cache
//! keeps it, and no other site learns where somebody was.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::html::Html;
use super::visit::Visit;
use super::{style, words};

/// A page before it is framed.
pub(super) struct Content {
    pub(super) title: String,
    pub(super) body: Html,
    /// Where its form may lead besides this server: browsers hold redirects against this, too.
    pub(super) leads_to: Option<String>,
}

/// Why a page cannot be shown, told by one that can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// What was asked for cannot be understood, or not answered safely.
    Request,
    /// It was used, ended, or begun in another browser.
    Gone,
    /// The form is not one of ours.
    Form,
    /// There is too much to do.
    Busy,
    /// A fault of the server.
    Server,
    /// A record is needed and none belongs to the account.
    Record,
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        tracing::error!(error = %error, "a page could not be answered");
        Trouble::Server
    }
}

impl Trouble {
    fn status(self) -> StatusCode {
        match self {
            Trouble::Request | Trouble::Gone => StatusCode::BAD_REQUEST,
            Trouble::Form | Trouble::Record => StatusCode::FORBIDDEN,
            Trouble::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Trouble::Server => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A whole page.
pub(super) fn page(visit: &Visit, status: StatusCode, content: Content) -> Response {
    let words = visit.words;
    let html = Html::of("<!doctype html>\n<html")
        .attribute("lang", words.tag)
        .attribute("dir", words.direction)
        .raw("><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
        .element("<title>", &content.title, " · Brigid</title>")
        .raw("<link rel=\"stylesheet\"")
        .attribute("href", &style::sheet_path())
        .raw("></head><body><main>")
        .raw(MARK)
        .element("<h1>", &content.title, "</h1>")
        .add(content.body)
        .raw("</main>")
        .add(footer(visit))
        .raw("</body></html>\n");
    let mut response = Response::new(Body::from(html.into_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A page holds the secret of its form beside texts that others choose; compressed, its length would tell of both.
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    protect(headers, content.leads_to.as_deref());
    response
}

/// The page that tells of trouble.
pub(super) fn trouble(visit: &Visit, trouble: Trouble) -> Response {
    trouble_told(visit, trouble, None)
}

/// The same, with a line for whoever writes the app.
pub(super) fn trouble_told(visit: &Visit, trouble: Trouble, detail: Option<&str>) -> Response {
    let words = visit.words;
    let why = match trouble {
        Trouble::Request => words.trouble_request,
        Trouble::Gone => words.trouble_gone,
        Trouble::Form => words.trouble_form,
        Trouble::Busy => words.trouble_busy,
        Trouble::Server => words.trouble_server,
        Trouble::Record => words.trouble_record,
    };
    let mut body = Html::new().element("<p>", why, "</p>").element("<p class=\"hint\">", words.close, "</p>");
    if let Some(detail) = detail {
        body = body.element("<p class=\"hint\" lang=\"en\" dir=\"ltr\"><code>", detail, "</code></p>");
    }
    let content = Content { title: words.trouble_title.to_owned(), body, leads_to: None };
    let mut response = page(visit, trouble.status(), content);
    if trouble == Trouble::Busy {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Sends the browser on; 303 makes a GET of whatever it did before.
pub(super) fn go(url: &str) -> Response {
    let mut response = bare(StatusCode::SEE_OTHER);
    match HeaderValue::try_from(url) {
        Ok(url) => drop(response.headers_mut().insert(header::LOCATION, url)),
        // Registered redirect URIs are ASCII, and what is added to them is escaped.
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}

/// An answer that shows nothing.
pub(super) fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    protect(response.headers_mut(), None);
    response
}

/// Where a form may lead that ends in a redirect to this URI, as a content security policy writes it.
pub(super) fn source(redirect_uri: &str) -> Option<String> {
    let (scheme, rest) = redirect_uri.split_once(':')?;
    let is_scheme =
        scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !is_scheme || scheme.is_empty() {
        return None;
    }
    let Some(rest) = rest.strip_prefix("//").filter(|_| matches!(scheme, "http" | "https")) else {
        return Some(format!("{scheme}:"));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    (!host.is_empty() && host.bytes().all(is_host)).then(|| format!("{scheme}://{host}"))
}

fn protect(headers: &mut HeaderMap, leads_to: Option<&str>) {
    let beside = leads_to.map(|source| format!(" {source}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self'{beside}; frame-ancestors 'none'; base-uri 'none'"
    );
    let policy = HeaderValue::try_from(policy).expect("a source is made of letters, digits and a few signs");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// A flame, which is Brigid's own.
const MARK: &str = "<svg class=\"mark\" viewBox=\"0 0 32 32\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M17 1c1 6-9 10-9 \
                    18a8 8 0 0 0 16 1c0-4-2-6-2-10-2 1-3 3-3 5-3-4-3-9-2-14zm-1 19c3 2 4 4 4 6a4 4 0 0 1-8 0c0-2 3-3 4-6z\"/></svg>";

fn footer(visit: &Visit) -> Html {
    let links = words::ALL.iter().map(|words| {
        if words.tag == visit.words.tag {
            return Html::of("<li><strong").attribute("lang", words.tag).element(
                ">",
                words.name,
                "</strong></li>",
            );
        }
        let request = visit.handle().map(|handle| format!("&request={}", plain(handle))).unwrap_or_default();
        Html::of("<li><a")
            .attribute("href", &format!("{}?lang={}{request}", link_path(visit.path()), words.tag))
            .attribute("lang", words.tag)
            .attribute("hreflang", words.tag)
            .element(">", words.name, "</a></li>")
    });
    let links = links.collect::<Html>();
    Html::of("<footer><nav")
        .attribute("aria-label", visit.words.language)
        .raw("><ul>")
        .add(links)
        .raw("</ul></nav></footer>")
}

/// A page that can be asked for again: an authorization request cannot, without all that was sent with it.
fn link_path(path: &str) -> &str {
    if path == "/auth/authorize" { "/auth/apps" } else { path }
}

/// A handle as it can stand in a URL; ours hold nothing else.
fn plain(handle: &str) -> String {
    handle.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_the_apps_own_place_and_no_text_of_an_app_widens_that() {
        for (uri, expected) in [
            ("https://app.example/back?x=1", Some("https://app.example")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("http://[::1]:3000/x", Some("http://[::1]:3000")),
            ("com.example.app:/back", Some("com.example.app:")),
            ("com.example.app://back", Some("com.example.app:")),
            ("https://a.example;script-src *", None),
            ("https://*", None),
            ("https:///x", None),
            ("nothing", None),
        ] {
            assert_eq!(source(uri).as_deref(), expected, "{uri}");
        }
    }
}
