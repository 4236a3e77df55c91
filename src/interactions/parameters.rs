//! Which parameters does a query hold?

use model::{Code, Issue};

/// Names and values in the order sent, decoded.
pub type Pairs = Vec<(String, String)>;

/// Reads `a=1&b=x%20y`.
pub fn parse_pairs(query: &str) -> Result<Pairs, Issue> {
    query.split('&').filter(|pair| !pair.is_empty()).map(parse_pair).collect()
}

/// Writes pairs behind a path, each name and value escaped.
pub(crate) fn write_url<'p>(path: String, pairs: impl IntoIterator<Item = &'p (String, String)>) -> String {
    let mut url = path;
    for (place, (name, value)) in pairs.into_iter().enumerate() {
        url.push(if place == 0 { '?' } else { '&' });
        escape(name, &mut url);
        url.push('=');
        escape(value, &mut url);
    }
    url
}

/// Leaves what RFC 3986 lets stand in a query and nobody reads as something else.
fn escape(text: &str, url: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b',' | b'/') {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
}

fn parse_pair(pair: &str) -> Result<(String, String), Issue> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text: &str| {
        percent_decode(text).ok_or_else(|| {
            Issue::error(Code::InvalidParameter, format!("`{name}` holds a broken percent escape"))
        })
    };
    Ok((decode(name)?, decode(value)?))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_broken_escapes_refused() {
        let pairs = parse_pairs("a=1&b=x%20y+z&&c").expect("valid");
        let expected = [("a", "1"), ("b", "x y z"), ("c", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(write_url("Patient".to_owned(), &pairs), "Patient?a=1&b=x%20y%20z&c=");
        let odd = vec![("a&b=".to_owned(), "ü|+#,\\,".to_owned())];
        let url = write_url(String::new(), &odd);
        assert_eq!(parse_pairs(&url[1..]), Ok(odd), "{url}");
        for broken in ["a=%", "a=%2", "a=%zz", "a=%ff"] {
            assert_eq!(parse_pairs(broken).expect_err(broken).code, Code::InvalidParameter);
        }
    }
}
