//! Which tables does the condensed text make?
//!
//! The text is ours and checked by its hash when it is made, so what it lacks is a bug, not a result.

use std::collections::HashMap;

use model::ResourceType;
use model::xml::{Form, Leaf, Node};

use super::{Child, Definitions, Max, TypeDefinition, TypeKind};

/// An `element` line.
struct Line {
    path: &'static str,
    min: u32,
    max: Max,
    flags: &'static str,
    types: &'static str,
}

#[derive(Default)]
struct Tables {
    types: Vec<TypeDefinition>,
    nodes: HashMap<&'static str, Node>,
    /// The lines of each type's own elements.
    lines: Vec<Vec<Line>>,
}

/// Reads the condensed text whole.
pub(super) fn read(text: &'static str) -> Definitions {
    let mut tables = Tables::default();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_else(|| panic!("a field is missing in `{line}`"));
        match field() {
            "type" => {
                let (name, kind, base) = (field(), kind(field()), field());
                tables.add(name, kind, (base != "-").then_some(base));
                let place = tables.types.len() - 1;
                tables.types[place].is_abstract = field() == "abstract";
            }
            "element" => {
                let path = field();
                let (min, max) = (number(field()), max(field()));
                tables.line(Line { path, min, max, flags: field(), types: field() });
            }
            other => panic!("`{other}` begins a line that nobody reads"),
        }
    }
    tables.finish()
}

impl Tables {
    fn add(&mut self, name: &'static str, kind: TypeKind, base: Option<&'static str>) -> usize {
        let place = self.types.len();
        self.nodes.insert(name, Node(u32::try_from(place).expect("the definitions have few types")));
        let (children, places) = (Vec::new(), Vec::new());
        self.types.push(TypeDefinition { name, kind, is_abstract: false, base, children, places });
        self.lines.push(Vec::new());
        place
    }

    fn line(&mut self, line: Line) {
        let (parent, _) = split(line.path);
        let owner = match self.nodes.get(parent) {
            Some(node) => place(*node),
            None => self.add(parent, TypeKind::Backbone, None),
        };
        self.lines[owner].push(line);
    }

    fn finish(mut self) -> Definitions {
        for place in 0..self.types.len() {
            let lines = std::mem::take(&mut self.lines[place]);
            let mut children = Vec::with_capacity(lines.len());
            for (order, line) in (0..).zip(&lines) {
                children.extend(line.types.split(',').map(|type_name| self.child(line, order, type_name)));
            }
            let mut places: Vec<_> = children.iter().map(|child: &Child| child.name).zip(0..).collect();
            places.sort_unstable_by_key(|(name, _)| (name.len(), *name));
            self.types[place].children = children;
            self.types[place].places = places;
        }
        let resource = |known: &&TypeDefinition| known.kind == TypeKind::Resource && !known.is_abstract;
        let names = self.types.iter().filter(resource).map(|known| ResourceType::known(known.name));
        let mut resource_types: Vec<_> = names.collect();
        resource_types.sort_unstable();
        let element = *self.nodes.get("Element").expect("`Element` is defined");
        Definitions { types: self.types, nodes: self.nodes, resource_types, element }
    }

    fn child(&self, line: &Line, order: u16, type_name: &'static str) -> Child {
        let (_, element) = split(line.path);
        let name = match element.strip_suffix("[x]") {
            Some(stem) => choice_name(stem, type_name),
            None => element,
        };
        let has = |flag: char| line.flags.contains(flag);
        let own = self.nodes.get(line.path).or_else(|| self.nodes.get(type_name.trim_start_matches('#')));
        Child {
            type_node: *own.unwrap_or_else(|| panic!("`{type_name}` is not defined")),
            name,
            element,
            type_name: if type_name.starts_with('#') { "BackboneElement" } else { type_name },
            form: if has('a') { Form::Attribute } else { self.form(line.path, type_name) },
            min: line.min,
            max: line.max,
            order,
            is_summary: has('s'),
            is_modifier: has('m'),
        }
    }

    fn form(&self, path: &str, type_name: &'static str) -> Form {
        let node = |name: &str| *self.nodes.get(name).unwrap_or_else(|| panic!("`{name}` is not defined"));
        if let Some(node) = self.nodes.get(path) {
            return Form::Object(*node);
        }
        match type_name {
            "Resource" => Form::Resource,
            "xhtml" => Form::Narrative,
            "boolean" => Form::Primitive(Leaf::Boolean),
            "decimal" | "integer" | "positiveInt" | "unsignedInt" => Form::Primitive(Leaf::Number),
            name => match name.strip_prefix('#') {
                Some(target) => Form::Object(node(target)),
                None if self.types[place(node(name))].kind == TypeKind::Primitive => {
                    Form::Primitive(Leaf::String)
                }
                None => Form::Object(node(name)),
            },
        }
    }
}

fn place(node: Node) -> usize {
    usize::try_from(node.0).expect("nodes are places in the table")
}

fn split(path: &'static str) -> (&'static str, &'static str) {
    path.rsplit_once('.').unwrap_or_else(|| panic!("`{path}` is no element"))
}

/// `value` and `dateTime` make `valueDateTime`. Leaked once per choice, as the text itself is.
fn choice_name(stem: &str, type_name: &str) -> &'static str {
    let (first, rest) = type_name.split_at(1);
    format!("{stem}{}{rest}", first.to_ascii_uppercase()).leak()
}

fn kind(word: &str) -> TypeKind {
    match word {
        "resource" => TypeKind::Resource,
        "complex-type" => TypeKind::Complex,
        "primitive-type" => TypeKind::Primitive,
        other => panic!("`{other}` is no kind of type"),
    }
}

fn max(word: &str) -> Max {
    match word {
        "1" => Max::One,
        "*" => Max::Unbounded,
        many => Max::Many(number(many)),
    }
}

fn number(word: &str) -> u32 {
    word.parse().unwrap_or_else(|_| panic!("`{word}` is no count"))
}
