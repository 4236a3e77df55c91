//! Is this narrative one that may be shown?
//!
//! <https://hl7.org/fhir/R4/narrative.html#rules>: a `div` of XHTML with content, of basic elements and harmless
//! attributes, without scripts.

/// The elements that a narrative may hold.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

/// The attributes that any of them may have.
const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "cellhalign",
    "cellpadding",
    "cellspacing",
    "cellvalign",
    "char",
    "charoff",
    "charset",
    "cite",
    "class",
    "colspan",
    "compact",
    "coords",
    "dir",
    "frame",
    "headers",
    "height",
    "href",
    "hreflang",
    "hspace",
    "id",
    "lang",
    "longdesc",
    "name",
    "nowrap",
    "rel",
    "rev",
    "rowspan",
    "rules",
    "scope",
    "shape",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "valign",
    "value",
    "vspace",
    "width",
    "xml:lang",
    "xmlns",
];

/// Whether the text is such a `div`.
pub(super) fn is_safe(text: &str) -> bool {
    let (mut rest, mut open, mut content) = (text.trim(), Vec::new(), false);
    if !rest.starts_with("<div") {
        return false;
    }
    while !rest.is_empty() {
        let Some(begin) = rest.find('<') else { return false };
        content |= !rest[..begin].trim().is_empty();
        rest = &rest[begin..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            let Some(length) = comment.find("-->") else { return false };
            rest = &comment[length + 3..];
            continue;
        }
        let Some(length) = end_of_tag(rest) else { return false };
        let tag = &rest[1..length];
        rest = &rest[length + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.trim()) {
                return false;
            }
            if open.is_empty() {
                return content && rest.trim().is_empty();
            }
            continue;
        }
        let (inner, closed) = tag.strip_suffix('/').map_or((tag, false), |inner| (inner, true));
        let name = inner.split_whitespace().next().unwrap_or_default();
        if !ELEMENTS.contains(&name) || !attributes_are_safe(&inner[name.len()..]) {
            return false;
        }
        content |= name == "img";
        if !closed {
            open.push(name);
        } else if open.is_empty() {
            return content && rest.trim().is_empty();
        }
    }
    false
}

/// Where the tag that the text begins with ends; a `>` inside a quoted value does not end it.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some(place),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

fn attributes_are_safe(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some((name, behind)) = rest.split_once('=') else { return false };
        let behind = behind.trim_start();
        let Some(quote) = behind.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
            return false;
        };
        let Some(length) = behind[1..].find(quote) else { return false };
        let value = behind[1..=length].trim().to_ascii_lowercase();
        if !ATTRIBUTES.contains(&name.trim()) || value.starts_with("javascript:") {
            return false;
        }
        rest = behind[length + 2..].trim_start();
    }
    true
}
