//! How is text written where not every character may stand?
//!
//! `encode`, `decode`, `escape` and `unescape` of the continuous build, <https://build.fhir.org/ig/HL7/FHIRPath/>. Base64 and its
//! second alphabet are RFC 4648's, <https://www.rfc-editor.org/rfc/rfc4648>.

use std::fmt::Write;

/// Which two characters follow the letters and digits.
#[derive(Clone, Copy)]
pub(super) enum Alphabet {
    /// `+` and `/`.
    Plain,
    /// `-` and `_`.
    Url,
}

/// What each HTML entity stands for.
const ENTITIES: [(&str, char); 5] = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];

/// Characters of the longest entity that is looked for: `&#x10FFFF;`.
const ENTITY_LENGTH_MAX: usize = 10;

impl Alphabet {
    fn letters(self) -> &'static [u8; 64] {
        match self {
            Self::Plain => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            Self::Url => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        }
    }
}

/// Writes bytes as base64, padded.
pub(super) fn to_base64(bytes: &[u8], alphabet: Alphabet) -> String {
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits =
            (0..3).fold(0, |bits, index| bits << 8 | usize::from(chunk.get(index).copied().unwrap_or(0)));
        for index in 0..4 {
            let letter = alphabet.letters()[bits >> (18 - 6 * index) & 63];
            encoded.push(if index > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    encoded
}

/// Reads base64, padded or not; `None` when it is none.
pub(super) fn from_base64(text: &str, alphabet: Alphabet) -> Option<Vec<u8>> {
    let letters = text.trim_end_matches('=');
    if text.len() - letters.len() > 2 || letters.len() % 4 == 1 {
        return None;
    }
    let (mut bytes, mut bits, mut width) = (Vec::new(), 0u32, 0);
    for letter in letters.bytes() {
        let place = alphabet.letters().iter().position(|known| *known == letter)?;
        bits = (bits << 6 | u32::try_from(place).ok()?) & 0xFFFF;
        width += 6;
        if width >= 8 {
            width -= 8;
            bytes.push(u8::try_from(bits >> width & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

/// Writes bytes as pairs of hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut encoded, byte| {
        write!(encoded, "{byte:02x}").expect("writing to a String cannot fail");
        encoded
    })
}

/// Reads pairs of hexadecimal digits; `None` when there is anything else.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| u8::try_from(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?).ok();
    text.as_bytes().chunks(2).map(pair).collect()
}

/// Writes what HTML would read as markup as entities.
pub(super) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match ENTITIES.iter().find(|(_, meant)| *meant == letter) {
            // HTML 4 knows no `&apos;`.
            Some(("apos", _)) => escaped.push_str("&#39;"),
            Some((entity, _)) => {
                escaped.push('&');
                escaped.push_str(entity);
                escaped.push(';');
            }
            None => escaped.push(letter),
        }
    }
    escaped
}

/// Reads entities; those that are unknown stay as they are.
pub(super) fn unescape_html(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(ENTITY_LENGTH_MAX).position(|byte| byte == b';');
        match end.and_then(|end| Some((end, entity(&rest[1..end])?))) {
            Some((end, letter)) => {
                plain.push(letter);
                rest = &rest[end + 1..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    ENTITIES.iter().find(|(entity, _)| *entity == name).map(|(_, letter)| *letter)
}

/// Writes what a JSON string may not hold as escapes.
pub(super) fn escape_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                write!(escaped, "\\u{:04x}", u32::from(control)).expect("writing to a String cannot fail");
            }
            plain => escaped.push(plain),
        }
    }
    escaped
}

/// Reads the escapes of JSON strings; what is none stays as it is.
pub(super) fn unescape_json(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\\') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let (letter, width) = json_escape(rest).unwrap_or(('\\', 1));
        plain.push(letter);
        rest = &rest[width..];
    }
    plain.push_str(rest);
    plain
}

/// The character that the escape at the start of `text` stands for, and the escape's length.
fn json_escape(text: &str) -> Option<(char, usize)> {
    let letter = match text.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(text),
        _ => return None,
    };
    Some((letter, 2))
}

fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |start: usize| {
        let digits = text.get(start..start + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if let Some(letter) = char::from_u32(first) {
        return Some((letter, 6));
    }
    // Two escapes for one character beyond the basic plane.
    let second = unit(6).filter(|second| (0xDC00..0xE000).contains(second) && first < 0xDC00)?;
    Some((char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?, 12))
}
