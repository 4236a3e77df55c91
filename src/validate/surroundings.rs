//! What surrounds the element that is looked at?
//!
//! The resource it stands in, the resource that contains this one, the Bundle around both: what references and
//! the variables of expressions mean depends on them. <https://hl7.org/fhir/R4/fhirpath.html#variables>

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use fhir_profiles::Definitions;
use fhirpath::{Node, TypeId};
use model::reference::Reference;
use model::{Instant, Object, Value};

use crate::host::Asked;
use crate::limits::{CONFORMANCE_CHECKS_MAX, CONTAINED_FEW};
use crate::rules::{Level, Rules};

/// What stays the same during one validation.
pub(crate) struct Surroundings<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) definitions: &'static Definitions,
    pub(crate) root: &'a Object,
    pub(crate) level: Level,
    pub(crate) best_practice: bool,
    pub(crate) now: Instant,
    /// Where the walk is, for what expressions ask.
    pub(crate) scope: Cell<Option<Scope<'a>>>,
    /// Who answers what expressions ask; set once, before the walk begins.
    pub(crate) asked: Cell<Option<&'a Asked<'a>>>,
    checks_left: Cell<usize>,
    /// The entries of each Bundle, put in order when a reference is first looked for in it.
    entries: RefCell<HashMap<usize, Rc<Entries<'a>>>>,
    /// What is contained in each resource with more than a few, put in order in the same way.
    contained: RefCell<HashMap<usize, Rc<Contained<'a>>>>,
}

/// The entries of a Bundle.
#[derive(Default)]
struct Entries<'a> {
    /// The first entry with each fullUrl.
    by_url: HashMap<&'a str, &'a Object>,
    /// The entry with a resource of each type and id; none where there are several.
    by_id: HashMap<(&'a str, &'a str), Option<&'a Object>>,
}

/// The first contained resource with each id.
type Contained<'a> = HashMap<&'a str, &'a Value>;

/// Where the walk is.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The resource that holds the element: `%resource`.
    pub(crate) resource: Node<'a>,
    /// The resource that contains this one, or itself: `%rootResource`.
    pub(crate) container: Node<'a>,
    /// The Bundle that it is an entry of.
    pub(crate) entry: Option<Entry<'a>>,
}

/// An entry of a Bundle.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) bundle: &'a Object,
    pub(crate) full_url: Option<&'a str>,
}

/// What a reference leads to.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) resource: Node<'a>,
    pub(crate) scope: Scope<'a>,
    pub(crate) whereabouts: Whereabouts,
}

/// Where the target of a reference is, in the words of `ElementDefinition.type.aggregation`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    Contained,
    Bundled,
}

impl<'a> Surroundings<'a> {
    pub(crate) fn new(rules: &'a Rules, root: &'a Object, level: Level) -> Self {
        Self {
            rules,
            definitions: Definitions::r4(),
            root,
            level,
            best_practice: false,
            now: rules.now(),
            scope: Cell::new(None),
            asked: Cell::new(None),
            checks_left: Cell::new(CONFORMANCE_CHECKS_MAX),
            entries: RefCell::default(),
            contained: RefCell::default(),
        }
    }

    /// Takes one conformance check from those that are left; false when none is.
    pub(crate) fn may_check(&self) -> bool {
        let left = self.checks_left.get();
        self.checks_left.set(left.saturating_sub(1));
        left > 0
    }

    /// The resource as a node; none when its type is not known.
    pub(crate) fn node(&self, resource: &'a Value) -> Option<Node<'a>> {
        let node = self.definitions.resource_node(resource.text("resourceType")?)?;
        Some(Node { value: Some(resource), companion: None, type_id: TypeId(node.0) })
    }

    /// What a reference leads to, as far as it stays within what was sent.
    pub(crate) fn resolve(&self, reference: &str, scope: &Scope<'a>) -> Option<Found<'a>> {
        if let Some(id) = reference.strip_prefix('#') {
            return self.contained(id, scope);
        }
        let entry = scope.entry?;
        let object = self.entry(reference, entry)?;
        let resource = self.node(object.get("resource")?)?;
        let full_url = object.get("fullUrl").and_then(Value::as_str);
        let entry = Some(Entry { bundle: entry.bundle, full_url });
        let scope = Scope { resource, container: resource, entry };
        Some(Found { resource, scope, whereabouts: Whereabouts::Bundled })
    }

    /// What a reference within one of the entries of a Bundle leads to, asked by a rule about the whole Bundle.
    ///
    /// The first entry in which it leads anywhere is taken: an expression does not say where it found it.
    pub(crate) fn resolve_within(&self, reference: &str, scope: &Scope<'a>) -> Option<Found<'a>> {
        let bundle = scope.resource.value.and_then(Value::as_object)?;
        if bundle.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
            return None;
        }
        bundle.get("entry")?.items().iter().find_map(|entry| {
            let resource = self.node(entry.get("resource")?)?;
            let entry = Some(Entry { bundle, full_url: entry.text("fullUrl") });
            self.resolve(reference, &Scope { resource, container: resource, entry })
        })
    }

    /// The resource that is contained with this id where the walk is; without an id the container.
    pub(crate) fn contained(&self, id: &str, scope: &Scope<'a>) -> Option<Found<'a>> {
        let whereabouts = Whereabouts::Contained;
        if id.is_empty() {
            let scope = Scope { resource: scope.container, ..*scope };
            return Some(Found { resource: scope.container, scope, whereabouts });
        }
        let contained = scope.container.value?.get("contained")?.items();
        let found = if contained.len() <= CONTAINED_FEW {
            contained.iter().find(|resource| resource.text("id") == Some(id))
        } else {
            self.contained_by_id(contained).get(id).copied()
        };
        let resource = self.node(found?)?;
        Some(Found { resource, scope: Scope { resource, ..*scope }, whereabouts })
    }

    fn contained_by_id(&self, contained: &'a [Value]) -> Rc<Contained<'a>> {
        let mut known = self.contained.borrow_mut();
        let by_id = known.entry(contained.as_ptr() as usize).or_insert_with(|| {
            let mut by_id = Contained::new();
            for resource in contained {
                if let Some(id) = resource.text("id") {
                    by_id.entry(id).or_insert(resource);
                }
            }
            Rc::new(by_id)
        });
        Rc::clone(by_id)
    }

    /// The entry that a reference within another entry means:
    /// <https://hl7.org/fhir/R4/bundle.html#references>.
    fn entry(&self, reference: &str, from: Entry<'a>) -> Option<&'a Object> {
        let entries = self.entries(from.bundle);
        let find = |url: &str| entries.by_url.get(url).copied();
        // Where no rule of urls finds one, and only one could be meant.
        let the_only = |resource_type, id| entries.by_id.get(&(resource_type, id)).copied().flatten();
        let plain = reference.split_once("/_history/").map_or(reference, |(plain, _)| plain);
        let plain = plain.split_once('#').map_or(plain, |(plain, _)| plain);
        match Reference::parse(reference)? {
            Reference::Relative(target) => {
                let base = from.full_url.and_then(|url| match Reference::parse(url)? {
                    Reference::Absolute { base, .. } => Some(base),
                    _ => None,
                });
                let by_url =
                    base.and_then(|base| find(&format!("{base}/{}/{}", target.resource_type, target.id)));
                by_url.or_else(|| the_only(target.resource_type, target.id))
            }
            Reference::Absolute { target, .. } => {
                let without_url = || {
                    the_only(target.resource_type, target.id).filter(|entry| entry.get("fullUrl").is_none())
                };
                find(plain).or_else(without_url)
            }
            _ => find(plain).or_else(|| find(reference)),
        }
    }

    fn entries(&self, bundle: &'a Object) -> Rc<Entries<'a>> {
        let address = std::ptr::from_ref(bundle) as usize;
        let mut known = self.entries.borrow_mut();
        Rc::clone(known.entry(address).or_insert_with(|| Rc::new(Entries::new(bundle))))
    }
}

impl<'a> Entries<'a> {
    fn new(bundle: &'a Object) -> Self {
        let mut entries = Self::default();
        for entry in bundle.get("entry").map_or(&[][..], Value::items) {
            let Some(object) = entry.as_object() else { continue };
            if let Some(url) = entry.text("fullUrl") {
                entries.by_url.entry(url).or_insert(object);
            }
            let Some(resource) = entry.get("resource") else { continue };
            if let (Some(resource_type), Some(id)) = (resource.text("resourceType"), resource.text("id")) {
                let same = entries.by_id.entry((resource_type, id));
                same.and_modify(|only| *only = None).or_insert(Some(object));
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests;
