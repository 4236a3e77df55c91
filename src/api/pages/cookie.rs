//! What does the browser keep for us?
//!
//! Random texts that say nothing by themselves: <https://www.rfc-editor.org/rfc/rfc6265>. Over https each name begins
//! with `__Host-`, so that no neighbouring host can set it (A-SE-01); browsers take such names over https alone, so a
//! server that is tried out on plain http on this computer uses the bare name there.

use axum::http::{HeaderMap, HeaderValue, header};

/// Who is signed in: the session.
pub(super) const SESSION: &str = "sid";

/// Which browser this is, while somebody signs in: ties what was begun to where it was begun.
pub(super) const BROWSER: &str = "browser";

/// That somebody signed in here before, so that a stranger's tries do not keep that person out.
pub(super) const DEVICE: &str = "device";

/// Which language was chosen; its tag, no secret.
pub(super) const LANGUAGE: &str = "language";

/// Seconds that a browser is known by: half a year.
pub(super) const DEVICE_SECONDS: i64 = 180 * 24 * 3600;

/// Bytes of cookies that are looked at.
const COOKIES_BYTES_MAX: usize = 8 << 10;

/// Whether cookies travel over https alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Travel {
    Https,
    /// On this computer, in the clear.
    Loopback,
}

/// The value of a cookie; none where it comes twice, since one of them is not ours.
pub(super) fn read<'h>(headers: &'h HeaderMap, name: &str, travel: Travel) -> Option<&'h str> {
    let name = full_name(name, travel);
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let sent = sent.filter(|value| value.len() <= COOKIES_BYTES_MAX);
    let mut found = sent.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The header that sets a cookie: for this visit of the browser, or for so many seconds; 0 takes it away.
pub(super) fn write(name: &str, value: &str, seconds: Option<i64>, travel: Travel) -> HeaderValue {
    let name = full_name(name, travel);
    let secure = if travel == Travel::Https { "; Secure" } else { "" };
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    HeaderValue::try_from(text).expect("names, tags and random texts are plain ASCII")
}

fn full_name(name: &str, travel: Travel) -> String {
    let prefix = if travel == Travel::Https { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sent: &[&'static str], travel: Travel, expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for value in sent {
            headers.append(header::COOKIE, HeaderValue::from_static(value));
        }
        assert_eq!(read(&headers, SESSION, travel), expected, "{sent:?}");
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name_and_only_where_it_comes_once() {
        check(&["a=b; sid=x"], Travel::Loopback, Some("x"));
        check(&["a=b", "sid=x"], Travel::Loopback, Some("x"));
        check(&["__Host-sid=x; sid=y"], Travel::Https, Some("x"));
        check(&["sid=y"], Travel::Https, None);
        check(&["sid=x; sid=y"], Travel::Loopback, None);
        check(&["xsid=x; sid"], Travel::Loopback, None);
    }

    /// A-SE-01
    #[test]
    fn a_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts() {
        let secure = write(SESSION, "x", None, Travel::Https);
        assert_eq!(secure, "__Host-sid=x; Path=/; HttpOnly; SameSite=Lax; Secure");
        let gone = write(SESSION, "", Some(0), Travel::Loopback);
        assert_eq!(gone, "sid=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
