//! What does a value set draw on?
//!
//! Its definition walked through all that it imports, for what an expansion tells of itself: the systems and value sets
//! that were used, in which versions, and what speaks against them.
//! <https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.expansion.parameter>, by the names of R5.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::{Issue, Value};

use crate::limits::IMPORTS_MAX;
use crate::refusal::Reason;
use crate::standing::Standing;
use crate::tree::items;
use crate::versions::is_pattern;
use crate::{CodeSystem, Refusal, Terminology, systems};

/// The extension by which a value set names a supplement that it needs.
const SUPPLEMENT: &str = "http://hl7.org/fhir/StructureDefinition/valueset-supplement";

/// What a value set draws on.
#[derive(Default)]
pub struct Sources {
    /// Parameters of the expansion: name and canonical, each pair once.
    pub(super) notes: Vec<(String, String)>,
    /// What the value set says of single codes, by system and code.
    pub(super) marks: HashMap<(String, String), Vec<Value>>,
    /// The definitions of the systems and supplements, by what the table of each is called.
    pub(super) definitions: HashMap<(Box<str>, Box<str>), Arc<Value>>,
    /// Why it must not be expanded like this.
    refusals: Vec<Issue>,
    /// What nobody here has; that matters only where codes cannot be told without it.
    pub(super) missing: Vec<Issue>,
    /// The versions of each system that the definitions name.
    versions: BTreeMap<String, BTreeSet<String>>,
    /// Whether codes are brought by another value set, or taken away.
    is_composed: bool,
}

/// A definition on the way: a value set, or one that it contains.
struct Step {
    owner: Arc<Value>,
    contained: Option<String>,
}

/// A walk through definitions.
struct Walk<'a> {
    terminology: &'a Terminology,
    /// How far what the walk began with is to be relied on.
    within: Standing,
    open: Vec<Step>,
    seen: BTreeSet<String>,
    found: Sources,
}

impl Sources {
    /// Of a value set, by its definition.
    pub fn of(terminology: &Terminology, definition: &Arc<Value>) -> Self {
        let first = Step { owner: Arc::clone(definition), contained: None };
        let (open, seen) = (vec![first], BTreeSet::new());
        let within = Standing::of(definition);
        let mut walk = Walk { terminology, within, open, seen, found: Self::default() };
        walk.warn(definition);
        terminology.versions.supplements.iter().for_each(|canonical| walk.define(canonical));
        // A value set that draws on more is refused when it is compiled.
        while let (Some(step), true) = (walk.open.pop(), walk.seen.len() <= IMPORTS_MAX) {
            walk.step(&step);
        }
        walk.found
    }

    /// Why it must not be expanded, if there is a reason.
    pub fn refusals(&self) -> Option<Vec<Issue>> {
        Some(self.refusals.clone()).filter(|refusals| !refusals.is_empty())
    }

    /// Whether more than one version of the system is spoken of, so that each code tells its own.
    pub(super) fn names_several_versions(&self, system: &str) -> bool {
        self.versions.get(system).is_some_and(|versions| versions.len() > 1)
    }

    /// Whether the codes stand as their systems have them. What is put together from other value sets, or has lost
    /// codes again, has no order of its own in which one could stand below another.
    pub(super) fn keep_hierarchy(&self) -> bool {
        !self.is_composed
    }

    fn note(&mut self, name: &str, canonical: String) {
        let note = (name.to_owned(), canonical);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl Walk<'_> {
    fn step(&mut self, step: &Step) {
        let of_contained = step.contained.as_deref().map(|id| contained(&step.owner, id));
        let Some(definition) = of_contained.unwrap_or(Some(&step.owner)) else { return };
        let supplements =
            items(definition, "extension").iter().filter(|it| it.text("url") == Some(SUPPLEMENT));
        for supplement in supplements.filter_map(|it| it.text("valueCanonical")) {
            self.define(supplement);
        }
        if let Some(compose) = definition.get("compose") {
            self.found.is_composed |= !items(compose, "exclude").is_empty();
            for include in items(compose, "include").iter().chain(items(compose, "exclude")) {
                self.include(include, &step.owner);
            }
        }
        let expansion = definition.get("expansion").filter(|_| definition.get("compose").is_none());
        let listed = expansion.map_or(&[][..], |expansion| items(expansion, "contains"));
        for entry in listed {
            let Some(system) = entry.text("system") else { continue };
            self.system(system, entry.text("version"), Needed::Named);
        }
    }

    fn include(&mut self, include: &Value, owner: &Arc<Value>) {
        if let Some(system) = include.text("system") {
            let has_codes = !items(include, "concept").is_empty() && items(include, "filter").is_empty();
            let needed = if has_codes { Needed::Named } else { Needed::Listed };
            self.system(system, include.text("version"), needed);
            for concept in items(include, "concept") {
                let (Some(code), [_, ..]) = (concept.text("code"), items(concept, "extension")) else {
                    continue;
                };
                let key = (system.to_owned(), code.to_owned());
                let marks = items(concept, "extension").iter().cloned();
                self.found.marks.entry(key).or_default().extend(marks);
            }
        }
        for canonical in items(include, "valueSet").iter().filter_map(Value::as_str) {
            self.found.is_composed = true;
            match canonical.strip_prefix('#') {
                Some(id) => self.enter(Arc::clone(owner), Some(id)),
                None => self.import(canonical),
            }
        }
    }

    fn import(&mut self, canonical: &str) {
        let pinned = self.terminology.versions.value_set(canonical);
        let wanted = pinned.as_deref().unwrap_or(canonical);
        let Some(definition) = self.terminology.definition(wanted) else {
            self.found.missing.push(Refusal::no_value_set(wanted).into());
            return;
        };
        if pinned.is_some() {
            self.found.note("default-valueset-version", wanted.to_owned());
        }
        self.found.note("used-valueset", canonical_of(&definition));
        self.warn(&definition);
        self.enter(definition, None);
    }

    /// Goes on into a definition, unless the walk has been there.
    fn enter(&mut self, owner: Arc<Value>, contained: Option<&str>) {
        let name = format!("{}#{}", canonical_of(&owner), contained.unwrap_or_default());
        if self.seen.insert(name) {
            self.open.push(Step { owner, contained: contained.map(str::to_owned) });
        }
    }

    fn system(&mut self, system: &str, written: Option<&str>, needed: Needed) {
        let wanted = self.wanted(system, written);
        let named = |version: &str| written.unwrap_or(version).to_owned();
        if systems::law(system).is_some() {
            self.used(system, "", named(""));
            return;
        }
        match self.terminology.code_system(system, wanted.as_deref()) {
            Ok(table) => {
                self.check(system, &table);
                self.used(system, &table.about.version, named(&table.about.version));
                self.define(&with_version(&table.about.url, &table.about.version));
            }
            Err(_) => {
                let version = wanted.as_deref().unwrap_or_default();
                self.used(system, version, named(version));
                if needed == Needed::Listed {
                    let issue = unknown(self.terminology, system, wanted.as_deref());
                    self.found.missing.push(issue);
                }
            }
        }
    }

    /// The version to look for; notes which argument decided it.
    fn wanted(&mut self, system: &str, written: Option<&str>) -> Option<String> {
        let versions = &self.terminology.versions;
        let arguments: [(_, &[String], bool); 3] = [
            ("force-system-version", &versions.force, true),
            ("system-version", &versions.default, written.is_none()),
            ("check-system-version", &versions.check, written.is_none()),
        ];
        let of_system = |entry: &&String| entry.split_once('|').is_some_and(|(named, _)| named == system);
        let decides = arguments.into_iter().filter(|(_, _, may_decide)| *may_decide);
        let mut deciding =
            decides.filter_map(|(name, entries, _)| Some((name, entries.iter().find(of_system)?)));
        if let Some((name, entry)) = deciding.next() {
            self.found.note(name, entry.clone());
        }
        versions.wanted(system, written).map(str::to_owned)
    }

    fn used(&mut self, system: &str, version: &str, named: String) {
        let version = if is_pattern(version) { "" } else { version };
        self.found.note("used-codesystem", with_version(system, version));
        self.found.versions.entry(system.to_owned()).or_default().insert(named);
    }

    /// Refuses a version other than the one that must be used.
    fn check(&mut self, system: &str, table: &CodeSystem) {
        let used = &*table.about.version;
        if let Err(needed) = self.terminology.versions.check(system, used) {
            self.found.refusals.push(Refusal::version(system, used, needed).into());
        }
    }

    /// Keeps the definition of a system; one that is no resource has nothing more to say of itself.
    fn define(&mut self, canonical: &str) {
        let Some(definition) = self.terminology.registry.resolve_as("CodeSystem", canonical) else { return };
        self.warn(&definition);
        let text = |name| definition.text(name).unwrap_or_default().into();
        self.found.definitions.insert((text("url"), text("version")), definition);
    }

    /// Notes that a definition is not to be relied on.
    fn warn(&mut self, definition: &Value) {
        if let Some(mark) = Standing::of(definition).mark(self.within) {
            self.found.note(&format!("warning-{}", mark.as_str()), canonical_of(definition));
        }
    }
}

/// What an include needs of its system.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// Its codes, one after the other.
    Listed,
    /// Nothing that the include does not name itself.
    Named,
}

/// The complaint that a system is needed and not there, in that version.
fn unknown(terminology: &Terminology, system: &str, version: Option<&str>) -> Issue {
    let known: Vec<&str> =
        terminology.systems().get(system).into_iter().flatten().map(String::as_str).collect();
    let of_version = version.map(|version| format!(" version '{version}'")).unwrap_or_default();
    let valid = match (version, known.as_slice()) {
        (None, _) => String::new(),
        (Some(_), []) => ". No versions of this code system are known".to_owned(),
        (Some(_), known) => format!(". Valid versions: {}", known.join(" or ")),
    };
    let text = format!(
        "A definition for CodeSystem '{system}'{of_version} could not be found, so the value set cannot be \
         expanded{valid}"
    );
    Refusal::new(Reason::NoSystem, text).into()
}

fn contained<'v>(owner: &'v Value, id: &str) -> Option<&'v Value> {
    items(owner, "contained").iter().find(|inner| inner.text("id") == Some(id))
}

fn canonical_of(definition: &Value) -> String {
    with_version(definition.text("url").unwrap_or_default(), definition.text("version").unwrap_or_default())
}

/// A canonical with its version, where it has one.
pub(super) fn with_version(url: &str, version: &str) -> String {
    if version.is_empty() { url.to_owned() } else { format!("{url}|{version}") }
}
