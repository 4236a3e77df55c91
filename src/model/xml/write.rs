//! What XML text does this tree make?
//!
//! Elements stand in the order of their definitions, as the schemas ask. Nothing is left out silently:
//! a member that the definitions do not know, or that has another form than they say, is an error.

use super::shape::{Form, Leaf, Node, Part, Shape};
use super::{FHIR, is_character, narrative};
use crate::issue::{Code, Issue};
use crate::value::Value;

const INDENT: usize = 2;

/// Why a tree has no XML form, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable {
    /// The stable code.
    pub code: Code,
    /// What was found, and what was expected instead.
    pub message: String,
    /// Where in the resource, as a FHIRPath.
    pub expression: String,
}

impl From<Unwritable> for Issue {
    fn from(unwritable: Unwritable) -> Self {
        Issue::error(unwritable.code, unwritable.message).at(unwritable.expression)
    }
}

/// The resource as XML without any space between elements.
pub fn write(resource: &Value, shape: &dyn Shape) -> Result<Vec<u8>, Unwritable> {
    document(resource, shape, Layout::Compact)
}

/// The resource as XML for people: two spaces a level, a line an element.
pub fn write_pretty(resource: &Value, shape: &dyn Shape) -> Result<Vec<u8>, Unwritable> {
    let mut xml = document(resource, shape, Layout::Pretty)?;
    xml.push(b'\n');
    Ok(xml)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Compact,
    Pretty,
}

fn document(resource: &Value, shape: &dyn Shape, layout: Layout) -> Result<Vec<u8>, Unwritable> {
    let mut writer = Writer { shape, layout, xml: String::with_capacity(2048), path: Vec::new() };
    writer.xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    match writer.resource(resource) {
        Ok(()) => Ok(writer.xml.into_bytes()),
        Err((code, message)) => Err(Unwritable { code, message, expression: writer.expression() }),
    }
}

type Failure = (Code, String);

struct Writer<'a> {
    shape: &'a dyn Shape,
    layout: Layout,
    xml: String,
    /// Names and, where they repeat, places of the elements that are open, the root's first.
    path: Vec<Step<'a>>,
}

struct Step<'a> {
    name: &'a str,
    index: Option<usize>,
    /// Whether the step shows in a FHIRPath; the tag of a contained resource does not.
    shows: bool,
}

/// A member and what stands beside it as `_name`.
struct Entry<'a> {
    name: &'a str,
    part: Part,
    value: Option<&'a Value>,
    beside: Option<&'a Value>,
}

impl<'a> Writer<'a> {
    fn resource(&mut self, resource: &'a Value) -> Result<(), Failure> {
        let object = resource.as_object().ok_or_else(|| wrong("a resource is expected"))?;
        let name = resource
            .text("resourceType")
            .ok_or_else(|| (Code::NotAResource, "the member `resourceType` is missing".to_owned()))?;
        let node = self
            .shape
            .resource(name)
            .ok_or_else(|| (Code::UnknownResource, format!("there is no resource type `{name}`")))?;
        let root = self.path.is_empty();
        self.open(Step { name, index: None, shows: root });
        if root {
            self.xml.push_str(" xmlns=\"");
            self.xml.push_str(FHIR);
            self.xml.push('"');
        }
        let members = object.iter().filter(|(name, _)| *name != "resourceType");
        self.content(members, node)
    }

    /// Writes what follows a start tag's name: attributes, children, end tag.
    fn content(
        &mut self,
        members: impl Iterator<Item = (&'a str, &'a Value)>,
        node: Node,
    ) -> Result<(), Failure> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for (name, value) in members {
            self.member(name, value, node, &mut entries)?;
        }
        if entries.is_empty() {
            self.close_empty();
            return Ok(());
        }
        self.xml.push('>');
        entries.sort_by_key(|entry| entry.part.order);
        for entry in &entries {
            self.entry(entry)?;
        }
        self.close();
        Ok(())
    }

    /// Writes the member, when it is an attribute, or adds it to the entries.
    fn member(
        &mut self,
        name: &'a str,
        value: &'a Value,
        node: Node,
        entries: &mut Vec<Entry<'a>>,
    ) -> Result<(), Failure> {
        let plain = name.strip_prefix('_').unwrap_or(name);
        let stands_beside = plain.len() < name.len();
        let Some(part) = self
            .shape
            .part(node, plain)
            .filter(|part| !stands_beside || matches!(part.form, Form::Primitive(_)))
        else {
            return Err((Code::UnknownElement, format!("the element `{name}` does not exist here")));
        };
        if part.form == Form::Attribute {
            let text = value.as_str().ok_or_else(|| wrong(format!("`{name}` must be a string")))?;
            return self.attribute(name, text);
        }
        let place = entries.iter().position(|entry| entry.name == plain).unwrap_or_else(|| {
            entries.push(Entry { name: plain, part, value: None, beside: None });
            entries.len() - 1
        });
        let entry = &mut entries[place];
        if stands_beside {
            entry.beside = Some(value)
        } else {
            entry.value = Some(value)
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry<'a>) -> Result<(), Failure> {
        if !entry.part.repeats {
            let step = Step { name: entry.name, index: None, shows: true };
            return self.item(entry.part.form, step, entry.value, entry.beside);
        }
        let values = items(entry.name, entry.value)?;
        let companions = items(entry.name, entry.beside)?;
        for index in 0..std::cmp::max(values.len(), companions.len()) {
            let step = Step { name: entry.name, index: Some(index), shows: true };
            self.item(entry.part.form, step, values.get(index), companions.get(index))?;
        }
        Ok(())
    }

    fn item(
        &mut self,
        form: Form,
        step: Step<'a>,
        value: Option<&'a Value>,
        beside: Option<&'a Value>,
    ) -> Result<(), Failure> {
        if form == Form::Narrative {
            return self.narrative(step, value);
        }
        self.open(step);
        match (form, value) {
            (Form::Primitive(leaf), value) => {
                let value = value.filter(|value| **value != Value::Null);
                let beside = beside.filter(|beside| **beside != Value::Null);
                self.primitive(leaf, value, beside)
            }
            (Form::Object(node), Some(Value::Object(object))) => self.content(object.iter(), node),
            (Form::Resource, Some(resource)) => {
                self.xml.push('>');
                self.resource(resource)?;
                self.close();
                Ok(())
            }
            _ => Err(wrong("an object is expected")),
        }
    }

    fn primitive(
        &mut self,
        leaf: Leaf,
        value: Option<&'a Value>,
        beside: Option<&'a Value>,
    ) -> Result<(), Failure> {
        match (leaf, value) {
            (_, None) if beside.is_none() => return Err(wrong("neither a value nor an extension is there")),
            (_, None) => {}
            (Leaf::String, Some(Value::String(text))) => self.attribute("value", text)?,
            (Leaf::Boolean, Some(Value::Bool(truth))) => self.attribute("value", &truth.to_string())?,
            (Leaf::Number, Some(Value::Number(number))) => self.attribute("value", number.as_str())?,
            (Leaf::String, _) => return Err(wrong("a string is expected")),
            (Leaf::Boolean, _) => return Err(wrong("true or false is expected")),
            (Leaf::Number, _) => return Err(wrong("a number is expected")),
        }
        match beside {
            None => self.close_empty(),
            Some(Value::Object(object)) => return self.content(object.iter(), self.shape.element()),
            Some(_) => return Err(wrong("an object with an id or extensions is expected beside the value")),
        }
        Ok(())
    }

    fn narrative(&mut self, step: Step<'a>, value: Option<&'a Value>) -> Result<(), Failure> {
        self.path.push(step);
        let div = value.and_then(Value::as_str).ok_or_else(|| wrong("a string is expected"))?;
        narrative::check(div).map_err(wrong)?;
        self.new_line(self.path.len() - 1);
        self.xml.push_str(div);
        self.path.pop();
        Ok(())
    }

    fn open(&mut self, step: Step<'a>) {
        self.new_line(self.path.len());
        self.xml.push('<');
        self.xml.push_str(step.name);
        self.path.push(step);
    }

    fn close_empty(&mut self) {
        self.xml.push_str("/>");
        self.path.pop();
    }

    fn close(&mut self) {
        let step = self.path.pop().expect("every end closes what was opened");
        self.new_line(self.path.len());
        self.xml.push_str("</");
        self.xml.push_str(step.name);
        self.xml.push('>');
    }

    fn new_line(&mut self, level: usize) {
        if self.layout == Layout::Pretty {
            self.xml.push('\n');
            self.xml.extend(std::iter::repeat_n(' ', level * INDENT));
        }
    }

    /// Writes an attribute so that every reader sees the same text again, line ends and tabs included.
    fn attribute(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        self.xml.push(' ');
        self.xml.push_str(name);
        self.xml.push_str("=\"");
        for letter in text.chars() {
            match letter {
                '&' => self.xml.push_str("&amp;"),
                '<' => self.xml.push_str("&lt;"),
                '"' => self.xml.push_str("&quot;"),
                '\t' => self.xml.push_str("&#9;"),
                '\n' => self.xml.push_str("&#10;"),
                '\r' => self.xml.push_str("&#13;"),
                letter if !is_character(letter) => {
                    let code = u32::from(letter);
                    return Err(wrong(format!("`{name}` holds U+{code:04X}, which XML cannot hold")));
                }
                letter => self.xml.push(letter),
            }
        }
        self.xml.push('"');
        Ok(())
    }

    fn expression(&self) -> String {
        let mut path = String::new();
        for step in self.path.iter().filter(|step| step.shows) {
            path.push_str(if path.is_empty() { "" } else { "." });
            path.push_str(step.name);
            if let Some(index) = step.index {
                path.push_str(&format!("[{index}]"));
            }
        }
        path
    }
}

fn items<'a>(name: &str, value: Option<&'a Value>) -> Result<&'a [Value], Failure> {
    match value {
        None => Ok(&[]),
        Some(Value::Array(items)) if !items.is_empty() => Ok(items),
        Some(_) => Err(wrong(format!("`{name}` repeats, so an array with items is expected"))),
    }
}

fn wrong(message: impl Into<String>) -> Failure {
    (Code::InvalidStructure, message.into())
}
