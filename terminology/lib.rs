//! What does this code mean?
//!
//! Code systems and value sets, answered in this process: <https://hl7.org/fhir/R4/terminology-module.html>.
//!
//! Three invariants: what cannot be known is said to be unknown, never guessed; nothing is computed before it
//! is asked for, and then once; a new registry means a new [`Terminology`].

mod cache;
mod closure;
pub mod code_system;
pub mod concept_set;
pub mod ecl;
mod expand;
mod find_matches;
mod hash;
mod language;
pub mod limits;
pub mod load;
mod loaded;
mod lookup;
pub mod refusal;
mod remote;
mod standing;
mod subsumes;
pub mod systems;
#[cfg(test)]
mod tests;
mod translate;
mod tree;
mod validate_code;
pub mod value_set;
mod versions;
mod wish;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use fhir_profiles::Registry;
use model::Value;

use cache::Cache;
pub use closure::Closure;
pub use code_system::CodeSystem;
use code_system::Extent;
pub use expand::{EXPAND_PARAMETERS, Expand, Sources, expand};
pub use find_matches::find_matches;
pub use loaded::{Kept, Loaded};
pub use lookup::{Lookup, lookup};
use refusal::Reason;
pub use refusal::Refusal;
pub use remote::{Remote, Unanswered};
pub use subsumes::subsumes;
pub use translate::{Translate, Words, translate};
pub use validate_code::{Given, ValidateCode, validate_code, validate_in_system};
pub use value_set::ValueSet;
use value_set::{Answer, Composer, implicit};
pub use versions::Versions;
pub use wish::is_wish;

/// A code as it stands in a resource; any part may be absent.
#[derive(Clone, Copy, Default)]
pub struct Coding<'a> {
    /// The code system.
    pub system: Option<&'a str>,
    /// Its version.
    pub version: Option<&'a str>,
    /// The code.
    pub code: Option<&'a str>,
    /// What it is called, as the sender says.
    pub display: Option<&'a str>,
}

/// Whether a code is in a value set.
#[derive(Debug, PartialEq, Eq)]
pub enum Membership {
    /// It is.
    Member,
    /// It is not, and why: a sentence for people.
    Absent(String),
    /// Nobody here can tell, and why: the system or the value set is not loaded, say.
    Unknown(String),
}

/// What is known of a code in its code system.
#[derive(Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The code exists; its preferred display and all others that are right.
    Known {
        /// What the code system calls it.
        display: Option<String>,
        /// Every other designation that is a right display.
        designations: Vec<String>,
        /// Whether it is no longer to be used.
        inactive: bool,
        /// Whether it may only group others.
        is_abstract: bool,
    },
    /// The code system is known in full and has no such code.
    NoSuchCode,
    /// The code system, or this part of it, is not loaded.
    UnknownSystem,
}

/// All that is known of codes: the registry's code systems and value sets, and those with laws of their own.
pub struct Terminology {
    /// The definitions.
    pub registry: Arc<Registry>,
    /// The code systems that are loaded from releases; they come before those of the registry.
    pub loaded: Arc<Loaded>,
    versions: Versions,
    code_systems: Arc<Cache<Result<Arc<CodeSystem>, String>>>,
    value_sets: Cache<Result<Arc<ValueSet>, Refusal>>,
    /// The systems by the value set of all their codes.
    wholes: OnceLock<HashMap<String, String>>,
    /// The systems with content, and their versions.
    systems: OnceLock<BTreeMap<String, BTreeSet<String>>>,
}

impl Terminology {
    /// Over the definitions of a registry; nothing is computed before it is asked for.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self::over(registry, Arc::default())
    }

    /// Over the definitions of a registry and the code systems that are loaded.
    pub fn over(registry: Arc<Registry>, loaded: Arc<Loaded>) -> Self {
        let code_systems = Arc::new(Cache::new());
        let versions = Versions::default();
        Self {
            registry,
            loaded,
            versions,
            code_systems,
            value_sets: Cache::new(),
            wholes: OnceLock::new(),
            systems: OnceLock::new(),
        }
    }

    /// The same with other versions where definitions leave them open; code systems that are ready are shared.
    pub fn pinned(&self, versions: Versions) -> Self {
        let code_systems = Arc::clone(&self.code_systems);
        let registry = Arc::clone(&self.registry);
        Self {
            registry,
            loaded: Arc::clone(&self.loaded),
            versions,
            code_systems,
            value_sets: Cache::new(),
            wholes: OnceLock::new(),
            systems: OnceLock::new(),
        }
    }

    /// Whether the coding is in the value set that `canonical` names. Without a system the code is looked for
    /// in every system of the set, as for an element of type `code`.
    pub fn member(&self, canonical: &str, coding: &Coding<'_>) -> Membership {
        let ask = |known: &Result<Arc<ValueSet>, Refusal>| match known {
            Ok(value_set) => membership(value_set, canonical, coding),
            Err(refusal) if refusal.reason == Reason::NoValueSet => {
                Membership::Unknown(format!("the value set `{canonical}` is not loaded"))
            }
            Err(refusal) => Membership::Unknown(refusal.text.clone()),
        };
        // Asked in place, so that the usual case shares nothing and copies nothing.
        self.value_sets.look(canonical, ask).unwrap_or_else(|| ask(&self.composed(canonical)))
    }

    /// What the code means in its system.
    pub fn meaning(&self, system: &str, version: Option<&str>, code: &str) -> Meaning {
        if let Some(law) = systems::law(system) {
            return match (law.meaning)(code) {
                Some(_) if law.doubt.is_some() => Meaning::UnknownSystem,
                Some(display) => {
                    Meaning::Known { display, designations: Vec::new(), inactive: false, is_abstract: false }
                }
                None => Meaning::NoSuchCode,
            };
        }
        let Ok(table) = self.code_system(system, version) else { return Meaning::UnknownSystem };
        match table.find(code) {
            Some(place) => Meaning::Known {
                display: table.display(place).map(str::to_owned),
                designations: table.designations(place).map(|it| it.value.to_owned()).collect(),
                inactive: table.is_inactive(place),
                is_abstract: table.is_abstract(place),
            },
            None if table.is_whole() => Meaning::NoSuchCode,
            None => Meaning::UnknownSystem,
        }
    }

    /// The table of a code system; without a version, of the newest. `1.x` means the newest of these.
    pub fn code_system(&self, system: &str, version: Option<&str>) -> Result<Arc<CodeSystem>, String> {
        if let Some(loaded) = self.loaded.find(system, version) {
            return Ok(loaded);
        }
        let newest = version.filter(|wanted| versions::is_pattern(wanted)).and_then(|wanted| {
            let known = self.registry.versions(system).map(|entry| &*entry.version);
            versions::newest(wanted, known).map(str::to_owned)
        });
        let version = newest.as_deref().or(version);
        let canonical = version.map(|version| format!("{system}|{version}"));
        let canonical = canonical.as_deref().unwrap_or(system);
        let missing = || Err(format!("the code system `{canonical}` is not loaded"));
        if let Some(known) = self.code_systems.look(canonical, Clone::clone) {
            return known;
        }
        let resource = self.system_definition(system, version);
        let is_list = systems::LISTS.iter().any(|(systems, _)| systems.contains(&system));
        // What is not there is not kept: names of missing systems come from anywhere.
        if resource.is_none() && !is_list {
            return missing();
        }
        self.code_systems.get_or_make(canonical, || {
            let table = resource.map(|resource| code_system::read(&resource)).transpose()?.map(Arc::new);
            let is_empty = table.as_ref().is_none_or(|table| table.about.extent == Extent::NotPresent);
            match is_empty.then(|| systems::list(system)).flatten().or(table) {
                Some(table) => Ok(table),
                None => missing(),
            }
        })
    }

    /// The value set that `canonical` names, compiled; otherwise why there is none.
    pub fn value_set(&self, canonical: &str) -> Result<Arc<ValueSet>, String> {
        self.composed(canonical).map_err(|refusal| refusal.text)
    }

    /// The same, with the reason in the words of the terminology ecosystem.
    pub fn composed(&self, canonical: &str) -> Result<Arc<ValueSet>, Refusal> {
        let mut composer = Composer::new(self);
        composer.within(canonical, |composer| self.value_set_on(canonical, composer))
    }

    /// Compiles a value set that is not in the registry.
    pub fn compile(&self, resource: &Value) -> Result<ValueSet, String> {
        self.compose(resource).map_err(|refusal| refusal.text)
    }

    /// The same, with the reason in the words of the terminology ecosystem.
    pub fn compose(&self, resource: &Value) -> Result<ValueSet, Refusal> {
        Composer::new(self).compile(resource)
    }

    /// The resource that defines a code system, in this version or else the newest; none where it is from a file.
    pub(crate) fn system_definition(&self, system: &str, version: Option<&str>) -> Option<Arc<Value>> {
        let Some(version) = version else { return self.registry.resolve_as("CodeSystem", system) };
        let known = self.registry.versions(system);
        // A version of a system is meant as it is written, where a canonical may name its first parts.
        let meant = known.filter(|it| &*it.resource_type == "CodeSystem" && *it.version == *version);
        meant.last().map(|entry| entry.resource())
    }

    fn has_value_set(&self, canonical: &str) -> bool {
        self.value_sets.look(canonical, |_| ()).is_some() || self.definition(canonical).is_some()
    }

    /// The value set that `canonical` names, for one that imports it or for a caller.
    fn value_set_on(&self, canonical: &str, composer: &mut Composer<'_>) -> Result<Arc<ValueSet>, Refusal> {
        if let Some(known) = self.value_sets.look(canonical, Clone::clone) {
            return known;
        }
        let Some(definition) = self.definition(canonical) else {
            return Err(Refusal::no_value_set(canonical));
        };
        let made = composer.compile(&definition).map(Arc::new);
        // An import may be refused for what imports it: too deep, in a circle.
        if made.is_err() && !composer.is_outermost() {
            return made;
        }
        self.value_sets.get_or_make(canonical, || made)
    }

    /// The definition of a value set: a resource, or what its canonical stands for.
    pub fn definition(&self, canonical: &str) -> Option<Arc<Value>> {
        let pinned = self.versions.value_set(canonical);
        let canonical = pinned.as_deref().unwrap_or(canonical);
        let resource = self.registry.resolve_as("ValueSet", canonical);
        let stands_for = || implicit(canonical).map(Arc::new);
        let whole = || {
            let wholes = self.wholes.get_or_init(|| self.wholes());
            wholes.get(canonical).map(|system| Arc::new(value_set::all_of(system, canonical)))
        };
        resource.or_else(stands_for).or_else(whole)
    }

    /// Every code system of which codes are known here, with its versions; none for one that has no version.
    pub fn systems(&self) -> &BTreeMap<String, BTreeSet<String>> {
        self.systems.get_or_init(|| {
            let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            let lists = systems::LISTS.iter().flat_map(|(systems, _)| systems.iter().copied());
            for system in systems::LAWS.iter().map(|law| law.system).chain(lists) {
                found.entry(system.to_owned()).or_default();
            }
            for resource in self.registry.of_type("CodeSystem").map(|entry| entry.resource()) {
                let has_codes = matches!(resource.text("content"), Some("complete" | "fragment" | "example"));
                let Some(url) = resource.text("url").filter(|_| has_codes) else { continue };
                let versions = found.entry(url.to_owned()).or_default();
                versions.extend(resource.text("version").map(str::to_owned));
            }
            for about in self.loaded.tables().map(|table| &table.about) {
                let versions = found.entry(about.url.to_string()).or_default();
                versions.extend(Some(about.version.to_string()).filter(|version| !version.is_empty()));
            }
            found
        })
    }

    fn wholes(&self) -> HashMap<String, String> {
        let systems = self.registry.of_type("CodeSystem").map(|entry| entry.resource());
        let named =
            systems.filter_map(|it| Some((it.text("valueSet")?.to_owned(), it.text("url")?.to_owned())));
        let loaded =
            self.loaded.tables().map(|table| &table.about).filter(|about| !about.value_set.is_empty());
        named.chain(loaded.map(|about| (about.value_set.to_string(), about.url.to_string()))).collect()
    }
}

fn membership(value_set: &ValueSet, canonical: &str, coding: &Coding<'_>) -> Membership {
    let Some(code) = coding.code else {
        return Membership::Absent(format!("there is no code that could be in the value set `{canonical}`"));
    };
    match value_set.answer(coding.system, coding.version, code) {
        Answer::Yes => Membership::Member,
        Answer::Unknown(reason) => Membership::Unknown(reason.to_owned()),
        Answer::No => {
            let system = coding.system.map(|system| format!(" of `{system}`")).unwrap_or_default();
            Membership::Absent(format!("the code `{code}`{system} is not in the value set `{canonical}`"))
        }
    }
}
