//! What was asked of the reference server, and in which test?
//!
//! A recording names for each test its requests with the status of their answers; bodies were not recorded. That the
//! server was asked for more pages tells how many resources it had found.

use std::path::Path;

use model::{Value, json};

/// A test of Inferno.
pub(crate) struct Test {
    /// Its own name, without those of the groups around it.
    pub(crate) name: String,
    /// The name of the group that it stands in.
    pub(crate) group: String,
    /// Its requests in order.
    pub(crate) exchanges: Vec<Exchange>,
}

/// A request.
pub(crate) struct Exchange {
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// The path below the FHIR base, without its leading slash.
    pub(crate) path: String,
    /// Names and values of the query, decoded.
    pub(crate) pairs: Vec<(String, String)>,
    /// The status of the answer.
    pub(crate) status: String,
    /// How many more pages of ten were asked for.
    pub(crate) more_pages: usize,
}

/// Where the FHIR base of the recorded URLs ends.
const BASE_END: &str = "/reference-server/r4";

/// The tests of a recording, in order.
pub(crate) fn read(path: &Path) -> Vec<Test> {
    let text = std::fs::read(path).expect("the suite is readable");
    let recorded = json::parse(&text).expect("the recording is JSON");
    recorded.items().iter().filter_map(test).collect()
}

fn test(result: &Value) -> Option<Test> {
    let mut names = result.text("test_id")?.rsplit('-');
    let (name, group) = (names.next()?.to_owned(), names.next()?.to_owned());
    let mut exchanges: Vec<Exchange> = Vec::new();
    for request in result.get("requests").map_or(&[][..], Value::items) {
        let target = request.text("url")?.split_once(BASE_END)?.1;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if query.starts_with("_getpages") {
            exchanges.last_mut()?.more_pages += 1;
            continue;
        }
        let Some(Value::Number(status)) = request.get("status") else { return None };
        exchanges.push(Exchange {
            method: request.text("verb")?.to_uppercase(),
            path: path.trim_start_matches('/').to_owned(),
            pairs: pairs(query),
            status: status.as_str().to_owned(),
            more_pages: 0,
        });
    }
    Some(Test { name, group, exchanges })
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let decoded = parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    });
    decoded.collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| *first == b'%');
        let code = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &behind[2..]).1,
            None => (bytes.push(*first), rest = behind).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The query of these pairs, percent-encoded.
pub(crate) fn query(pairs: &[(String, String)]) -> String {
    let parts = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    parts.collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
