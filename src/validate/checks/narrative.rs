//! Is this narrative XHTML that is safe to show?
//!
//! Well-formed, of the elements and attributes that FHIR allows, without anything active:
//! <https://hl7.org/fhir/R4/narrative.html#xhtml>. The invariants txt-1 and txt-2 say only whether; this says
//! what.

use std::collections::HashSet;

use model::{Code, Value};

use super::format::excerpt;
use super::limits::NARRATIVE_DEPTH_MAX;
use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

/// Chapters 7 to 11, without 9.4, and 15 of HTML 4.0, links and images.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "b",
    "bdo",
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
    "kbd",
    "li",
    "map",
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

/// Attributes that every element may have, those of tables among them.
const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "axis",
    "char",
    "charoff",
    "class",
    "colspan",
    "dir",
    "headers",
    "id",
    "lang",
    "rowspan",
    "scope",
    "span",
    "style",
    "tabindex",
    "title",
    "valign",
    "width",
    "xml:lang",
    "xmlns",
];

/// Attributes that only these elements may have.
const ATTRIBUTES_OF: &[(&str, &[&str])] = &[
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

pub(crate) fn check(subject: &Subject<'_>, div: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(div) = div.as_str() else { return };
    if let Err(wrong) = scan(div) {
        findings.error(Code::UnsafeNarrative, place, wrong);
    }
    // The narratives of a Bundle's resources are made to be shown together, and link to each other.
    if text(subject.root, "resourceType") == Some("Bundle") {
        return;
    }
    let is_contained =
        |id: &str| objects(subject.resource, "contained").any(|(_, one)| text(one, "id") == Some(id));
    if let Some(lost) = lost_link(div, is_contained) {
        let message =
            format!("the narrative links to `#{}`, which is neither in it nor contained", excerpt(lost));
        findings.error(Code::UnsafeNarrative, place, message);
    }
}

/// The first link within the narrative that leads to none of its ids and names, nor to a contained resource.
fn lost_link(div: &str, is_contained: impl Fn(&str) -> bool) -> Option<&str> {
    let mut links = values_of(div, "href").filter_map(|link| link.strip_prefix('#')).peekable();
    links.peek()?;
    let anchors: HashSet<&str> = values_of(div, "id").chain(values_of(div, "name")).collect();
    links.find(|id| !id.is_empty() && !anchors.contains(id) && !is_contained(id))
}

/// The values of an attribute, wherever a tag has it.
fn values_of<'a>(div: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    div.match_indices(name).filter_map(move |(place, _)| {
        let before = div[..place].bytes().next_back()?;
        let rest = div[place + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        before.is_ascii_whitespace().then(|| rest[1..].split_once(quote).map(|(value, _)| value))?
    })
}

/// Says what is wrong with the first part that is.
fn scan(div: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = div.trim();
    let mut is_begun = false;
    while !rest.is_empty() {
        let Some(markup) = rest.find('<') else {
            return Err("there is text behind the end of the narrative's `div`".to_owned());
        };
        let (text, tag) = rest.split_at(markup);
        if open.is_empty() && (is_begun || !text.is_empty()) {
            return Err("a narrative is one `div` and nothing beside it".to_owned());
        }
        references(text)?;
        rest = if let Some(comment) = tag.strip_prefix("<!--") {
            comment.split_once("-->").ok_or("a comment in the narrative does not end")?.1
        } else if let Some(end) = tag.strip_prefix("</") {
            let (name, rest) = end.split_once('>').ok_or("a tag in the narrative does not end")?;
            if open.pop() != Some(name.trim_end()) {
                return Err(format!("the end of `{}` in the narrative closes nothing", name.trim_end()));
            }
            rest
        } else {
            let (name, closes, rest) = start_tag(&tag[1..])?;
            if !is_begun && name != "div" {
                return Err(format!("a narrative begins with `div`, not with `{name}`"));
            }
            is_begun = true;
            if !closes {
                open.push(name);
            }
            if open.len() > NARRATIVE_DEPTH_MAX {
                return Err(format!(
                    "the narrative is nested deeper than the limit of {NARRATIVE_DEPTH_MAX}"
                ));
            }
            rest
        };
    }
    match open.last() {
        Some(name) => Err(format!("the element `{name}` in the narrative does not end")),
        None if !is_begun => Err("the narrative has no `div`".to_owned()),
        None => Ok(()),
    }
}

/// Reads a start tag behind its `<`: its name, whether it closes itself, and what follows.
fn start_tag(text: &str) -> Result<(&str, bool, &str), String> {
    let end = text.find(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '/'));
    let (name, mut rest) = text.split_at(end.ok_or("a tag in the narrative does not end")?);
    if !ELEMENTS.contains(&name) {
        return Err(format!("the element `{}` is not allowed in a narrative", excerpt(name)));
    }
    loop {
        rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix("/>") {
            return Ok((name, true, rest));
        }
        if let Some(rest) = rest.strip_prefix('>') {
            return Ok((name, false, rest));
        }
        rest = attribute(name, rest)?;
    }
}

/// Reads one attribute of `element` and returns what follows.
fn attribute<'a>(element: &str, text: &'a str) -> Result<&'a str, String> {
    let unquoted = || format!("an attribute of `{element}` in the narrative has no value in quotes");
    let (name, rest) = text.split_once('=').ok_or_else(unquoted)?;
    let (name, rest) = (name.trim_end(), rest.trim_start());
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or_else(unquoted)?;
    let (value, rest) = rest[1..].split_once(quote).ok_or_else(unquoted)?;
    let own = ATTRIBUTES_OF.iter().find(|(known, _)| *known == element).map_or(&[][..], |(_, own)| own);
    if !ATTRIBUTES.contains(&name) && !own.contains(&name) {
        let name = excerpt(name);
        return Err(format!("the attribute `{name}` of `{element}` is not allowed in a narrative"));
    }
    if value.contains('<') {
        return Err(format!("the attribute `{name}` of `{element}` in the narrative holds `<`"));
    }
    references(value)?;
    if is_active(name, value) {
        return Err(format!("the attribute `{name}` of `{element}` in the narrative holds active content"));
    }
    Ok(rest)
}

/// Whether a browser would run something for this attribute.
fn is_active(name: &str, value: &str) -> bool {
    let plain: String =
        value.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect();
    let plain = plain.to_ascii_lowercase();
    match name {
        "href" | "src" | "cite" | "longdesc" | "usemap" => {
            ["javascript:", "vbscript:", "data:text/html"].iter().any(|scheme| plain.starts_with(scheme))
        }
        "style" => plain.contains("javascript:") || plain.contains("expression("),
        _ => false,
    }
}

/// Checks that every `&` begins a reference to a character.
fn references(text: &str) -> Result<(), String> {
    for (place, _) in text.match_indices('&') {
        let name = text[place + 1..].split_once(';').map_or("", |(name, _)| name);
        let digits = name.strip_prefix('#').unwrap_or(name);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("the narrative holds `&` that begins no reference to a character".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(div: &str, expected: &str) {
        let found = scan(div).err().unwrap_or_default();
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{div}: {found}");
    }

    #[test]
    fn plain_markup_is_allowed() {
        check(
            r#"<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">a &amp; b<br/></p><!-- c --></div>"#,
            "",
        );
        check(r#" <div><a href="http://a.org">a</a> <img src='#i' alt=""/></div> "#, "");
    }

    #[test]
    fn active_content_is_refused() {
        check("<div><script>x</script></div>", "`script`");
        check(r#"<div onclick="x"></div>"#, "`onclick`");
        check(r#"<div><a href=" java&#115;cript:x">a</a></div>"#, "");
        check(r#"<div><a href=" Java	script:x">a</a></div>"#, "active");
        check(r#"<div><iframe src="x"/></div>"#, "`iframe`");
    }

    #[test]
    fn links_within_lead_somewhere() {
        let lost = |div: &str| lost_link(div, |id| id == "contained").map(str::to_owned);
        assert_eq!(lost(r##"<div><a href="#a">a</a><p id="a"/></div>"##), None);
        assert_eq!(lost(r##"<div><a href="#a">a</a><a name='a'/></div>"##), None);
        assert_eq!(lost(r##"<div><a href="#contained">a</a></div>"##), None);
        assert_eq!(lost(r##"<div><a href="#">a</a></div>"##), None);
        assert_eq!(lost(r##"<div><a href="#b">a</a><p id="a"/></div>"##), Some("b".to_owned()));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        check("<div><p></div>", "closes nothing");
        check("<div>", "does not end");
        check("<div></div><div></div>", "nothing beside");
        check("text", "behind the end");
        check("", "no `div`");
        check("<p/>", "begins with `div`");
        check("<div class=x/>", "quotes");
        check("<div>a & b</div>", "`&`");
        check("<div><br></div>", "closes nothing");
    }
}
