//! Which node of the document does a selector name?
//!
//! The part of XPath that RFC 5261 allows: steps by name, `*`, `node()`, `text()`, `comment()`,
//! `processing-instruction()`, with predicates `[2]`, `[@a='x']`, `[child='x']`, `[.='x']`; at the end `@name` or
//! `namespace::prefix`; `id('x')` at the beginning. A selector names exactly one node.

use model::Issue;
use model::xml::document::{Document, Element, Node, is_name};

use super::{Allowance, Scope, failed};

/// A node by its place: at each level, which child.
#[derive(Debug)]
pub(super) enum Selected {
    /// An element, text, comment or instruction.
    Node(Vec<usize>),
    /// An attribute of the element at the path.
    Attribute(Vec<usize>, usize),
    /// A declaration of a prefix on the element at the path.
    Declaration(Vec<usize>, usize),
}

/// A step of a selector.
struct Step<'a> {
    test: Test<'a>,
    predicates: Vec<Predicate<'a>>,
}

enum Test<'a> {
    Name { space: String, local: &'a str },
    AnyElement,
    AnyNode,
    Text,
    Comment,
    Instruction(Option<&'a str>),
}

enum Predicate<'a> {
    Position(usize),
    Attribute { space: String, local: &'a str, value: &'a str },
    Child { space: String, local: &'a str, value: &'a str },
    Content(&'a str),
}

pub(super) fn select(
    selector: &str,
    scope: &Scope,
    document: &Document,
    allowance: &mut Allowance,
) -> Result<Selected, Issue> {
    let (path, last) = split_end(selector.trim());
    let mut found = vec![Vec::new()];
    let mut rest = path.strip_prefix('/').unwrap_or(path);
    if let Some(call) = rest.strip_prefix("id(") {
        let (argument, behind) = call.split_once(')').ok_or_else(|| unreadable(selector))?;
        let id = quoted(argument.trim()).ok_or_else(|| unreadable(selector))?;
        found = by_id(document, id, allowance)?;
        rest = behind.strip_prefix('/').unwrap_or(behind);
    }
    for step in steps(rest) {
        let step = parse_step(step, scope).ok_or_else(|| unreadable(selector))?;
        let mut next = Vec::new();
        for path in &found {
            follow(&step, document, path, &mut next, allowance)?;
        }
        found = next;
    }
    match (found.len(), found.pop()) {
        (1, Some(path)) if path.is_empty() => Err(unreadable(selector)),
        (1, Some(path)) => finish(selector, scope, document, path, last),
        (0, _) => Err(failed(format!("`{selector}` names nothing that is there"))),
        (many, _) => Err(failed(format!("`{selector}` names {many} nodes where one is expected"))),
    }
}

/// What a selector may end with, behind the last step.
enum End<'a> {
    Node,
    Attribute(&'a str),
    Declaration(&'a str),
}

fn split_end(selector: &str) -> (&str, End<'_>) {
    match selector.rsplit_once('/') {
        Some((path, last)) if last.starts_with('@') => (path, End::Attribute(&last[1..])),
        Some((path, last)) if last.starts_with("namespace::") => {
            (path, End::Declaration(&last["namespace::".len()..]))
        }
        _ => (selector, End::Node),
    }
}

fn finish(
    selector: &str,
    scope: &Scope,
    document: &Document,
    path: Vec<usize>,
    end: End<'_>,
) -> Result<Selected, Issue> {
    let missing = || failed(format!("`{selector}` names nothing that is there"));
    let element = || node_at(document, &path).and_then(Node::as_element).ok_or_else(missing);
    match end {
        End::Node => Ok(Selected::Node(path)),
        End::Attribute(name) => {
            let (space, local) = attribute_name(name, scope).ok_or_else(|| unreadable(selector))?;
            let fits = |(known, _): &(model::xml::document::QualifiedName, String)| {
                known.local == local && known.space == space
            };
            let place = element()?.attributes.iter().position(fits).ok_or_else(missing)?;
            Ok(Selected::Attribute(path, place))
        }
        End::Declaration(prefix) => {
            let place = element()?.declarations.iter().position(|(known, _)| known == prefix);
            let place = place.ok_or_else(missing)?;
            Ok(Selected::Declaration(path, place))
        }
    }
}

/// The steps between slashes; a slash inside a predicate's string parts nothing.
fn steps(path: &str) -> Vec<&str> {
    let (mut steps, mut start, mut quote) = (Vec::new(), 0, None);
    for (place, letter) in path.char_indices() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, '/') => {
                steps.push(&path[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    if start < path.len() {
        steps.push(&path[start..]);
    }
    steps
}

fn parse_step<'a>(step: &'a str, scope: &Scope) -> Option<Step<'a>> {
    let (name, mut rest) = step.split_at(step.find('[').unwrap_or(step.len()));
    let name = name.trim();
    let test = match name {
        "*" => Test::AnyElement,
        "node()" => Test::AnyNode,
        "text()" => Test::Text,
        "comment()" => Test::Comment,
        "processing-instruction()" => Test::Instruction(None),
        name if name.starts_with("processing-instruction(") => {
            let argument = name.strip_prefix("processing-instruction(")?.strip_suffix(')')?;
            Test::Instruction(Some(quoted(argument.trim())?))
        }
        name => {
            let (space, local) = element_name(name, scope)?;
            Test::Name { space, local }
        }
    };
    let mut predicates = Vec::new();
    while !rest.is_empty() {
        let end = closing(rest)?;
        predicates.push(parse_predicate(rest[1..end].trim(), scope)?);
        rest = rest[end + 1..].trim_start();
    }
    Some(Step { test, predicates })
}

/// Where the bracket that `text` begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '[') if place > 0 => return None,
            (None, ']') => return Some(place),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

fn parse_predicate<'a>(text: &'a str, scope: &Scope) -> Option<Predicate<'a>> {
    if let Ok(position) = text.parse::<usize>() {
        return (position > 0).then_some(Predicate::Position(position));
    }
    let (left, right) = text.split_once('=')?;
    let (left, value) = (left.trim(), quoted(right.trim())?);
    if left == "." {
        return Some(Predicate::Content(value));
    }
    if let Some(name) = left.strip_prefix('@') {
        let (space, local) = attribute_name(name, scope)?;
        return Some(Predicate::Attribute { space, local, value });
    }
    let (space, local) = element_name(left, scope)?;
    Some(Predicate::Child { space, local, value })
}

fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    text.strip_prefix(quote)?.strip_suffix(quote).filter(|inner| !inner.contains(quote))
}

fn element_name<'a>(name: &'a str, scope: &Scope) -> Option<(String, &'a str)> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    is_name(local).then_some(())?;
    Some((scope.meaning(prefix)?.to_owned(), local))
}

/// Unlike an element, an attribute without prefix is in no namespace.
fn attribute_name<'a>(name: &'a str, scope: &Scope) -> Option<(String, &'a str)> {
    match name.split_once(':') {
        None => is_name(name).then(|| (String::new(), name)),
        Some(_) => element_name(name, scope),
    }
}

fn node_at<'d>(document: &'d Document, path: &[usize]) -> Option<&'d Node> {
    let (last, above) = path.split_last()?;
    children_at(document, above)?.get(*last)
}

fn children_at<'d>(document: &'d Document, path: &[usize]) -> Option<&'d [Node]> {
    match path {
        [] => Some(&document.nodes),
        path => node_at(document, path)?.as_element().map(|element| element.children.as_slice()),
    }
}

fn follow(
    step: &Step<'_>,
    document: &Document,
    path: &[usize],
    next: &mut Vec<Vec<usize>>,
    allowance: &mut Allowance,
) -> Result<(), Issue> {
    let children = children_at(document, path).unwrap_or_default();
    allowance.spend(children.len())?;
    let mut found: Vec<usize> =
        (0..children.len()).filter(|place| passes(&step.test, &children[*place])).collect();
    for predicate in &step.predicates {
        if let Predicate::Position(position) = predicate {
            found = found.get(position - 1).copied().into_iter().collect();
            continue;
        }
        let mut kept = Vec::new();
        for place in found {
            if holds(predicate, &children[place], allowance)? {
                kept.push(place);
            }
        }
        found = kept;
    }
    next.extend(found.into_iter().map(|place| [path, &[place]].concat()));
    Ok(())
}

fn passes(test: &Test<'_>, node: &Node) -> bool {
    match (test, node) {
        (Test::Name { space, local }, Node::Element(element)) => {
            element.name.local == *local && element.name.space == *space
        }
        (Test::AnyElement, Node::Element(_)) | (Test::Comment, Node::Comment(_)) => true,
        (Test::Text, Node::Text(_)) | (Test::AnyNode, _) => true,
        (Test::Instruction(target), Node::Instruction(known, _)) => {
            target.is_none_or(|target| target == known)
        }
        _ => false,
    }
}

fn holds(predicate: &Predicate<'_>, node: &Node, allowance: &mut Allowance) -> Result<bool, Issue> {
    let Node::Element(element) = node else {
        return Ok(
            matches!((predicate, node), (Predicate::Content(value), Node::Text(text)) if text == value),
        );
    };
    Ok(match predicate {
        Predicate::Position(_) => false,
        Predicate::Attribute { space, local, value } => {
            allowance.spend(element.attributes.len())?;
            let fits = |(name, found): &(model::xml::document::QualifiedName, String)| {
                name.local == *local && name.space == *space && found == value
            };
            element.attributes.iter().any(fits)
        }
        Predicate::Child { space, local, value } => {
            allowance.spend(element.children.len())?;
            let named = |child: &&Element| child.name.local == *local && child.name.space == *space;
            let mut named = element.children.iter().filter_map(Node::as_element).filter(named);
            named.any(|child| child.text() == *value)
        }
        Predicate::Content(value) => element.text() == *value,
    })
}

/// The elements with this id, wherever they stand.
fn by_id(document: &Document, id: &str, allowance: &mut Allowance) -> Result<Vec<Vec<usize>>, Issue> {
    let (mut found, mut open) = (Vec::new(), vec![Vec::new()]);
    while let Some(path) = open.pop() {
        let children = children_at(document, &path).unwrap_or_default();
        allowance.spend(children.len())?;
        for (place, element) in
            children.iter().enumerate().filter_map(|(place, node)| Some((place, node.as_element()?)))
        {
            let path = [&path[..], &[place]].concat();
            if element.attribute("id") == Some(id) {
                found.push(path.clone());
            }
            open.push(path);
        }
    }
    Ok(found)
}

fn unreadable(selector: &str) -> Issue {
    failed(format!("`{selector}` is no selector that XML Patch allows"))
}
