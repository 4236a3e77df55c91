//! What tree does this XML text make?

use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{Namespace, QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::gather::{Made, beside, put, without_blank_arrays};
use super::narrative::{self, is_space};
use super::shape::{Form, Leaf, Node, Part, Shape};
use super::{FHIR, SCHEMA_INSTANCE, XHTML, is_character};
use crate::issue::Code;
use crate::limits::{ATTRIBUTES_MAX, DEPTH_MAX, NUMBER_LENGTH_MAX};
use crate::syntax::Syntax;
use crate::value::{Name, Number, Object, Text, Value};

/// Reads one XML document, all of it, as a resource.
pub fn parse(xml: &[u8], shape: &dyn Shape) -> Result<Value, Syntax> {
    let xml = xml.strip_prefix(b"\xef\xbb\xbf").unwrap_or(xml);
    let text = match std::str::from_utf8(xml) {
        Ok(text) => text,
        Err(wrong) => {
            let message = "the text is not UTF-8".to_owned();
            return Err(Syntax::locate(Code::InvalidUtf8, message, xml, wrong.valid_up_to()));
        }
    };
    let mut xml_reader = NsReader::from_str(text);
    xml_reader.config_mut().check_comments = true;
    let mut reader = Reader { xml: xml_reader, text, shape, place: 0, open: Vec::new(), root: None };
    reader.document().map_err(|failure| {
        let path = reader.path();
        let message = match path.is_empty() {
            true => failure.message,
            false => format!("{} at `{path}`", failure.message),
        };
        Syntax::locate(failure.code, message, xml, reader.place)
    })
}

struct Failure {
    code: Code,
    message: String,
}

fn fail<T>(code: Code, message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure { code, message: message.into() })
}

fn malformed<T>(message: impl Into<String>) -> Result<T, Failure> {
    fail(Code::MalformedXml, message)
}

struct Reader<'a> {
    xml: NsReader<&'a [u8]>,
    text: &'a str,
    shape: &'a dyn Shape,
    /// Where what is being read begins.
    place: usize,
    /// The elements that have not ended, outermost first.
    open: Vec<Element>,
    root: Option<Value>,
}

/// An element that has not ended.
struct Element {
    name: Name,
    /// Its place among its like, when it repeats.
    index: Option<usize>,
    kind: Kind,
    /// The members read so far; of a primitive, those beside its value.
    object: Object,
    /// Levels of JSON down to `object`, itself included.
    depth: usize,
}

enum Kind {
    Object(Node),
    Primitive(Leaf, Option<Value>),
    /// An element that holds a resource as its only child.
    Wrapper(Option<Value>),
    Resource(Node),
}

impl Kind {
    /// Whose members may stand in the element.
    fn node(&self, shape: &dyn Shape) -> Option<Node> {
        match self {
            Kind::Object(node) | Kind::Resource(node) => Some(*node),
            Kind::Primitive(..) => Some(shape.element()),
            Kind::Wrapper(_) => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    Fhir,
    Xhtml,
    Other,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Value, Failure> {
        if let Some(place) = self.text.find(|letter| !is_character(letter)) {
            self.place = place;
            return malformed("this character cannot stand in XML");
        }
        loop {
            self.place = usize::try_from(self.xml.buffer_position()).expect("a place in memory fits a usize");
            let (space, event) = match self.xml.read_resolved_event() {
                Ok((space, event)) => (space_of(&space), event),
                Err(wrong) => return malformed(format!("the text is not well-formed XML: {wrong}")),
            };
            match &event {
                Event::Start(tag) => self.element(tag, space, &event)?,
                Event::Empty(tag) => {
                    let open = self.open.len();
                    self.element(tag, space, &event)?;
                    if self.open.len() > open {
                        self.close()?;
                    }
                }
                Event::End(_) => self.close()?,
                Event::Text(text) if is_space(text) => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return malformed("text stands where only elements may stand");
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(declaration) => self.declaration(declaration)?,
                Event::DocType(_) => return malformed("a document type is not allowed"),
                Event::Eof => return self.end(),
            }
        }
    }

    fn end(&mut self) -> Result<Value, Failure> {
        if !self.open.is_empty() {
            return malformed("the document ends inside an element");
        }
        match self.root.take() {
            Some(resource) => Ok(resource),
            None => fail(Code::EmptyBody, "the body is empty where XML is expected"),
        }
    }

    fn declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), Failure> {
        if self.place > 0 {
            return malformed("an XML declaration may only stand at the very beginning");
        }
        if !declaration.version().is_ok_and(|version| version == "1.0") {
            return malformed("only XML 1.0 is read");
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
            Some(_) => malformed("the declared encoding is not UTF-8"),
        }
    }

    fn element(&mut self, tag: &BytesStart<'a>, space: Space, event: &Event<'a>) -> Result<(), Failure> {
        let name = tag.local_name().into_inner();
        let Some(parent) = self.open.last() else {
            return self.root(tag, space, name);
        };
        let Some(node) = parent.kind.node(self.shape) else {
            return self.wrapped(tag, space, name);
        };
        let Some(part) = self.shape.part(node, name).filter(|part| part.form != Form::Attribute) else {
            return fail(Code::UnknownElement, format!("the element `{name}` does not exist here"));
        };
        let expected = if part.form == Form::Narrative { Space::Xhtml } else { Space::Fhir };
        if space != expected {
            let message =
                format!("the element `{name}` stands in another namespace than its definition says");
            return fail(Code::UnknownElement, message);
        }
        let (depth, index) = self.enter(part, name)?;
        let kind = match part.form {
            Form::Primitive(leaf) => Kind::Primitive(leaf, None),
            Form::Object(node) => Kind::Object(node),
            Form::Resource => Kind::Wrapper(None),
            Form::Narrative => return self.narrative(name, event),
            Form::Attribute => unreachable!("attributes were refused above"),
        };
        self.open.push(Element { name: name.into(), index, kind, object: Object::new(), depth });
        self.attributes(tag)
    }

    fn root(&mut self, tag: &BytesStart<'a>, space: Space, name: &str) -> Result<(), Failure> {
        if self.root.is_some() {
            return malformed("content follows the end of the root element");
        }
        if space != Space::Fhir {
            let message = format!("the root element `{name}` is not in the namespace {FHIR}");
            return fail(Code::NotAResource, message);
        }
        self.resource(tag, name, 1)
    }

    fn wrapped(&mut self, tag: &BytesStart<'a>, space: Space, name: &str) -> Result<(), Failure> {
        let wrapper = self.open.last().expect("a wrapper is open");
        if matches!(wrapper.kind, Kind::Wrapper(Some(_))) || space != Space::Fhir {
            return fail(Code::InvalidStructure, "exactly one resource is expected here");
        }
        self.resource(tag, name, wrapper.depth)
    }

    fn resource(&mut self, tag: &BytesStart<'a>, name: &str, depth: usize) -> Result<(), Failure> {
        let Some(node) = self.shape.resource(name) else {
            return fail(Code::UnknownResource, format!("there is no resource type `{name}`"));
        };
        let mut object = Object::with_capacity(8);
        object.push(Name::const_new("resourceType"), name.into());
        self.open.push(Element { name: name.into(), index: None, kind: Kind::Resource(node), object, depth });
        self.attributes(tag)
    }

    /// Checks that the element may stand here once more; returns the depth of its object and its index.
    fn enter(&self, part: Part, name: &str) -> Result<(usize, Option<usize>), Failure> {
        let parent = self.open.last().expect("the caller found it");
        let before = parent.object.get(name);
        let companion = matches!(part.form, Form::Primitive(_)) && parent.object.get(&beside(name)).is_some();
        if !part.repeats && (before.is_some() || companion) {
            return fail(Code::DuplicateMember, format!("the element `{name}` may stand here only once"));
        }
        let depth = parent.depth + 1 + usize::from(part.repeats);
        // A primitive without id and extensions has no object of its own.
        let needed = if matches!(part.form, Form::Primitive(_)) { depth - 1 } else { depth };
        if needed > DEPTH_MAX {
            return fail(Code::TooDeep, format!("nested deeper than the limit of {DEPTH_MAX} levels"));
        }
        Ok((depth, part.repeats.then(|| before.map_or(0, |items| items.items().len()))))
    }

    fn attributes(&mut self, tag: &BytesStart<'a>) -> Result<(), Failure> {
        for (count, attribute) in tag.attributes().enumerate() {
            if count == ATTRIBUTES_MAX {
                return malformed(format!(
                    "an element has more attributes than the limit of {ATTRIBUTES_MAX}"
                ));
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(wrong) => return malformed(format!("the attributes are not well-formed: {wrong}")),
            };
            if attribute.key.as_namespace_binding().is_some() || self.is_schema_location(attribute.key) {
                continue;
            }
            let key = attribute.key.0;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = match value {
                Ok(value) if !attribute.value.contains('<') && value.chars().all(is_character) => value,
                _ => return malformed(format!("the attribute `{key}` has a value that is not XML")),
            };
            self.attribute(key, &value)?;
        }
        Ok(())
    }

    fn is_schema_location(&self, key: QName<'_>) -> bool {
        let (space, name) = self.xml.resolver().resolve_attribute(key);
        matches!(space, ResolveResult::Bound(Namespace(SCHEMA_INSTANCE)))
            && name.into_inner() == "schemaLocation"
    }

    fn attribute(&mut self, key: &str, text: &str) -> Result<(), Failure> {
        let element = self.open.last_mut().expect("the caller pushed it");
        if let (Kind::Primitive(leaf, value), "value") = (&mut element.kind, key) {
            *value = Some(primitive(*leaf, text)?);
            return Ok(());
        }
        let part = element.kind.node(self.shape).and_then(|node| self.shape.part(node, key));
        if part.is_none_or(|part| part.form != Form::Attribute) {
            return fail(Code::UnknownElement, format!("the attribute `{key}` does not exist here"));
        }
        if element.depth > DEPTH_MAX {
            return fail(Code::TooDeep, format!("nested deeper than the limit of {DEPTH_MAX} levels"));
        }
        element.object.push(key.into(), text.into());
        Ok(())
    }

    fn narrative(&mut self, name: &str, start: &Event<'a>) -> Result<(), Failure> {
        match narrative::read(&mut self.xml, self.text, self.place, start) {
            Ok(div) => {
                let parent = self.open.last_mut().expect("a narrative stands in an element");
                parent.object.push(name.into(), div.into());
                Ok(())
            }
            Err(message) => malformed(message),
        }
    }

    /// Ends the innermost element and gives it to its parent.
    fn close(&mut self) -> Result<(), Failure> {
        let element = self.open.last_mut().expect("the XML reader pairs start and end tags");
        let object = std::mem::take(&mut element.object);
        let object = without_blank_arrays(object);
        let (value, beside) = match &mut element.kind {
            Kind::Object(_) | Kind::Resource(_) => (Some(Value::Object(object)), None),
            Kind::Wrapper(resource) => (resource.take(), None),
            Kind::Primitive(_, value) => (value.take(), (!object.is_empty()).then_some(object)),
        };
        if value.is_none() && beside.is_none() {
            return fail(Code::InvalidStructure, "the element is empty");
        }
        let element = self.open.pop().expect("it was there above");
        match self.open.last_mut() {
            None => self.root = value,
            Some(Element { kind: Kind::Wrapper(resource), .. }) => *resource = value,
            Some(parent) => {
                let made = Made { name: &element.name, index: element.index, value, beside };
                put(&mut parent.object, made);
            }
        }
        Ok(())
    }

    /// Where in the resource the reader is, as a FHIRPath.
    fn path(&self) -> String {
        let mut path = String::new();
        let mut wrapped = false;
        for element in &self.open {
            if !wrapped {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(&element.name);
            }
            if let Some(index) = element.index {
                path.push_str(&format!("[{index}]"));
            }
            wrapped = matches!(element.kind, Kind::Wrapper(_));
        }
        path
    }
}

fn primitive(leaf: Leaf, text: &str) -> Result<Value, Failure> {
    match leaf {
        Leaf::String => Ok(Value::String(Text::from(text))),
        Leaf::Boolean if text == "true" => Ok(Value::Bool(true)),
        Leaf::Boolean if text == "false" => Ok(Value::Bool(false)),
        Leaf::Boolean => fail(Code::InvalidStructure, "`true` or `false` is expected"),
        Leaf::Number if text.len() > NUMBER_LENGTH_MAX => {
            let message = format!("the number is longer than the limit of {NUMBER_LENGTH_MAX} characters");
            fail(Code::NumberTooLong, message)
        }
        Leaf::Number => match Number::new(text) {
            Some(number) => Ok(Value::Number(number)),
            None => fail(Code::InvalidStructure, "a number is expected"),
        },
    }
}

fn space_of(space: &ResolveResult<'_>) -> Space {
    match space {
        ResolveResult::Bound(Namespace(FHIR)) => Space::Fhir,
        ResolveResult::Bound(Namespace(XHTML)) => Space::Xhtml,
        _ => Space::Other,
    }
}
