//! Is this narrative XHTML that is safe to show?
//!
//! Well-formed, of the elements and attributes that FHIR allows, without anything active:
//! <https://hl7.org/fhir/R4/narrative.html#xhtml>. It is read once, from the front to the back, because every write
//! has a narrative and often it is the greater part of it.

use crate::limits::{NARRATIVE_DEPTH_MAX, NARRATIVE_EXCERPT_BYTES_MAX};

/// Attributes that only these elements may have.
static ATTRIBUTES_OF: &[(&str, &[&str])] = &[
    ("a", &["charset", "coords", "href", "hreflang", "name", "rel", "rev", "shape", "type"]),
    ("area", &["alt", "coords", "href", "nohref", "shape"]),
    ("blockquote", &["cite"]),
    ("img", &["alt", "border", "height", "ismap", "longdesc", "src", "usemap", "width"]),
    ("map", &["name"]),
    ("ol", &["type"]),
    ("pre", &["space", "xml:space"]),
    ("q", &["cite"]),
    ("table", &["border", "cellpadding", "cellspacing", "frame", "rules", "summary", "width"]),
    ("td", &["nowrap"]),
];

/// Levels that room is made for at once; hardly a narrative is deeper.
const USUAL_DEPTH: usize = 16;

/// What a safe narrative holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Narrative<'t> {
    /// Whether there is something to see: text that is not white space alone, or an image.
    pub has_content: bool,
    /// Where its links within it lead: what stands behind the `#`.
    pub links: Vec<&'t str>,
    /// The ids and names in it that links may lead to.
    pub anchors: Vec<&'t str>,
}

/// Reads a narrative, or says what is wrong with the first part that is.
pub fn read(div: &str) -> Result<Narrative<'_>, String> {
    let mut reader =
        Reader { rest: div.trim(), open: Vec::with_capacity(USUAL_DEPTH), found: Narrative::default() };
    let mut is_begun = false;
    while !reader.rest.is_empty() {
        let text = reader.text()?;
        if reader.open.is_empty() && (is_begun || !text.is_empty()) {
            return Err("a narrative is one `div` and nothing beside it".to_owned());
        }
        if let Some(comment) = reader.rest.strip_prefix("!--") {
            reader.rest = comment.split_once("-->").ok_or("a comment in the narrative does not end")?.1;
        } else if let Some(end) = reader.rest.strip_prefix('/') {
            reader.rest = end;
            reader.end_tag()?;
        } else {
            let name = reader.start_tag()?;
            if !is_begun && name != "div" {
                return Err(format!("a narrative begins with `div`, not with `{name}`"));
            }
            is_begun = true;
        }
    }
    match reader.open.last() {
        Some(name) => Err(format!("the element `{name}` in the narrative does not end")),
        None if !is_begun => Err("the narrative has no `div`".to_owned()),
        None => Ok(reader.found),
    }
}

struct Reader<'t> {
    rest: &'t str,
    open: Vec<&'t str>,
    found: Narrative<'t>,
}

impl<'t> Reader<'t> {
    /// Takes the text before the next tag, and the `<` of the tag.
    fn text(&mut self) -> Result<&'t str, String> {
        let (length, has_reference) = until(self.rest, b'<', b'&');
        if length == self.rest.len() {
            return Err("there is text behind the end of the narrative's `div`".to_owned());
        }
        let (text, tag) = self.rest.split_at(length);
        self.rest = &tag[1..];
        if has_reference {
            references(text)?;
        }
        self.found.has_content =
            self.found.has_content || text.bytes().any(|byte| !byte.is_ascii_whitespace());
        Ok(text)
    }

    /// Takes a start tag behind its `<` and returns its name.
    fn start_tag(&mut self) -> Result<&'t str, String> {
        let ends = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
        let length = self.rest.bytes().position(ends).ok_or("a tag in the narrative does not end")?;
        let (name, rest) = self.rest.split_at(length);
        if !is_element(name) {
            return Err(format!("the element `{}` is not allowed in a narrative", excerpt(name)));
        }
        self.found.has_content |= name == "img";
        self.rest = rest;
        loop {
            let rest = self.rest.trim_ascii_start();
            if let Some(rest) = rest.strip_prefix('>') {
                self.rest = rest;
                self.open.push(name);
                break;
            }
            if let Some(rest) = rest.strip_prefix("/>") {
                self.rest = rest;
                break;
            }
            self.rest = rest;
            self.attribute(name)?;
        }
        if self.open.len() > NARRATIVE_DEPTH_MAX {
            return Err(format!("the narrative is nested deeper than the limit of {NARRATIVE_DEPTH_MAX}"));
        }
        Ok(name)
    }

    /// Takes an end tag behind its `</`.
    fn end_tag(&mut self) -> Result<(), String> {
        let open = self.open.pop().unwrap_or_default();
        let rest = self.rest.strip_prefix(open).map(str::trim_ascii_start);
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix('>')).filter(|_| !open.is_empty()) {
            self.rest = rest;
            return Ok(());
        }
        let (name, _) = self.rest.split_once('>').ok_or("a tag in the narrative does not end")?;
        Err(format!("the end of `{}` in the narrative closes nothing", excerpt(name.trim_end())))
    }

    /// Takes one attribute of `element`.
    fn attribute(&mut self, element: &str) -> Result<(), String> {
        let (name, value, rest) = split_attribute(self.rest)
            .ok_or_else(|| format!("an attribute of `{element}` in the narrative has no value in quotes"))?;
        self.rest = rest;
        if !is_allowed(element, name) {
            let name = excerpt(name);
            return Err(format!("the attribute `{name}` of `{element}` is not allowed in a narrative"));
        }
        let (length, has_reference) = until(value, b'<', b'&');
        if length < value.len() {
            return Err(format!("the attribute `{name}` of `{element}` in the narrative holds `<`"));
        }
        if has_reference {
            references(value)?;
        }
        if is_active(name, value) {
            return Err(format!(
                "the attribute `{name}` of `{element}` in the narrative holds active content"
            ));
        }
        match name {
            "href" => self.found.links.extend(value.strip_prefix('#')),
            "id" | "name" => self.found.anchors.push(value),
            _ => {}
        }
        Ok(())
    }
}

/// The attribute that a text begins with: its name, its value, and what follows.
fn split_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let equals = text.bytes().position(|byte| byte == b'=')?;
    let name = text[..equals].trim_ascii_end();
    let rest = text[equals + 1..].trim_ascii_start();
    let quote = *rest.as_bytes().first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let rest = &rest[1..];
    let (length, _) = until(rest, quote, quote);
    Some((name, &rest[..length], rest.get(length + 1..)?))
}

fn is_allowed(element: &str, attribute: &str) -> bool {
    let own = || ATTRIBUTES_OF.iter().find(|(known, _)| *known == element);
    is_attribute(attribute) || own().is_some_and(|(_, own)| own.contains(&attribute))
}

/// Whether a browser would run something for this attribute.
fn is_active(name: &str, value: &str) -> bool {
    // What stands between the letters is passed over, as browsers do.
    let plain = || -> String {
        let letters = value.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control());
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    match name {
        "href" | "src" | "cite" | "longdesc" | "usemap" => {
            if hides_scheme(value) {
                return true;
            }
            // Nearly all links are seen to be harmless by their first letter.
            let mut letters = value.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control());
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            matches!(first, Some('j' | 'v' | 'd')) && {
                let plain = plain();
                ["javascript:", "vbscript:", "data:text/html"].iter().any(|scheme| plain.starts_with(scheme))
            }
        }
        // Both have one of these letters.
        "style" if value.bytes().any(|byte| matches!(byte, b'j' | b'J' | b'(')) => {
            let plain = plain();
            plain.contains("javascript:") || plain.contains("expression(")
        }
        _ => false,
    }
}

/// Whether a reference to a character stands where the scheme of a link would, and may be a letter of it.
fn hides_scheme(link: &str) -> bool {
    link.bytes().find(|byte| matches!(byte, b'/' | b'?' | b'#' | b'&')) == Some(b'&')
}

/// Checks that every `&` begins a reference to a character.
fn references(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some(place) = rest.bytes().position(|byte| byte == b'&') {
        rest = &rest[place + 1..];
        let name = rest.split_once(';').map_or("", |(name, _)| name);
        let digits = name.strip_prefix('#').unwrap_or(name);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("the narrative holds `&` that begins no reference to a character".to_owned());
        }
    }
    Ok(())
}

/// Chapters 7 to 11, without 9.4, and 15 of HTML 4.0, links and images.
///
/// Alternatives and no table: the compiler tells them by length and then by all letters at once.
#[rustfmt::skip]
fn is_element(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr" | "acronym" | "address" | "area" | "b" | "bdo" | "big" | "blockquote" | "br" | "caption"
            | "cite" | "code" | "col" | "colgroup" | "dd" | "dfn" | "div" | "dl" | "dt" | "em" | "h1" | "h2" | "h3"
            | "h4" | "h5" | "h6" | "hr" | "i" | "img" | "kbd" | "li" | "map" | "ol" | "p" | "pre" | "q" | "samp"
            | "small" | "span" | "strong" | "sub" | "sup" | "table" | "tbody" | "td" | "tfoot" | "th" | "thead"
            | "tr" | "tt" | "ul" | "var"
    )
}

/// Attributes that every element may have, those of tables among them.
#[rustfmt::skip]
fn is_attribute(name: &str) -> bool {
    matches!(
        name,
        "abbr" | "accesskey" | "align" | "axis" | "char" | "charoff" | "class" | "colspan" | "dir" | "headers"
            | "id" | "lang" | "rowspan" | "scope" | "span" | "style" | "tabindex" | "title" | "valign" | "width"
            | "xml:lang" | "xmlns"
    )
}

/// How many bytes stand before `end`, all where it is not there, and whether `noted` may be among them.
///
/// Sixteen bytes are asked at once, because narratives are long and most of their bytes mean nothing here.
fn until(text: &str, end: u8, noted: u8) -> (usize, bool) {
    let bytes = text.as_bytes();
    let mut is_noted = false;
    let mut length = 0;
    while let Some(sixteen) = bytes[length..].first_chunk::<16>() {
        let sixteen = u128::from_le_bytes(*sixteen);
        is_noted |= matches(sixteen, noted) != 0;
        let ends = matches(sixteen, end);
        if ends != 0 {
            return (length + ends.trailing_zeros() as usize / 8, is_noted);
        }
        length += 16;
    }
    for byte in &bytes[length..] {
        if *byte == end {
            break;
        }
        is_noted |= *byte == noted;
        length += 1;
    }
    (length, is_noted)
}

/// The high bit of each byte that is `wanted`; bytes behind the first such one may have theirs set too.
fn matches(sixteen: u128, wanted: u8) -> u128 {
    const LOW: u128 = u128::from_le_bytes([0x01; 16]);
    const HIGH: u128 = u128::from_le_bytes([0x80; 16]);
    let zero_where_equal = sixteen ^ (LOW * u128::from(wanted));
    zero_where_equal.wrapping_sub(LOW) & !zero_where_equal & HIGH
}

/// The beginning of a name, for a message.
fn excerpt(text: &str) -> &str {
    &text[..text.floor_char_boundary(NARRATIVE_EXCERPT_BYTES_MAX)]
}

#[cfg(test)]
mod tests;
