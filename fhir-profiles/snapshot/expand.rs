//! What stands below an element whose base lists nothing there?
//!
//! What the definition of its type lists; of a type's profile, where there is one; of the element that it shares its
//! content with. A choice of several types has below it what all types have in common, which is what `Element` has.

use std::rc::Rc;

use model::Object;

use super::element;
use super::library::{Missing, type_url};
use super::tree::{self, Node};
use super::walk::Making;

/// What stands below `element`, when `said` is said of that; one that shares another's content gets its types.
pub(super) fn children(
    making: &mut Making<'_, '_>,
    element: &mut Object,
    said: &[Node],
) -> Result<Vec<Node>, String> {
    if let Some(reference) = element::take_text(element, "contentReference") {
        let target = content(making, &reference)?;
        if let Some(types) = target.element.get("type") {
            element.set("type", types.clone());
        }
        return Ok(target.children);
    }
    if let Some(profile) = element::type_profile(element).map(str::to_owned) {
        match root(making, &profile) {
            Ok(root) => return Ok(root.children),
            Err(Missing::Unknown) => {}
            Err(missing) => return Err(wrong(&profile, missing)),
        }
    }
    let is_of_all = |node: &Node| matches!(node.name.as_str(), "id" | "extension");
    let mut codes: Vec<&str> = element::type_codes(element).collect();
    if !said.iter().all(is_of_all) {
        codes.dedup();
    }
    let code = match codes[..] {
        [] => return Err("has no type, so that nothing can stand below it".to_owned()),
        [code] => code.to_owned(),
        _ => "Element".to_owned(),
    };
    root(making, &type_url(&code)).map(|root| root.children).map_err(|missing| wrong(&code, missing))
}

/// The element that `#Questionnaire.item` means, as the base has it or else the definition of that type.
fn content(making: &mut Making<'_, '_>, reference: &str) -> Result<Node, String> {
    let (definition, id) = reference.split_once('#').unwrap_or(("", reference));
    let mut names = id.split('.');
    let type_name = names.next().unwrap_or_default();
    let url = if definition.is_empty() { type_url(type_name) } else { definition.to_owned() };
    // What a profile says of the element itself does not hold where its content is shared.
    let base = match root(making, &url) {
        Ok(root) => Rc::new(root),
        Err(_) if making.base.name == type_name => Rc::clone(&making.base),
        Err(missing) => return Err(wrong(&url, missing)),
    };
    let target = base.descendant(names).cloned();
    target.ok_or_else(|| format!("has the content of `{reference}`, which does not exist"))
}

/// The tree of the definition that `canonical` names.
fn root(making: &mut Making<'_, '_>, canonical: &str) -> Result<Node, Missing> {
    let definition = making.library.definition(canonical)?;
    tree::of_snapshot(&definition).map_err(|issue| Missing::Broken(vec![issue]))
}

fn wrong(canonical: &str, missing: Missing) -> String {
    match missing {
        Missing::Unknown => format!("has the type `{canonical}`, which is not known here"),
        Missing::Circular(chain) => format!("has a type that cannot be made without itself: {chain}"),
        Missing::Broken(issues) => {
            let reasons: Vec<&str> = issues.iter().map(|issue| issue.message.as_str()).collect();
            format!("has the type `{canonical}`, of which no snapshot can be made: {}", reasons.join("; "))
        }
    }
}
