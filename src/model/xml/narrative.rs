//! Which text is the narrative's `div`?
//!
//! JSON carries the `div` as a string of XHTML, with its namespace declared on it:
//! <https://hl7.org/fhir/R4/narrative.html>. Which HTML is allowed in it is for validation to say; here
//! it must only be well-formed, so that it can stand in a document.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::{XHTML, is_character};
use crate::limits::{ATTRIBUTES_MAX, DEPTH_MAX};

/// Characters that text must hold by reference, or that line ends would be taken for.
const IN_TEXT: Kept = |letter| matches!(letter, '<' | '>' | '&' | '\r');
/// Those that attributes must.
const IN_TAG: Kept = |letter| IN_TEXT(letter) || matches!(letter, '"' | '\'' | '\n' | '\t');
/// In comments and the like, nothing is a reference.
const ALL: Kept = |_| true;

type Kept = fn(char) -> bool;

/// Returns the text of the `div` whose start tag, just read, begins at `place`; the reader is behind it then.
///
/// Where the namespace is not declared on the `div` itself, the text is made to stand alone. Numeric
/// references become the characters they stand for, and line ends newlines.
pub(super) fn read(
    reader: &mut NsReader<&[u8]>,
    text: &str,
    place: usize,
    start: &Event<'_>,
) -> Result<String, String> {
    let (tag, mut depth) = match start {
        Event::Start(tag) => (tag, 1),
        Event::Empty(tag) => (tag, 0),
        _ => unreachable!("a narrative begins with a start tag"),
    };
    let prefix = prefix_length(tag.name());
    let end = position(reader);
    let start = match declares_itself(tag) {
        true => text[place..end].to_owned(),
        false => format!("<div xmlns=\"{XHTML}\"{}", &text[place + 1 + prefix + "div".len()..end]),
    };
    let mut div = String::with_capacity(2 * start.len());
    push_resolved(&mut div, &start, IN_TAG);
    while depth > 0 {
        let before = position(reader);
        let (space, event) = reader.read_resolved_event().map_err(|wrong| wrong.to_string())?;
        let foreign = prefix > 0 && !is_xhtml(&space);
        // How much of the markup stands before the name, the name, and which references must stay.
        let (before_name, name, kept) = match &event {
            Event::Start(_) | Event::Empty(_) if foreign => {
                return Err("the narrative mixes namespaces".to_owned());
            }
            Event::Start(tag) | Event::Empty(tag) => (1, Some(tag.name()), IN_TAG),
            Event::End(tag) => (2, Some(tag.name()), IN_TAG),
            Event::Eof => return Err("the document ends inside the narrative".to_owned()),
            Event::GeneralRef(_) => (0, None, IN_TEXT),
            _ => (0, None, ALL),
        };
        // Beside a prefix that goes, those that mean the same namespace go too.
        let dropped = if prefix > 0 { name.map_or(0, prefix_length) } else { 0 };
        depth += usize::from(matches!(event, Event::Start(_)));
        depth -= usize::from(matches!(event, Event::End(_)));
        if depth > DEPTH_MAX {
            return Err(format!("the narrative is nested deeper than the limit of {DEPTH_MAX} levels"));
        }
        let raw = &text[before..position(reader)];
        div.push_str(&raw[..before_name]);
        push_resolved(&mut div, &raw[before_name + dropped..], kept);
    }
    let div = with_plain_line_ends(div);
    check(&div)?;
    Ok(div)
}

/// Says what keeps `div` from standing in an XML document as a narrative.
pub(super) fn check(div: &str) -> Result<(), String> {
    if !div.chars().all(is_character) {
        return Err("the narrative holds a character that XML cannot hold".to_owned());
    }
    let mut reader = NsReader::from_str(div);
    reader.config_mut().check_comments = true;
    let mut open = 0_usize;
    let mut roots = 0;
    loop {
        let event = reader.read_event().map_err(|wrong| format!("the narrative is not XHTML: {wrong}"))?;
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                if open == 0 {
                    roots += 1;
                    check_root(&reader, tag, roots)?;
                }
                check_tag(&reader, tag)?;
                open += usize::from(matches!(event, Event::Start(_)));
                if open > DEPTH_MAX {
                    return Err(format!(
                        "the narrative is nested deeper than the limit of {DEPTH_MAX} levels"
                    ));
                }
            }
            Event::End(_) => open -= 1,
            Event::Text(text) if open > 0 && text.contains("]]>") => {
                return Err("`]]>` must be escaped in the narrative".to_owned());
            }
            Event::Text(text) if open == 0 && !is_space(text) => {
                return Err("text stands outside the narrative's div".to_owned());
            }
            Event::GeneralRef(reference) => check_reference(reference, open)?,
            Event::CData(_) if open == 0 => return Err("text stands outside the narrative's div".to_owned()),
            Event::DocType(_) | Event::Decl(_) => {
                return Err("a narrative has no declaration and no document type".to_owned());
            }
            Event::Eof if open == 0 && roots == 1 => return Ok(()),
            Event::Eof => return Err("the narrative is not one complete div".to_owned()),
            _ => {}
        }
    }
}

fn check_root(reader: &NsReader<&[u8]>, tag: &BytesStart<'_>, roots: usize) -> Result<(), String> {
    let (space, name) = reader.resolver().resolve_element(tag.name());
    if roots == 1 && is_xhtml(&space) && name.into_inner() == "div" {
        return Ok(());
    }
    Err(format!("the narrative must be one div in the namespace {XHTML}"))
}

fn check_tag(reader: &NsReader<&[u8]>, tag: &BytesStart<'_>) -> Result<(), String> {
    let unbound = |space: &ResolveResult<'_>| matches!(space, ResolveResult::Unknown(_));
    let name = tag.name();
    if !is_name(name.0) || unbound(&reader.resolver().resolve_element(name).0) {
        return Err(format!("the narrative has an element with the impossible name `{}`", name.0));
    }
    for (count, attribute) in tag.attributes().enumerate() {
        if count == ATTRIBUTES_MAX {
            return Err(format!(
                "the narrative has more attributes in one tag than the limit of {ATTRIBUTES_MAX}"
            ));
        }
        let attribute = attribute.map_err(|wrong| format!("the narrative is not XHTML: {wrong}"))?;
        let key = attribute.key;
        let declares = key.as_namespace_binding().is_some();
        if !is_name(key.0) || !declares && unbound(&reader.resolver().resolve_attribute(key).0) {
            return Err(format!("the narrative has an attribute with the impossible name `{}`", key.0));
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        if attribute.value.contains('<') || !value.is_ok_and(|value| value.chars().all(is_character)) {
            return Err(format!("the narrative's attribute `{}` has a value that is not XML", key.0));
        }
    }
    Ok(())
}

fn check_reference(reference: &BytesRef<'_>, open: usize) -> Result<(), String> {
    let known = match reference.resolve_char_ref() {
        Ok(Some(letter)) => is_character(letter),
        Ok(None) => matches!(&**reference, "amp" | "lt" | "gt" | "quot" | "apos"),
        Err(_) => false,
    };
    if known && open > 0 {
        return Ok(());
    }
    Err(format!("the narrative refers to `&{};`, which XML does not know here", &**reference))
}

fn declares_itself(tag: &BytesStart<'_>) -> bool {
    let plain = tag.name().prefix().is_none();
    plain && tag.try_get_attribute("xmlns").is_ok_and(|found| found.is_some())
}

/// Bytes of the name's prefix and its colon.
fn prefix_length(name: QName<'_>) -> usize {
    name.prefix().map_or(0, |prefix| prefix.into_inner().len() + 1)
}

fn is_xhtml(space: &ResolveResult<'_>) -> bool {
    matches!(space, ResolveResult::Bound(Namespace(XHTML)))
}

/// Whether XML allows the name. Letters beyond ASCII are not told apart from other characters there.
fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    let starts = |letter: char| letter.is_ascii_alphabetic() || letter == '_' || letter >= '\u{c0}';
    let goes_on = |letter| starts(letter) || matches!(letter, '0'..='9' | '-' | '.' | ':' | '\u{b7}');
    letters.next().is_some_and(starts) && letters.all(goes_on)
}

/// Appends `raw` with its numeric references resolved, as the published JSON has them, but those to `kept`.
fn push_resolved(div: &mut String, raw: &str, kept: Kept) {
    let mut rest = raw;
    while let Some(start) = rest.find("&#") {
        let (plain, reference) = rest.split_at(start);
        let end = reference.find(';').map_or(reference.len(), |end| end + 1);
        let (reference, after) = reference.split_at(end);
        div.push_str(plain);
        match character(reference).filter(|letter| is_character(*letter) && !kept(*letter)) {
            Some(letter) => div.push(letter),
            None => div.push_str(reference),
        }
        rest = after;
    }
    div.push_str(rest);
}

/// The character that `&#233;` or `&#xE9;` stands for.
fn character(reference: &str) -> Option<char> {
    let digits = reference.strip_prefix("&#")?.strip_suffix(';')?;
    let code = match digits.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    code.ok().and_then(char::from_u32)
}

/// XML has every reader see a line's end as one newline.
fn with_plain_line_ends(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

pub(super) fn is_space(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

fn position(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).expect("a place in memory fits a usize")
}
