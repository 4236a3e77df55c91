//! How does an XML Patch change a document?
//!
//! RFC 5261, as FHIR has it (<https://hl7.org/fhir/R4/http.html#patch>): the prefixes `f` and `h` stand for FHIR and
//! XHTML where the patch does not declare them. A document goes in and a document comes out; what stands in it
//! is for whoever reads it afterwards to judge.

mod select;

use model::xml::document::{Document, Element, Node, QualifiedName, is_name};
use model::{Code, Issue};

use self::select::{Selected, select};
use super::Allowance;
use model::limits::PATCH_OPERATIONS_MAX;

/// Applies the operations of `patch` one after the other.
pub fn apply(patch: &Document, mut document: Document) -> Result<Document, Issue> {
    let operations: Vec<_> =
        patch.root().map_or(&[][..], |root| &root.children).iter().filter_map(Node::as_element).collect();
    if operations.is_empty() {
        return Err(malformed("the patch has no operations"));
    }
    if operations.len() > PATCH_OPERATIONS_MAX {
        return Err(malformed(format!(
            "the patch has more operations than the limit of {PATCH_OPERATIONS_MAX}"
        )));
    }
    let mut allowance = Allowance::new();
    let scope = Scope::new(patch.root());
    for operation in operations {
        apply_one(operation, &scope.within(operation), &mut document, &mut allowance)?;
    }
    if document.nodes.iter().filter(|node| node.as_element().is_some()).count() != 1 {
        return Err(failed("the patch leaves no document with exactly one root element"));
    }
    Ok(document)
}

/// What the prefixes of selectors stand for.
pub(super) struct Scope(Vec<(String, String)>);

impl Scope {
    fn new(root: Option<&Element>) -> Self {
        let known = [("f", "http://hl7.org/fhir"), ("h", "http://www.w3.org/1999/xhtml")];
        let known = known.map(|(prefix, space)| (prefix.to_owned(), space.to_owned()));
        Self(known.into_iter().chain(root.into_iter().flat_map(|root| root.declarations.clone())).collect())
    }

    fn within(&self, operation: &Element) -> Self {
        Self(self.0.iter().chain(&operation.declarations).cloned().collect())
    }

    /// The namespace of a prefix; the empty one stands for the default namespace of the patch.
    pub(super) fn meaning(&self, prefix: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == prefix);
        found.map(|(_, space)| space.as_str()).or_else(|| prefix.is_empty().then_some(""))
    }
}

fn apply_one(
    operation: &Element,
    scope: &Scope,
    document: &mut Document,
    allowance: &mut Allowance,
) -> Result<(), Issue> {
    let name = operation.name.local.as_str();
    let selector = operation.attribute("sel");
    let selector = selector.ok_or_else(|| malformed(format!("`{name}` has no selector `sel`")))?;
    let selected = select(selector, scope, document, allowance)?;
    match name {
        "add" => add(operation, scope, document, &selected),
        "replace" => replace(operation, document, &selected),
        "remove" => remove(operation, document, &selected),
        other => Err(malformed(format!("`{other}` is no operation: add, replace or remove is expected"))),
    }
    .map_err(|message| failed(format!("`{name}` at `{selector}`: {}", message.message)))
}

fn add(
    operation: &Element,
    scope: &Scope,
    document: &mut Document,
    selected: &Selected,
) -> Result<(), Issue> {
    let Selected::Node(path) = selected else {
        return Err(failed("an element is expected to add to"));
    };
    match (operation.attribute("type"), operation.attribute("pos")) {
        (Some(kind), None) => add_beside(operation, scope, element_at(document, path)?, kind),
        (None, None) => {
            let target = element_at(document, path)?;
            insert(&mut target.children, None, content(operation));
            Ok(())
        }
        (None, Some("prepend")) => {
            let target = element_at(document, path)?;
            insert(&mut target.children, Some(0), content(operation));
            Ok(())
        }
        (None, Some(side @ ("before" | "after"))) => {
            let (siblings, place) = siblings_at(document, path)?;
            insert(siblings, Some(place + usize::from(side == "after")), content(operation));
            Ok(())
        }
        (None, Some(other)) => {
            Err(failed(format!("`pos` is `{other}` where prepend, before or after is expected")))
        }
        (Some(_), Some(_)) => Err(failed("`type` and `pos` do not go together")),
    }
}

/// Adds an attribute or a declaration of a prefix.
fn add_beside(operation: &Element, scope: &Scope, target: &mut Element, kind: &str) -> Result<(), Issue> {
    let value = operation.text();
    if let Some(prefix) = kind.strip_prefix("namespace::") {
        if target.declarations.iter().any(|(known, _)| known == prefix) {
            return Err(failed(format!("the prefix `{prefix}` is declared there already")));
        }
        target.declarations.push((prefix.to_owned(), value));
        return Ok(());
    }
    let Some(written) = kind.strip_prefix('@') else {
        return Err(failed(format!("`type` is `{kind}` where @name or namespace::prefix is expected")));
    };
    let (prefix, local) = written.split_once(':').unwrap_or(("", written));
    let space = if prefix.is_empty() { Some("") } else { scope.meaning(prefix) };
    let space = space.ok_or_else(|| failed(format!("the prefix `{prefix}` is not declared")))?;
    if !is_name(local) {
        return Err(failed(format!("`{local}` is no name of an attribute")));
    }
    let name = QualifiedName { prefix: prefix.to_owned(), local: local.to_owned(), space: space.to_owned() };
    if target.attributes.iter().any(|(known, _)| *known == name) {
        return Err(failed(format!("there is an attribute `{written}` already")));
    }
    target.attributes.push((name, value));
    Ok(())
}

fn replace(operation: &Element, document: &mut Document, selected: &Selected) -> Result<(), Issue> {
    match selected {
        Selected::Attribute(path, place) => {
            element_at(document, path)?.attributes[*place].1 = operation.text();
            Ok(())
        }
        Selected::Declaration(path, place) => {
            element_at(document, path)?.declarations[*place].1 = operation.text();
            Ok(())
        }
        Selected::Node(path) => {
            let (siblings, place) = siblings_at(document, path)?;
            let new = match &siblings[place] {
                Node::Text(_) => vec![Node::Text(operation.text())],
                old => vec![only_one_like(old, operation)?],
            };
            siblings.remove(place);
            insert(siblings, Some(place), new);
            Ok(())
        }
    }
}

/// The one node of the operation's content that is of the same kind as `old`.
fn only_one_like(old: &Node, operation: &Element) -> Result<Node, Issue> {
    let is_blank = |node: &&Node| matches!(node, Node::Text(text) if text.trim_ascii().is_empty());
    let mut content = operation.children.iter().filter(|node| !is_blank(node));
    match (content.next(), content.next()) {
        (Some(new), None) if std::mem::discriminant(new) == std::mem::discriminant(old) => Ok(new.clone()),
        _ => Err(failed("exactly one node of the kind that is replaced is expected")),
    }
}

fn remove(operation: &Element, document: &mut Document, selected: &Selected) -> Result<(), Issue> {
    match selected {
        Selected::Attribute(path, place) => {
            element_at(document, path)?.attributes.remove(*place);
        }
        Selected::Declaration(path, place) => {
            element_at(document, path)?.declarations.remove(*place);
        }
        Selected::Node(path) => {
            let (siblings, place) = siblings_at(document, path)?;
            let side = operation.attribute("ws").unwrap_or_default();
            let (before, after) = match side {
                "" => (false, false),
                "before" => (true, false),
                "after" => (false, true),
                "both" => (true, true),
                other => {
                    let message = format!("`ws` is `{other}` where before, after or both is expected");
                    return Err(failed(message));
                }
            };
            let is_blank =
                |node: Option<&Node>| matches!(node, Some(Node::Text(text)) if text.trim_ascii().is_empty());
            let first =
                if before && place > 0 && is_blank(siblings.get(place - 1)) { place - 1 } else { place };
            let last = if after && is_blank(siblings.get(place + 1)) { place + 1 } else { place };
            if before && first == place || after && last == place {
                return Err(failed("there is no white space where the patch asks to remove it"));
            }
            siblings.drain(first..=last);
            insert(siblings, Some(first), Vec::new());
        }
    }
    Ok(())
}

/// What the operation brings, with blank text at its ends kept: it is part of what is inserted.
fn content(operation: &Element) -> Vec<Node> {
    operation.children.clone()
}

/// Puts nodes at a place, or at the end, and joins texts that come to stand beside each other.
fn insert(siblings: &mut Vec<Node>, place: Option<usize>, new: Vec<Node>) {
    let place = place.unwrap_or(siblings.len());
    siblings.splice(place..place, new);
    let mut joined: Vec<Node> = Vec::with_capacity(siblings.len());
    for node in siblings.drain(..) {
        match (joined.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
            (_, node) => joined.push(node),
        }
    }
    *siblings = joined;
}

fn element_at<'d>(document: &'d mut Document, path: &[usize]) -> Result<&'d mut Element, Issue> {
    let (siblings, place) = siblings_at(document, path)?;
    match &mut siblings[place] {
        Node::Element(element) => Ok(element),
        _ => Err(failed("an element is expected")),
    }
}

/// The nodes among which the path's last step stands, and its place there.
fn siblings_at<'d>(document: &'d mut Document, path: &[usize]) -> Result<(&'d mut Vec<Node>, usize), Issue> {
    let (last, above) = path.split_last().ok_or_else(|| failed("a node inside the document is expected"))?;
    let mut siblings = &mut document.nodes;
    for place in above {
        match siblings.get_mut(*place) {
            Some(Node::Element(element)) => siblings = &mut element.children,
            _ => return Err(failed("the place is no longer there")),
        }
    }
    Ok((siblings, *last))
}

fn malformed(message: impl Into<String>) -> Issue {
    Issue::error(Code::MalformedPatch, message)
}

pub(super) fn failed(message: impl Into<String>) -> Issue {
    Issue::error(Code::PatchFailed, message)
}

#[cfg(test)]
mod tests;
