//! How is a tree written as XML?
//!
//! Prefixes stay as they were written where they still mean the same; what was moved to another place gets the
//! declarations that it needs there.

use super::{Document, Element, Node, QualifiedName};

/// Writes the document; reading it again gives the same tree.
pub fn write(document: &Document) -> String {
    let mut out = String::new();
    let mut scope = Scope(vec![("xml".to_owned(), "http://www.w3.org/XML/1998/namespace".to_owned())]);
    document.nodes.iter().for_each(|node| node_text(node, &mut scope, &mut out));
    out
}

/// The prefixes that mean something, innermost last.
struct Scope(Vec<(String, String)>);

impl Scope {
    fn meaning(&self, prefix: &str) -> &str {
        let found = self.0.iter().rev().find(|(known, _)| known == prefix);
        found.map_or("", |(_, space)| space.as_str())
    }
}

fn node_text(node: &Node, scope: &mut Scope, out: &mut String) {
    match node {
        Node::Element(element) => element_text(element, scope, out),
        Node::Text(text) => escape(text, out),
        Node::Comment(text) => out.extend(["<!--", text, "-->"]),
        Node::Instruction(target, content) => out.extend(["<?", target, " ", content, "?>"]),
    }
}

fn element_text(element: &Element, scope: &mut Scope, out: &mut String) {
    let outside = scope.0.len();
    scope.0.extend(element.declarations.iter().cloned());
    let mut declared = element.declarations.clone();
    let attributes = element.attributes.iter().map(|(name, _)| name).filter(|name| !name.space.is_empty());
    for name in std::iter::once(&element.name).chain(attributes) {
        if scope.meaning(&name.prefix) != name.space {
            declared.retain(|(prefix, _)| *prefix != name.prefix);
            declared.push((name.prefix.clone(), name.space.clone()));
            scope.0.push((name.prefix.clone(), name.space.clone()));
        }
    }
    out.push('<');
    name_text(&element.name, out);
    for (prefix, space) in &declared {
        out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        out.push_str(prefix);
        value_text(space, out);
    }
    for (name, value) in &element.attributes {
        out.push(' ');
        name_text(name, out);
        value_text(value, out);
    }
    if element.children.is_empty() {
        out.push_str("/>");
    } else {
        out.push('>');
        element.children.iter().for_each(|child| node_text(child, scope, out));
        out.push_str("</");
        name_text(&element.name, out);
        out.push('>');
    }
    scope.0.truncate(outside);
}

fn name_text(name: &QualifiedName, out: &mut String) {
    if !name.prefix.is_empty() {
        out.extend([name.prefix.as_str(), ":"]);
    }
    out.push_str(&name.local);
}

fn value_text(value: &str, out: &mut String) {
    out.push_str("=\"");
    for piece in value.split_inclusive(['\n', '\t']) {
        // As themselves, a reader would take them for spaces.
        let (plain, reference) = match piece.as_bytes().last() {
            Some(b'\n') => (&piece[..piece.len() - 1], "&#10;"),
            Some(b'\t') => (&piece[..piece.len() - 1], "&#9;"),
            _ => (piece, ""),
        };
        let outside = out.len();
        escape(plain, out);
        if out[outside..].contains('"') {
            let quoted = out.split_off(outside).replace('"', "&quot;");
            out.push_str(&quoted);
        }
        out.push_str(reference);
    }
    out.push('"');
}

fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\r' => out.push_str("&#13;"),
            letter => out.push(letter),
        }
    }
}
