//! How are the definitions of one package kept, so that a start reads an index and not megabytes of JSON?
//!
//! A layer is an index – type, id, canonical, version and name of every definition – and blocks of compressed
//! JSON. The index is read at once; a definition is decoded when it is first asked for and shared from then on.
//! [`mod@format`] lays the bytes out. What a canonical is: <https://hl7.org/fhir/R4/references.html#canonical>.

mod format;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use model::Value;

use format::{Blocks, Place};

/// How hard to compress what is made once and embedded.
pub const LEVEL_EMBEDDED: i32 = 19;

/// How hard to compress what somebody waits for: a tenth larger, ten times as fast.
pub const LEVEL_INSTALLED: i32 = 9;

/// A definition, by what names it.
#[derive(Clone)]
pub struct Entry {
    /// `StructureDefinition`, `ValueSet`, …
    pub resource_type: Box<str>,
    /// Its logical id; empty when it has none.
    pub id: Box<str>,
    /// Its canonical, without version; empty when it has none, as NamingSystems have not.
    pub url: Box<str>,
    /// Its business version; empty when it has none.
    pub version: Box<str>,
    /// Its name for machines; empty when it has none.
    pub name: Box<str>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Decoded(Arc<Value>),
    Packed { blocks: Arc<Blocks>, place: Place, decoded: OnceLock<Arc<Value>> },
}

/// The definitions of one package, or some that were handed in. Never changed once made.
pub struct Layer {
    /// The package's name and version, `hl7.fhir.us.core#6.1.0`; empty when they are from none.
    pub label: Box<str>,
    entries: Vec<Entry>,
    urls: HashMap<Box<str>, Vec<u32>>,
    types: HashMap<Box<str>, Vec<u32>>,
}

/// The bytes are no layer, or not as they were written.
#[derive(Debug)]
pub struct Damaged(&'static str);

impl fmt::Display for Damaged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "reading a file of packed definitions failed: {}", self.0)
    }
}

impl std::error::Error for Damaged {}

impl Entry {
    /// The definition itself, decoded when it is first asked for and shared from then on.
    ///
    /// A layer's checksum is compared when it is read, so that only forged bytes fail to decode here; they
    /// yield `null`, of which nothing follows.
    pub fn resource(&self) -> Arc<Value> {
        match &self.source {
            Source::Decoded(resource) => Arc::clone(resource),
            Source::Packed { blocks, place, decoded } => {
                let decode = || Arc::new(blocks.decode(*place).unwrap_or(Value::Null));
                Arc::clone(decoded.get_or_init(decode))
            }
        }
    }

    fn of(resource: Arc<Value>) -> Entry {
        let text = |name| resource.text(name).unwrap_or_default().into();
        Entry {
            resource_type: text("resourceType"),
            id: text("id"),
            url: text("url"),
            version: text("version"),
            name: text("name"),
            source: Source::Decoded(Arc::clone(&resource)),
        }
    }
}

impl Layer {
    /// A layer of these resources, of no package.
    pub fn from_resources(resources: impl IntoIterator<Item = Value>) -> Layer {
        let entries = resources.into_iter().map(|resource| Entry::of(Arc::new(resource)));
        Layer::new("", entries.collect())
    }

    /// Reads what [`write()`] wrote. Only the index is decoded.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Layer, Damaged> {
        let (label, entries) = format::read(bytes.into())?;
        Ok(Layer::new(&label, entries))
    }

    fn new(label: &str, entries: Vec<Entry>) -> Layer {
        let mut urls: HashMap<_, Vec<u32>> = HashMap::new();
        let mut types: HashMap<_, Vec<u32>> = HashMap::new();
        for (place, entry) in (0..).zip(&entries) {
            // Many share a type, so that its name is copied once only.
            match types.get_mut(entry.resource_type.deref()) {
                Some(places) => places.push(place),
                None => drop(types.insert(entry.resource_type.clone(), vec![place])),
            }
            if !entry.url.is_empty() {
                urls.entry(entry.url.clone()).or_default().push(place);
            }
        }
        Layer { label: label.into(), entries, urls, types }
    }

    /// All definitions, in the order of the layer.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Those that have the canonical `url`, of any type and version.
    pub fn with_url<'l>(&'l self, url: &str) -> impl Iterator<Item = &'l Entry> + use<'l> {
        self.at(self.urls.get(url))
    }

    /// Those of a type.
    pub fn of_type<'l>(&'l self, resource_type: &str) -> impl Iterator<Item = &'l Entry> + use<'l> {
        self.at(self.types.get(resource_type))
    }

    fn at<'l>(&'l self, places: Option<&'l Vec<u32>>) -> impl Iterator<Item = &'l Entry> + use<'l> {
        let places = places.map_or(&[][..], Vec::as_slice).iter();
        places.filter_map(|place| self.entries.get(usize::try_from(*place).ok()?))
    }
}

/// Packs definitions of the package `label`; the same ones in any order make the same bytes.
pub fn write(label: &str, resources: &[Value], level: i32) -> Vec<u8> {
    let mut entries: Vec<_> = resources
        .iter()
        .map(|resource| {
            let text = |name| resource.text(name).unwrap_or_default();
            ([text("resourceType"), text("id"), text("url"), text("version"), text("name")], resource)
        })
        .collect();
    // Like stands beside like, which compresses well and lets a scan of one type unpack each block once.
    entries.sort_by_key(|(names, _)| *names);
    format::write(label, &entries, level)
}

#[cfg(test)]
mod tests;
