//! Is this text a value of that kind? Each function answers none where it is not.

use std::path::PathBuf;

use http::Uri;

use super::{LogFormat, LogLevel};

/// The words for log formats.
pub(super) const LOG_FORMATS: &[(&str, LogFormat)] = &[
    ("auto", LogFormat::Auto),
    ("text", LogFormat::Text),
    ("json", LogFormat::Json),
    ("off", LogFormat::Off),
];

/// The words for log levels.
pub(super) const LOG_LEVELS: &[(&str, LogLevel)] = &[
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

/// Reads one of a few words.
pub(super) fn words<T: Copy>(value: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| *word == value).map(|(_, meant)| *meant)
}

/// Writes what [`words`] reads.
pub(super) fn text<T: PartialEq>(value: T, words: &[(&str, T)]) -> String {
    words.iter().find(|(_, meant)| *meant == value).map(|(word, _)| (*word).to_owned()).unwrap_or_default()
}

/// Reads yes or no.
pub(super) fn truth(value: &str) -> Option<bool> {
    words(value, &[("true", true), ("false", false)])
}

/// Reads a number of bytes, with a binary unit if one is given.
pub(super) fn bytes(value: &str) -> Option<usize> {
    let digits = value.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let shift = match value[digits.len()..].trim_start() {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse::<usize>().ok()?.checked_mul(1 << shift)).flatten()
}

/// Reads a path, which may be left out; whether something is there shows when it is used.
pub(super) fn path(value: &str) -> Option<Option<PathBuf>> {
    (!value.contains('\0')).then(|| (!value.is_empty()).then(|| PathBuf::from(value)))
}

/// Reads the URL of a database, which may be left out.
pub(super) fn database(value: &str) -> Option<Option<String>> {
    let known = value.starts_with("postgres://") || value.starts_with("postgresql://");
    (known || value.is_empty()).then(|| known.then(|| value.to_owned()))
}

/// Reads the URL under which clients see the server, which may be left out; a slash at its end goes.
pub(super) fn web_base(value: &str) -> Option<Option<String>> {
    if value.is_empty() {
        return Some(None);
    }
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"))?;
    let plain =
        rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'"' | b'\\'));
    let host = !rest.is_empty() && !rest.starts_with('/');
    (plain && host).then(|| Some(value.trim_end_matches('/').to_owned()))
}

/// Reads a URL on the web, which may be left out.
pub(super) fn web(value: &str) -> Option<Option<Uri>> {
    if value.is_empty() {
        return Some(None);
    }
    let url: Uri = value.parse().ok()?;
    let on_the_web = matches!(url.scheme_str(), Some("http" | "https")) && url.query().is_none();
    (on_the_web && url.host().is_some_and(|host| !host.is_empty())).then_some(Some(url))
}

/// Reads the URL of a collector that is spoken to in the clear, which may be left out.
pub(super) fn collector(value: &str) -> Option<Option<Uri>> {
    if value.is_empty() {
        return Some(None);
    }
    let url: Uri = value.parse().ok()?;
    // A password would be of no use: it would be sent in the clear.
    let plain = url.scheme_str() == Some("http")
        && url.query().is_none()
        && !value.contains(['@', '#'])
        && url.host().is_some_and(|host| !host.is_empty());
    // A port that is no number leaves the URL without one.
    let whole = url.authority().map(|authority| authority.as_str()) == url.host();
    let reachable = url.port_u16().map_or(whole, |port| port > 0);
    (plain && reachable).then_some(Some(url))
}

/// Reads what stands between commas.
pub(super) fn listed(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Reads origins separated by commas.
pub(super) fn origins(value: &str) -> Option<Vec<String>> {
    value.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(origin).collect()
}

/// An origin is scheme, host and port, without a path; `*` is any.
fn origin(value: &str) -> Option<String> {
    let host = value.split_once("://").map(|(_, host)| host);
    let plain = host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
    });
    (plain || value == "*").then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_numbers_with_a_binary_unit() {
        for (text, expected) in [
            ("0", Some(0)),
            ("512", Some(512)),
            ("2KiB", Some(2048)),
            ("64 MiB", Some(64 << 20)),
            ("1GiB", Some(1 << 30)),
            ("", None),
            ("-1", None),
            ("1.5MiB", None),
            ("1MB", None),
            ("99999999999999999999", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn a_web_base_is_a_plain_url_without_its_last_slash() {
        assert_eq!(web_base("https://a.example/fhir/"), Some(Some("https://a.example/fhir".into())));
        assert_eq!(web_base(""), Some(None));
        for bad in
            ["a.example/fhir", "ftp://a.example", "http://", "http:///fhir", "http://a/b?c", "http://a b"]
        {
            assert_eq!(web_base(bad), None, "{bad}");
        }
    }

    #[test]
    fn origins_have_no_path() {
        assert_eq!(
            origins("https://a.example, http://b:81"),
            Some(vec!["https://a.example".into(), "http://b:81".into()])
        );
        assert_eq!(origins("*"), Some(vec!["*".into()]));
        assert_eq!(origins(""), Some(vec![]));
        for bad in ["a.example", "https://a.example/x", "https://"] {
            assert_eq!(origins(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_collector_is_spoken_to_in_the_clear() {
        for good in ["http://127.0.0.1:4318", "http://[::1]:4318/", "HTTP://collector/otlp"] {
            assert_eq!(collector(good), Some(good.parse().ok()), "{good}");
        }
        assert_eq!(collector(""), Some(None));
        for bad in [
            "https://127.0.0.1:4318",
            "127.0.0.1:4318",
            "grpc://a:4317",
            "http://",
            "http://me:secret@a:4318",
            "http://a:4318/?b",
            "http://a:99999",
            "http://a:0",
            "http://a:",
            "http://a b",
        ] {
            assert_eq!(collector(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_postgresql_is_named_by_a_url() {
        assert_eq!(database("postgres://u@h/d"), Some(Some("postgres://u@h/d".into())));
        assert_eq!(database(""), Some(None));
        assert_eq!(database("mysql://u@h/d"), None);
    }
}
