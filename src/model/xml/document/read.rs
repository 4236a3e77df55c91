//! Which tree is this text?

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::{Document, Element, Node, QualifiedName};
use crate::issue::Code;
use crate::limits::{ATTRIBUTES_MAX, DEPTH_MAX};
use crate::syntax::Syntax;
use crate::xml::is_character;

/// Reads one XML document, all of it.
pub fn parse(xml: &[u8]) -> Result<Document, Syntax> {
    let xml = xml.strip_prefix(b"\xef\xbb\xbf").unwrap_or(xml);
    let text = std::str::from_utf8(xml).map_err(|wrong| {
        Syntax::locate(Code::InvalidUtf8, "the text is not UTF-8".to_owned(), xml, wrong.valid_up_to())
    })?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut builder = Builder { reader, nodes: Vec::new(), open: Vec::new(), place: 0 };
    if let Some(place) = text.find(|letter| !is_character(letter)) {
        return Err(Syntax::locate(
            Code::MalformedXml,
            "this character cannot stand in XML".to_owned(),
            xml,
            place,
        ));
    }
    let read = builder.document();
    let place = builder.place;
    read.map_err(|message| Syntax::locate(Code::MalformedXml, message, xml, place))?;
    Ok(Document { nodes: builder.nodes })
}

struct Builder<'a> {
    reader: NsReader<&'a [u8]>,
    nodes: Vec<Node>,
    /// The elements that have not ended, outermost first.
    open: Vec<Element>,
    place: usize,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<(), String> {
        loop {
            self.place = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
            let event = self.reader.read_event();
            let event = event.map_err(|wrong| format!("the text is not well-formed XML: {wrong}"))?;
            match event {
                Event::Start(tag) => {
                    let element = self.element(&tag)?;
                    if self.open.len() == DEPTH_MAX {
                        return Err(format!("nested deeper than the limit of {DEPTH_MAX} levels"));
                    }
                    self.open.push(element);
                }
                Event::Empty(tag) => {
                    let element = self.element(&tag)?;
                    self.put(Node::Element(element))?;
                }
                Event::End(_) => {
                    let element = self.open.pop().ok_or("an end tag has no start")?;
                    self.put(Node::Element(element))?;
                }
                Event::Text(text) => {
                    let text = text.xml10_content().into_owned();
                    self.text(&text)?;
                }
                Event::CData(data) => {
                    let text = data.xml10_content().into_owned();
                    self.text(&text)?;
                }
                Event::GeneralRef(reference) => {
                    let letter = match reference.resolve_char_ref() {
                        Ok(Some(letter)) if is_character(letter) => letter.to_string(),
                        Ok(None) => {
                            named(&reference).ok_or("an entity is used that is not declared")?.to_owned()
                        }
                        _ => return Err("a reference stands for no character of XML".to_owned()),
                    };
                    self.text(&letter)?;
                }
                Event::Comment(comment) => {
                    let text = comment.xml10_content().into_owned();
                    self.put(Node::Comment(text))?;
                }
                Event::PI(instruction) => {
                    let (target, content) =
                        (instruction.target().to_owned(), instruction.content().trim_start().to_owned());
                    if !is_name(&target) {
                        return Err(format!("`{target}` is no name"));
                    }
                    self.put(Node::Instruction(target, content))?;
                }
                Event::Decl(_) if self.place == 0 => {}
                Event::Decl(_) => {
                    return Err("an XML declaration may only stand at the very beginning".to_owned());
                }
                Event::DocType(_) => return Err("a document type is not allowed".to_owned()),
                Event::Eof => return self.end(),
            }
        }
    }

    fn end(&self) -> Result<(), String> {
        let roots = self.nodes.iter().filter(|node| node.as_element().is_some()).count();
        match (self.open.is_empty(), roots) {
            (false, _) => Err("the document ends inside an element".to_owned()),
            (true, 1) => Ok(()),
            (true, _) => Err("exactly one root element is expected".to_owned()),
        }
    }

    fn put(&mut self, node: Node) -> Result<(), String> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.nodes.push(node),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(parent) => match parent.children.last_mut() {
                Some(Node::Text(before)) => before.push_str(text),
                _ => parent.children.push(Node::Text(text.to_owned())),
            },
            None if text.trim_ascii().is_empty() => {}
            None => return Err("text stands outside the root element".to_owned()),
        }
        Ok(())
    }

    fn element(&self, tag: &BytesStart<'a>) -> Result<Element, String> {
        let (space, _) = self.reader.resolver().resolve_element(tag.name());
        let name = qualified(tag.name(), &space)?;
        let mut element =
            Element { name, declarations: Vec::new(), attributes: Vec::new(), children: Vec::new() };
        for (count, attribute) in tag.attributes().enumerate() {
            if count == ATTRIBUTES_MAX {
                return Err(format!("an element has more attributes than the limit of {ATTRIBUTES_MAX}"));
            }
            let attribute =
                attribute.map_err(|wrong| format!("the attributes are not well-formed: {wrong}"))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value
                .map_err(|_| format!("the attribute `{}` has a value that is not XML", attribute.key.0))?;
            if !value.chars().all(is_character) {
                return Err(format!("the attribute `{}` has a value that is not XML", attribute.key.0));
            }
            let value = value.into_owned();
            if attribute.key.as_namespace_binding().is_some() {
                let prefix = attribute.key.0.strip_prefix("xmlns:").unwrap_or_default();
                element.declarations.push((prefix.to_owned(), value));
            } else {
                let (space, _) = self.reader.resolver().resolve_attribute(attribute.key);
                element.attributes.push((qualified(attribute.key, &space)?, value));
            }
        }
        Ok(element)
    }
}

fn qualified(name: QName<'_>, space: &ResolveResult<'_>) -> Result<QualifiedName, String> {
    let space = match space {
        ResolveResult::Bound(space) => space.0.to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(format!("the prefix of `{}` is not declared", name.0)),
    };
    let prefix = name.prefix().map(|prefix| prefix.into_inner().to_owned()).unwrap_or_default();
    if !is_name(name.local_name().into_inner()) || !(prefix.is_empty() || is_name(&prefix)) {
        return Err(format!("`{}` is no name", name.0.trim()));
    }
    Ok(QualifiedName { prefix, local: name.local_name().into_inner().to_owned(), space })
}

/// Whether XML allows the text as a name without prefix: <https://www.w3.org/TR/xml-names/#NT-NCName>.
pub fn is_name(text: &str) -> bool {
    let begins = |letter: char| letter.is_alphabetic() || letter == '_';
    let goes_on =
        |letter: char| begins(letter) || letter.is_numeric() || matches!(letter, '-' | '.' | '\u{b7}');
    text.starts_with(begins) && text.chars().all(goes_on)
}

/// The entities that XML brings along.
fn named(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        _ => None,
    }
}
