//! What tree does this JSON text make?

use std::collections::HashSet;

use crate::issue::Code;
use crate::limits::{DEPTH_MAX, NUMBER_LENGTH_MAX};
use crate::syntax::Syntax;
use crate::value::{Name, Number, Object, Text, Value, scan_number};

/// Members of one object up to which duplicates are found by looking at each; beyond, by hashing.
const DUPLICATES_BY_SIGHT_MAX: usize = 24;

/// Reads one JSON text, all of it.
pub fn parse(json: &[u8]) -> Result<Value, Syntax> {
    let text = match std::str::from_utf8(json) {
        Ok(text) => text,
        Err(wrong) => {
            let failure = Failure::new(wrong.valid_up_to(), Code::InvalidUtf8, "the text is not UTF-8");
            return Err(failure.locate(json));
        }
    };
    let mut reader = Reader { text, bytes: json, place: 0 };
    reader.document().map_err(|failure| failure.locate(json))
}

struct Failure {
    place: usize,
    code: Code,
    message: String,
}

impl Failure {
    fn new(place: usize, code: Code, message: impl Into<String>) -> Self {
        Self { place, code, message: message.into() }
    }

    fn locate(self, json: &[u8]) -> Syntax {
        Syntax::locate(self.code, self.message, json, self.place)
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    place: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, Failure> {
        self.skip_space();
        if self.place == self.bytes.len() {
            return Err(self.fail(Code::EmptyBody, "the body is empty where JSON is expected"));
        }
        let value = self.value(0)?;
        self.skip_space();
        if self.place < self.bytes.len() {
            return Err(self.fail(Code::MalformedJson, "content follows the end of the JSON value"));
        }
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Failure> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.fail(Code::MalformedJson, "a JSON value is expected here")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Failure> {
        self.enter(depth)?;
        let mut object = Object::with_capacity(4);
        let mut names = HashSet::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Value::Object(object));
        }
        loop {
            self.skip_space();
            let start = self.place;
            if self.peek() != Some(b'"') {
                return Err(self.fail(Code::MalformedJson, "a member's name in quotes is expected here"));
            }
            let name = self.string()?;
            if is_duplicate(&object, &mut names, &name) {
                let message = format!("the member `{name}` stands twice in one object");
                return Err(Failure::new(start, Code::DuplicateMember, message));
            }
            self.skip_space();
            self.expect(b':', "a colon is expected after a member's name")?;
            self.skip_space();
            let value = self.value(depth)?;
            object.push(name, value);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::Object(object));
            }
            self.expect(b',', "a comma or a closing brace is expected here")?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, Failure> {
        self.enter(depth)?;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',', "a comma or a closing bracket is expected here")?;
        }
    }

    fn enter(&mut self, depth: usize) -> Result<(), Failure> {
        if depth > DEPTH_MAX {
            return Err(
                self.fail(Code::TooDeep, format!("nested deeper than the limit of {DEPTH_MAX} levels"))
            );
        }
        self.place += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<Value, Failure> {
        let rest = &self.bytes[self.place..];
        let Some(length) = scan_number(rest) else {
            return Err(self.fail(Code::MalformedJson, "this is not a JSON number"));
        };
        if length > NUMBER_LENGTH_MAX {
            let message = format!("the number is longer than the limit of {NUMBER_LENGTH_MAX} characters");
            return Err(self.fail(Code::NumberTooLong, message));
        }
        let text = &self.text[self.place..self.place + length];
        if rest
            .get(length)
            .is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, b'.' | b'+' | b'-'))
        {
            return Err(self.fail(Code::MalformedJson, "this is not a JSON number"));
        }
        self.place += length;
        Ok(Value::Number(Number::new(text).expect("the scan accepted all of it")))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Failure> {
        if !self.bytes[self.place..].starts_with(word.as_bytes()) {
            return Err(self.fail(Code::MalformedJson, format!("`{word}` is expected here")));
        }
        self.place += word.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<Text, Failure> {
        let start = self.place + 1;
        let plain = self.plain_length(start);
        if self.bytes.get(start + plain) == Some(&b'"') {
            self.place = start + plain + 1;
            return Ok(Text::from(&self.text[start..start + plain]));
        }
        self.place = start;
        self.escaped_string()
    }

    /// Reads a string that holds at least one escape, or does not end.
    fn escaped_string(&mut self) -> Result<Text, Failure> {
        let mut text = String::new();
        loop {
            let plain = self.plain_length(self.place);
            text.push_str(&self.text[self.place..self.place + plain]);
            self.place += plain;
            match self.peek() {
                Some(b'"') => {
                    self.place += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => {
                    return Err(self.fail(Code::MalformedJson, "a control character must be escaped"));
                }
                None => return Err(self.fail(Code::MalformedJson, "the text ends inside a string")),
            }
        }
    }

    /// Counts the bytes from `start` that stand for themselves.
    fn plain_length(&self, start: usize) -> usize {
        let ends = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        let rest = &self.bytes[start..];
        rest.iter().position(ends).unwrap_or(rest.len())
    }

    fn escape(&mut self) -> Result<char, Failure> {
        let letter = self.bytes.get(self.place + 1).copied();
        let plain = match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.fail(Code::MalformedJson, "this escape does not exist in JSON")),
        };
        self.place += 2;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Result<char, Failure> {
        let start = self.place;
        let first = self.hex_unit()?;
        let code_point = if (0xD800..0xDC00).contains(&first) && self.bytes[self.place..].starts_with(b"\\u")
        {
            let second = self.hex_unit()?;
            let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
            low.map(|low| 0x10000 + ((first - 0xD800) << 10) + low)
        } else {
            Some(first)
        };
        code_point
            .and_then(char::from_u32)
            .ok_or_else(|| Failure::new(start, Code::MalformedJson, "half of a surrogate pair stands alone"))
    }

    fn hex_unit(&mut self) -> Result<u32, Failure> {
        let digits = self.bytes.get(self.place + 2..self.place + 6);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let text = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(unit) = text.and_then(|text| u32::from_str_radix(text, 16).ok()) else {
            return Err(self.fail(Code::MalformedJson, "four hexadecimal digits are expected after \\u"));
        };
        self.place += 6;
        Ok(unit)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.place).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.place += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, message: &str) -> Result<(), Failure> {
        if self.take(byte) { Ok(()) } else { Err(self.fail(Code::MalformedJson, message)) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.place += 1;
        }
    }

    fn fail(&self, code: Code, message: impl Into<String>) -> Failure {
        Failure::new(self.place, code, message)
    }
}

/// Whether `name` stands in `object` already; `names` is filled once the object has grown wide.
fn is_duplicate(object: &Object, names: &mut HashSet<Name>, name: &Name) -> bool {
    if object.len() < DUPLICATES_BY_SIGHT_MAX {
        return object.get(name).is_some();
    }
    if names.is_empty() {
        names.extend(object.iter().map(|(name, _)| Name::from(name)));
    }
    !names.insert(name.clone())
}
