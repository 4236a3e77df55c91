//! Where in an XML text does a path lead?
//!
//! Reads texts that were parsed before; of any other it may say anything, in time linear in the text.

use super::path::Step;

/// Returns the place of the start tag that the steps lead to. Ids and URLs, which are attributes, stand in
/// the tag of the element that has them.
pub(super) fn find(text: &[u8], steps: &[Step<'_>]) -> Option<usize> {
    let mut tags = Tags { text, at: 0 };
    let root = tags.next().filter(|tag| tag.kind != Kind::End)?;
    let Some((first, rest)) = steps.split_first() else { return Some(root.place) };
    let mut wanted = Wanted { step: first, rest, left: first.index, holder: root.place };
    // How deep the next tag lies below the element whose children are looked at.
    let mut depth = 0_usize;
    for tag in tags {
        match tag.kind {
            Kind::End if depth == 0 => break,
            Kind::End => depth -= 1,
            // A resource inside another stands in an element of its type's name.
            Kind::Start if depth == 0 && is_resource(tag.name) => {}
            Kind::Start | Kind::Empty if depth == 0 && wanted.step.names(tag.name) => {
                if wanted.left > 0 {
                    wanted.left -= 1;
                    depth += usize::from(tag.kind == Kind::Start);
                    continue;
                }
                let Some((step, rest)) = wanted.rest.split_first() else { return Some(tag.place) };
                wanted = Wanted { step, rest, left: step.index, holder: tag.place };
                if tag.kind == Kind::Empty {
                    break;
                }
            }
            Kind::Start => depth += 1,
            Kind::Empty => {}
        }
    }
    let is_attribute = wanted.rest.is_empty() && matches!(wanted.step.name, "id" | "url");
    is_attribute.then_some(wanted.holder)
}

struct Wanted<'s, 'p> {
    step: &'s Step<'p>,
    rest: &'s [Step<'p>],
    /// How many of the name are to be passed over.
    left: usize,
    holder: usize,
}

fn is_resource(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Start,
    Empty,
    End,
}

struct Tag<'t> {
    kind: Kind,
    /// Without prefix.
    name: &'t str,
    place: usize,
}

/// The tags of a text in order.
struct Tags<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Iterator for Tags<'t> {
    type Item = Tag<'t>;

    fn next(&mut self) -> Option<Tag<'t>> {
        loop {
            let place = self.at + self.text.get(self.at..)?.iter().position(|byte| *byte == b'<')?;
            let rest = &self.text[place..];
            let passed_over = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")];
            if let Some((_, end)) = passed_over.iter().find(|(begin, _)| rest.starts_with(begin.as_bytes())) {
                self.at = place + position(rest, end.as_bytes())? + end.len();
                continue;
            }
            let length = tag_length(rest)?;
            self.at = place + length;
            let inner = &rest[1..length - 1];
            let kind = match inner {
                [b'/', ..] => Kind::End,
                [.., b'/'] => Kind::Empty,
                _ => Kind::Start,
            };
            let inner = inner.strip_prefix(b"/").unwrap_or(inner);
            let end = inner.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/');
            let name = std::str::from_utf8(&inner[..end.unwrap_or(inner.len())]).ok()?;
            let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
            return Some(Tag { kind, name, place });
        }
    }
}

/// The bytes from `<` to `>`, which may stand in quotes before.
fn tag_length(text: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in text.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(place + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
