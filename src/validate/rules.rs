//! What is a resource held against?

mod urls;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use fhir_profiles::{Definitions, Registry};
use fhirpath::{Node, Types};
use model::{Clock, Instant, Value};
use terminology::Terminology;

use crate::limits::PROFILES_MAX;
use crate::profile::{self, Profile};
use urls::Urls;

/// How much is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Names, JSON kinds, nothing empty.
    Structure,
    /// All that the base definition of the type says: cardinality, formats, invariants, required bindings of
    /// core value sets, where references may point.
    #[default]
    Core,
    /// Profiles, slices, extensions, bindings of every strength.
    Full,
}

/// The definitions, compiled as they are needed. One for the process, replaced when the registry is.
pub struct Rules {
    /// The definitions.
    pub registry: Arc<Registry>,
    /// What codes mean.
    pub terminology: Arc<Terminology>,
    clock: Option<Clock>,
    /// The definitions of the types themselves, each in the place of its type.
    bases: Box<[OnceLock<Option<Box<Profile>>>]>,
    /// The same as published, for expressions that ask for them.
    published: Box<[OnceLock<Option<Arc<Value>>>]>,
    /// The canonicals of value sets.
    value_sets: OnceLock<Urls>,
    /// All others by canonical as it was asked for.
    profiles: RwLock<HashMap<Box<str>, Option<Arc<Profile>>>>,
}

impl Rules {
    /// Over the definitions of a registry. Without a clock, `now()` in an invariant is the beginning of 1970.
    pub fn new(registry: Arc<Registry>, terminology: Arc<Terminology>) -> Self {
        let types = Definitions::r4().types();
        let bases = types.iter().map(|_| OnceLock::new()).collect();
        let published = types.iter().map(|_| OnceLock::new()).collect();
        let (value_sets, profiles) = (OnceLock::new(), RwLock::default());
        Self { registry, terminology, clock: None, bases, published, value_sets, profiles }
    }

    /// The same rules with a clock for invariants that ask for the time.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.as_ref().map_or_else(Instant::default, |clock| clock())
    }

    /// The definition of the type called `name`; none of those that are not known.
    pub(crate) fn base(&self, name: &str) -> Option<&Profile> {
        self.base_of(Definitions::r4().find(name)?)
    }

    /// The definition of a type.
    pub(crate) fn base_of(&self, type_id: fhirpath::TypeId) -> Option<&Profile> {
        let place = usize::try_from(type_id.0).ok()?;
        let compiled = self.bases.get(place)?.get_or_init(|| {
            let definition = self.base_definition(Definitions::r4().types().get(place)?.name)?;
            Some(Box::new(profile::compile_base(&definition)))
        });
        compiled.as_deref()
    }

    /// The ElementDefinition with this path in the definition of a type: `Patient.contact`, `HumanName.family`.
    pub fn element_definition(&self, path: &str) -> Option<Node<'_>> {
        let definitions = Definitions::r4();
        let name = path.split('.').next()?;
        let place = usize::try_from(definitions.find(name)?.0).ok()?;
        let published = self.published.get(place)?.get_or_init(|| self.base_definition(name));
        let elements = published.as_ref()?.get("snapshot")?.get("element")?.items();
        let element = elements.iter().find(|element| element.text("path") == Some(path))?;
        let type_id = definitions.find("ElementDefinition")?;
        Some(Node { value: Some(element), companion: None, type_id })
    }

    /// The published definition of the type called `name`.
    fn base_definition(&self, name: &str) -> Option<Arc<Value>> {
        let url = format!("http://hl7.org/fhir/StructureDefinition/{name}");
        self.definition(&format!("{url}|4.0.1")).or_else(|| self.definition(&url))
    }

    /// Whether a canonical could name a value set; false when none is known that it names.
    pub(crate) fn may_be_value_set(&self, canonical: &str) -> bool {
        let urls = self
            .value_sets
            .get_or_init(|| Urls::new(self.registry.of_type("ValueSet").map(|entry| &*entry.url)));
        urls.may_hold(canonical)
    }

    /// The profile that `canonical` names.
    pub(crate) fn profile(&self, canonical: &str) -> Option<Arc<Profile>> {
        // Whoever held the lock before put whole values in or nothing, so a poisoned one is as good.
        let known = self.profiles.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(canonical) {
            return found.clone();
        }
        drop(known);
        let definition = self.definition(canonical);
        let compiled = definition.map(|definition| Arc::new(profile::compile(&definition, self)));
        let mut known = self.profiles.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PROFILES_MAX {
            known.clear();
        }
        known.insert(canonical.into(), compiled.clone());
        compiled
    }

    fn definition(&self, canonical: &str) -> Option<Arc<Value>> {
        self.registry.resolve_as("StructureDefinition", canonical)
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("rules")
    }
}
