//! Where may browsers be sent back to?
//!
//! To `https` places, to programs on this computer, and to apps that own a scheme of their own:
//! <https://www.rfc-editor.org/rfc/rfc8252#section-7> (A-AZ-14).

use std::fmt;

/// Characters of a redirect URI at most; browsers and proxies take no more than a few thousand.
const REDIRECT_URI_MAX: usize = 2_000;

/// Why browsers may not be sent there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectError {
    /// It is not a URI that stands for itself.
    Malformed,
    /// It is longer than any browser takes.
    TooLong,
    /// It has a part behind `#`.
    Fragment,
    /// It has a `*`, and places are compared letter for letter.
    Wildcard,
    /// It names somebody before an `@`.
    Userinfo,
    /// `http` beyond this computer.
    Insecure,
    /// A scheme that no app owns: those of apps are domain names turned round, such as `org.example.app`.
    Scheme,
}

/// Refuses a redirect URI that is not to be registered.
pub fn check_redirect_uri(uri: &str) -> Result<(), RedirectError> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`');
    let (scheme, rest) = uri.split_once(':').ok_or(RedirectError::Malformed)?;
    match uri {
        _ if uri.len() > REDIRECT_URI_MAX => return Err(RedirectError::TooLong),
        _ if !uri.bytes().all(is_plain) => return Err(RedirectError::Malformed),
        _ if uri.contains('#') => return Err(RedirectError::Fragment),
        _ if uri.contains('*') => return Err(RedirectError::Wildcard),
        _ => {}
    }
    let web = |rest: &str| rest.strip_prefix("//").and_then(authority).ok_or(RedirectError::Malformed);
    match scheme {
        "https" => host(&web(rest)?).map(drop),
        "http" if is_loopback(host(&web(rest)?)?) => Ok(()),
        "http" => Err(RedirectError::Insecure),
        own if is_of_an_app(own) => Ok(()),
        _ => Err(RedirectError::Scheme),
    }
}

/// What stands between `//` and the path.
fn authority(rest: &str) -> Option<String> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    (end > 0).then(|| rest[..end].to_owned())
}

fn host(authority: &str) -> Result<&str, RedirectError> {
    if authority.contains('@') {
        return Err(RedirectError::Userinfo);
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(is_name),
    };
    if is_host && port.is_none_or(is_port) { Ok(host) } else { Err(RedirectError::Malformed) }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// A domain name turned round; a dot keeps out every scheme that browsers know, `javascript` and `data` among them.
fn is_of_an_app(scheme: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.contains('.')
        && scheme.bytes().all(is_letter)
}

impl fmt::Display for RedirectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Malformed => "it is not an absolute URI",
            Self::TooLong => "it is longer than 2000 characters",
            Self::Fragment => "it has a part behind `#`",
            Self::Wildcard => "it has a `*`, and places are compared letter for letter",
            Self::Userinfo => "it names somebody before an `@`",
            Self::Insecure => "it is `http` and not on this computer",
            Self::Scheme => "its scheme is neither `https` nor an app's own, such as `org.example.app`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_places_loopback_and_apps_may_be_registered() {
        for uri in [
            "https://app.example",
            "https://app.example:8443/back?a=b",
            "http://localhost:3000/back",
            "http://127.0.0.1/back",
            "http://[::1]:80/",
            "https://[2001:db8::1]/x",
            "org.example.app:/back",
            "org.example.app://back",
        ] {
            assert_eq!(check_redirect_uri(uri), Ok(()), "{uri}");
        }
    }

    #[test]
    fn every_other_place_is_refused_a_az_14() {
        for (uri, why) in [
            ("javascript:alert(1)", RedirectError::Scheme),
            ("data:text/html,x", RedirectError::Scheme),
            ("file:///etc/passwd", RedirectError::Scheme),
            ("HTTPS://app.example/", RedirectError::Scheme),
            ("http://app.example/", RedirectError::Insecure),
            ("http://localhost.evil.example/", RedirectError::Insecure),
            ("http://localhost@evil.example/", RedirectError::Userinfo),
            ("https://*.example/", RedirectError::Wildcard),
            ("https://app.example/#x", RedirectError::Fragment),
            ("https:///back", RedirectError::Malformed),
            ("https:app.example", RedirectError::Malformed),
            ("https://app.example\\@evil.example/", RedirectError::Malformed),
            ("https://app.example:port/", RedirectError::Malformed),
            ("https://app.example/a b", RedirectError::Malformed),
            ("/back", RedirectError::Malformed),
            ("", RedirectError::Malformed),
        ] {
            assert_eq!(check_redirect_uri(uri), Err(why), "{uri}");
        }
        let long = format!("https://app.example/{}", "x".repeat(REDIRECT_URI_MAX));
        assert_eq!(check_redirect_uri(&long), Err(RedirectError::TooLong));
    }
}
