//! Which definition does this canonical name?
//!
//! Every StructureDefinition, ValueSet, CodeSystem, SearchParameter and the like that the server knows: those of
//! R4 4.0.1 first, then those of installed packages and whatever else is laid on top.
//! <https://hl7.org/fhir/R4/references.html#canonical>.
//!
//! R4 carries copies of the code systems and value sets under `terminology.hl7.org`, numbered like itself. Their
//! home has since become a package that numbers each on its own, so that theirs count as newer.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use model::Value;

pub use crate::layer::Entry;
use crate::layer::Layer;
use crate::version;

/// The definitions of R4 4.0.1, packed by `condense`.
pub const R4: &[u8] = include_bytes!("definitions/r4.layer");

/// What R4 carries as a copy of what is kept elsewhere.
const TERMINOLOGY: &str = "http://terminology.hl7.org/";

/// The label of R4's own layer.
pub(crate) const R4_LABEL: &str = "hl7.fhir.r4.core#4.0.1";

/// All definitions by what names them. Never changed: a new one is made by laying a layer on an old one.
#[derive(Clone, Default)]
pub struct Registry {
    layers: Vec<Arc<Layer>>,
}

/// A canonical in its parts: `url|version#fragment`.
#[derive(Clone, Copy)]
struct Canonical<'c> {
    url: &'c str,
    version: &'c str,
    fragment: Option<&'c str>,
}

impl Registry {
    /// The definitions of R4 4.0.1. There is one for the whole process.
    pub fn r4() -> Arc<Registry> {
        static REGISTRY: OnceLock<Arc<Registry>> = OnceLock::new();
        let registry = REGISTRY.get_or_init(|| {
            let layer = Layer::from_bytes(R4).expect("the embedded definitions are whole, as a test says");
            Arc::new(Registry::default().laid(Arc::new(layer)))
        });
        Arc::clone(registry)
    }

    /// This one with `layer` on top. Layers are shared, so this copies a few pointers.
    pub fn laid(&self, layer: Arc<Layer>) -> Registry {
        let mut registry = self.clone();
        registry.layers.push(layer);
        registry
    }

    /// This one with `resources` on top; those without `url` are found by type alone.
    pub fn with(&self, resources: impl IntoIterator<Item = Value>) -> Registry {
        self.laid(Arc::new(Layer::from_resources(resources)))
    }

    /// The layers, from the bottom to the top.
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// The definition of any type that `canonical` names.
    ///
    /// That is `url`, for the newest one; `url|4.0.1`, or with the first parts of a version `url|4.0`, for the
    /// newest one of these; with a fragment `#id`, the resource of that id which it contains.
    pub fn resolve(&self, canonical: &str) -> Option<Arc<Value>> {
        self.part(canonical, None)
    }

    /// The definition of type `resource_type` that `canonical` names, as [`resolve`](Self::resolve) reads it.
    pub fn resolve_as(&self, resource_type: &str, canonical: &str) -> Option<Arc<Value>> {
        self.part(canonical, Some(resource_type))
    }

    /// What is known of the definition that `canonical` names, without decoding it; a fragment does not count.
    pub fn find(&self, canonical: &str) -> Option<&Entry> {
        self.newest(Canonical::parse(canonical), |_| true)
    }

    /// All versions of what has the canonical `url`, from the bottom layer to the top.
    pub fn versions<'r>(&'r self, url: &str) -> impl Iterator<Item = &'r Entry> {
        self.layers.iter().flat_map(move |layer| layer.with_url(url))
    }

    /// Every definition of a type, from the bottom layer to the top.
    pub fn of_type<'r>(&'r self, resource_type: &str) -> impl Iterator<Item = &'r Entry> {
        self.layers.iter().flat_map(move |layer| layer.of_type(resource_type))
    }

    /// The definition of a type with a logical id; of several, that of the topmost layer.
    pub fn by_id(&self, resource_type: &str, id: &str) -> Option<&Entry> {
        let mut layers = self.layers.iter().rev();
        layers.find_map(|layer| layer.of_type(resource_type).find(|entry| *entry.id == *id))
    }

    /// The definition of a type called `name`, when all of that name have the same canonical: the newest.
    pub fn by_name(&self, resource_type: &str, name: &str) -> Option<&Entry> {
        let mut found: Option<&Entry> = None;
        for entry in self.of_type(resource_type).filter(|entry| *entry.name == *name) {
            match found {
                Some(other) if other.url != entry.url => return None,
                _ => found = Some(entry),
            }
        }
        let url = &found?.url;
        if url.is_empty() {
            return found;
        }
        let canonical = Canonical { url, version: "", fragment: None };
        self.newest(canonical, |entry| *entry.resource_type == *resource_type)
    }

    fn part(&self, canonical: &str, resource_type: Option<&str>) -> Option<Arc<Value>> {
        let canonical = Canonical::parse(canonical);
        // The type that is asked for is that of the contained resource, where one is named.
        let fits = |kind: &str| resource_type.is_none_or(|wanted| wanted == kind);
        let Some(fragment) = canonical.fragment else {
            return self.newest(canonical, |entry| fits(&entry.resource_type)).map(Entry::resource);
        };
        let whole = self.newest(canonical, |_| true)?.resource();
        let mut contained = whole.get("contained").map_or(&[][..], Value::items).iter();
        let found = contained.find(|resource| resource.text("id") == Some(fragment))?;
        fits(found.text("resourceType").unwrap_or_default()).then(|| Arc::new(found.clone()))
    }

    /// Of those that fit, the newest; of equal ones, that of the highest layer.
    fn newest(&self, canonical: Canonical<'_>, fits: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let layers = self.layers.iter();
        let named =
            layers.flat_map(|layer| layer.with_url(canonical.url).map(move |entry| (&**layer, entry)));
        let fitting = named.filter(|(_, entry)| canonical.accepts(&entry.version) && fits(entry));
        fitting.max_by(|one, other| canonical.compare(*one, *other)).map(|(_, entry)| entry)
    }
}

impl<'c> Canonical<'c> {
    fn parse(canonical: &'c str) -> Self {
        let (canonical, fragment) = match canonical.split_once('#') {
            Some((canonical, fragment)) => (canonical, Some(fragment)),
            None => (canonical, None),
        };
        let (url, version) = canonical.split_once('|').unwrap_or((canonical, ""));
        Canonical { url, version, fragment }
    }

    fn accepts(&self, version: &str) -> bool {
        self.version.is_empty() || version::matches(self.version, version)
    }

    /// Which of two definitions it names rather: that of the very version, else the newer one.
    fn compare(&self, one: (&Layer, &Entry), other: (&Layer, &Entry)) -> Ordering {
        let is_exact = |(_, entry): (&Layer, &Entry)| *entry.version == *self.version;
        let is_original = |(layer, entry): (&Layer, &Entry)| {
            !(*layer.label == *R4_LABEL && entry.url.starts_with(TERMINOLOGY))
        };
        let exact = is_exact(one).cmp(&is_exact(other));
        let order = if self.version.is_empty() { Ordering::Equal } else { exact };
        order
            .then_with(|| is_original(one).cmp(&is_original(other)))
            .then_with(|| version::compare(&one.1.version, &other.1.version))
    }
}

#[cfg(test)]
mod tests;
