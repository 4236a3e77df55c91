//! What comes next in a file of tags?
//!
//! As much of <https://www.w3.org/TR/xml/> as ClaML and the tabular list of ICD-10-CM need, one piece in memory at a
//! time: elements with attributes, text, comments and instructions that are passed over. Text is UTF-8, entities are
//! the five of XML and numbers; a document type with declarations of its own is refused, as nothing here needs one.

use std::collections::VecDeque;
use std::io::{BufRead, Read};

use super::Defect;
use crate::limits::{RECORD_BYTES_MAX, TAGS_DEPTH_MAX};

/// A piece of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// An element begins.
    Open(Element),
    /// The element of this name ends.
    Close(String),
    /// Text, its entities resolved.
    Text(String),
}

/// The beginning of an element.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// An attribute; empty when it is not there.
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A file, piece by piece.
pub(super) struct Tags<'a> {
    file: String,
    reader: Box<dyn BufRead + 'a>,
    line: u64,
    /// The elements that are open, outermost first.
    open: Vec<String>,
    /// What was read and not yet told.
    waiting: VecDeque<Piece>,
    /// Whether a `<` was read that begins the next piece.
    is_at_tag: bool,
    has_begun: bool,
}

impl<'a> Tags<'a> {
    pub(super) fn new(file: &str, reader: Box<dyn BufRead + 'a>) -> Self {
        let (open, waiting) = (Vec::new(), VecDeque::new());
        Self { file: file.to_owned(), reader, line: 1, open, waiting, is_at_tag: false, has_begun: false }
    }

    /// A refusal of the place that was reached.
    pub(super) fn refuse(&self, message: impl Into<String>) -> Defect {
        Defect::at(&self.file, self.line, message)
    }

    /// The next piece; `None` when the file ends with no element open.
    pub(super) fn next_piece(&mut self) -> Result<Option<Piece>, Defect> {
        loop {
            if let Some(piece) = self.waiting.pop_front() {
                return Ok(Some(piece));
            }
            if self.is_at_tag {
                self.is_at_tag = false;
                self.read_tag()?;
                continue;
            }
            let text = self.until(b'<')?;
            let Some(text) = text.strip_suffix('<') else {
                return match self.open.last() {
                    Some(open) => {
                        Err(self.refuse(format!("the file ends within `{open}`, as if it had been cut")))
                    }
                    None if self.has_begun => Ok(None),
                    None => Err(self.refuse("the file has no element")),
                };
            };
            self.is_at_tag = true;
            if !self.open.is_empty() && !text.is_empty() {
                return Ok(Some(Piece::Text(self.resolved(text)?)));
            }
        }
    }

    /// Reads what a `<` has begun.
    fn read_tag(&mut self) -> Result<(), Defect> {
        let mut tag = self.until(b'>')?;
        while !is_complete(&tag) {
            let more = self.until(b'>')?;
            if more.is_empty() {
                return Err(self.refuse("the file ends within a tag, as if it had been cut"));
            }
            tag.push_str(&more);
            if tag.len() > RECORD_BYTES_MAX {
                return Err(self.too_long());
            }
        }
        let tag = &tag[..tag.len() - 1];
        if let Some(text) = tag.strip_prefix("![CDATA[").and_then(|rest| rest.strip_suffix("]]")) {
            self.waiting.push_back(Piece::Text(text.to_owned()));
        } else if tag.starts_with("!DOCTYPE") && tag.contains('[') {
            return Err(self.refuse("a document type with declarations of its own is not read"));
        } else if let Some(name) = tag.strip_prefix('/') {
            self.close(name.trim())?;
        } else if !tag.starts_with(['!', '?']) {
            self.begin(tag)?;
        }
        Ok(())
    }

    fn begin(&mut self, tag: &str) -> Result<(), Defect> {
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let end = tag.find(char::is_whitespace).unwrap_or(tag.len());
        let (name, rest) = tag.split_at(end);
        if name.is_empty() {
            return Err(self.refuse("a tag has no name"));
        }
        if self.open.len() >= TAGS_DEPTH_MAX {
            return Err(self.refuse(format!("elements stand more than the limit of {TAGS_DEPTH_MAX} deep")));
        }
        let attributes = self.attributes(rest)?;
        self.has_begun = true;
        self.waiting.push_back(Piece::Open(Element { name: name.to_owned(), attributes }));
        self.open.push(name.to_owned());
        if is_empty { self.close(name) } else { Ok(()) }
    }

    fn close(&mut self, name: &str) -> Result<(), Defect> {
        match self.open.pop() {
            Some(open) if open == name => {
                self.waiting.push_back(Piece::Close(open));
                Ok(())
            }
            Some(open) => Err(self.refuse(format!("`{open}` was open where `{name}` is closed"))),
            None => Err(self.refuse(format!("`{name}` is closed and was not open"))),
        }
    }

    fn attributes(&self, text: &str) -> Result<Vec<(String, String)>, Defect> {
        let mut found = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let parsed = rest.split_once('=').and_then(|(name, value)| {
                let value = value.trim_start();
                let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
                let (value, after) = value[1..].split_once(quote)?;
                Some((name.trim(), value, after))
            });
            let Some((name, value, after)) = parsed else {
                return Err(self.refuse("an attribute has no value in quotes"));
            };
            found.push((name.to_owned(), self.resolved(value)?));
            rest = after.trim_start();
        }
        Ok(found)
    }

    /// The text up to and with the next such byte, or up to the end of the file.
    fn until(&mut self, end: u8) -> Result<String, Defect> {
        let mut bytes = Vec::new();
        let mut limited = Read::take(&mut self.reader, RECORD_BYTES_MAX as u64 + 1);
        let read = limited.read_until(end, &mut bytes);
        read.map_err(|error| self.refuse(format!("the file cannot be read: {error}")))?;
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(self.too_long());
        }
        self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        String::from_utf8(bytes).map_err(|_| self.refuse("the text is not in UTF-8"))
    }

    fn too_long(&self) -> Defect {
        self.refuse(format!("a tag or text is longer than the limit of {RECORD_BYTES_MAX} bytes"))
    }

    fn resolved(&self, text: &str) -> Result<String, Defect> {
        let mut parts = text.split('&');
        let mut resolved = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let entity = part.split_once(';').and_then(|(name, rest)| Some((entity(name)?, rest)));
            let Some((letter, rest)) = entity else {
                return Err(self.refuse("the text has a `&` that begins no entity of XML"));
            };
            resolved.push(letter);
            resolved.push_str(rest);
        }
        Ok(resolved)
    }
}

/// Whether a tag ends with the `>` that it is read up to, and not with one inside it.
fn is_complete(tag: &str) -> bool {
    if tag.starts_with("!--") {
        return tag.len() > 5 && tag.ends_with("-->");
    }
    if tag.starts_with("![CDATA[") {
        return tag.ends_with("]]>");
    }
    let mut quote = None;
    for letter in tag.chars() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    quote.is_none() && tag.ends_with('>')
}

fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds the pieces of a text, or why it is refused, against what is expected.
    fn check(text: &str, expected: &str) {
        let mut tags = Tags::new("f", Box::new(std::io::Cursor::new(text.to_owned())));
        let mut told = Vec::new();
        let refused = loop {
            match tags.next_piece() {
                Ok(Some(Piece::Open(element))) => {
                    let attributes =
                        element.attributes.iter().map(|(name, value)| format!(" {name}={value}"));
                    told.push(format!("<{}{}>", element.name, attributes.collect::<String>()));
                }
                Ok(Some(Piece::Close(name))) => told.push(format!("</{name}>")),
                Ok(Some(Piece::Text(text))) => told.push(text),
                Ok(None) => break None,
                Err(refused) => break Some(refused.to_string()),
            }
        };
        assert_eq!(refused.unwrap_or_else(|| told.concat()), expected);
    }

    #[test]
    fn elements_attributes_and_text_are_told() {
        let text = "<?xml version='1.0'?><!DOCTYPE a SYSTEM \"a.dtd\">\n<a b=\"1 &gt; 0\" c='>'>x &amp; &#233;<d/><![CDATA[<&]]></a>\n";
        check(text, "<a b=1 > 0 c=>>x & é<d></d><&</a>");
        check("<a><!-- <b> -- > --></a >", "<a></a>");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        check("<a>\n<b>", "f, line 2: the file ends within `b`, as if it had been cut");
        check("<a>\n</b>", "f, line 2: `a` was open where `b` is closed");
        check("<a b=1>", "f, line 1: an attribute has no value in quotes");
        check("<a>&nbsp;</a>", "f, line 1: the text has a `&` that begins no entity of XML");
        check("<a b=\"", "f, line 1: the file ends within a tag, as if it had been cut");
        check(
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>",
            "f, line 1: a document type with declarations of its own is not read",
        );
        check("", "f, line 1: the file has no element");
        let deep = "<a>".repeat(TAGS_DEPTH_MAX + 1);
        check(&deep, "f, line 1: elements stand more than the limit of 100 deep");
    }
}
