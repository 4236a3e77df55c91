//! How does a value set's definition become sets of codes?
//!
//! Set algebra, as <https://hl7.org/fhir/R4/valueset.html#compositions> tells it: within an include everything
//! must hold, the includes are joined, the excludes are taken away. A value set that only has an expansion is
//! what stands in its expansion.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Object, Value};

use super::sets::Sets;
use super::{Codes, Label, Listed, OwnDesignation, Part, Source, ValueSet, filter};
use crate::Terminology;
use crate::code_system::{Extent, read_purpose};
use crate::limits::{IMPORT_DEPTH_MAX, IMPORTS_MAX};
use crate::systems::{self, Filter};
use crate::tree::{is_true, items};

/// Extensions by which a value set names the supplement that it needs.
const SUPPLEMENT: &str = "http://hl7.org/fhir/StructureDefinition/valueset-supplement";

/// A composition that is under way.
pub(crate) struct Composer<'a> {
    pub(crate) terminology: &'a Terminology,
    /// The value sets that import one another down to here.
    path: Vec<String>,
    imports: usize,
}

impl<'a> Composer<'a> {
    pub(crate) fn new(terminology: &'a Terminology) -> Self {
        Self { terminology, path: Vec::new(), imports: 0 }
    }

    /// Compiles a ValueSet resource.
    pub(crate) fn compile(&mut self, resource: &Value) -> Result<ValueSet, String> {
        let sets = match resource.get("compose") {
            Some(compose) => self.compose(resource, compose)?,
            None => self.expansion(resource.get("expansion")),
        };
        let text = |name| resource.text(name).unwrap_or_default().into();
        Ok(ValueSet {
            url: text("url"),
            version: text("version"),
            about: about(resource),
            parts: sets.parts,
            gaps: sets.gaps,
        })
    }

    fn compose(&mut self, resource: &Value, compose: &Value) -> Result<Sets, String> {
        let mut sets = Sets::default();
        for include in items(compose, "include") {
            sets.join(self.include(resource, include)?);
        }
        for exclude in items(compose, "exclude") {
            let excluded = self.include(resource, exclude)?;
            sets.subtract(excluded, exclude.text("version").is_some());
        }
        if compose.get("inactive") == Some(&Value::Bool(false)) {
            sets.parts.iter_mut().for_each(drop_inactive);
        }
        Ok(sets)
    }

    /// One include or exclude: the system's codes that pass, and that stand in every value set imported.
    fn include(&mut self, resource: &Value, include: &Value) -> Result<Sets, String> {
        let mut sets = match include.text("system") {
            Some(system) => {
                Some(Sets { parts: vec![self.part(resource, include, system)?], gaps: Vec::new() })
            }
            None => None,
        };
        for canonical in items(include, "valueSet").iter().filter_map(Value::as_str) {
            let imported = self.import(resource, canonical)?;
            sets = Some(match sets {
                Some(sets) => sets.cut(imported),
                None => imported,
            });
        }
        sets.ok_or_else(|| "an include has neither a system nor a value set".to_owned())
    }

    fn import(&mut self, resource: &Value, canonical: &str) -> Result<Sets, String> {
        self.imports += 1;
        if self.imports > IMPORTS_MAX {
            return Err(format!("the value set draws on more than the limit of {IMPORTS_MAX} value sets"));
        }
        let contained = canonical.strip_prefix('#').and_then(|id| {
            let contained = items(resource, "contained");
            contained.iter().find(|inner| inner.text("id") == Some(id))
        });
        let imported = match contained {
            Some(inner) => Ok(self.within(canonical, |composer| match inner.get("compose") {
                Some(compose) => composer.compose(resource, compose),
                None => Ok(composer.expansion(inner.get("expansion"))),
            })?),
            None => self.named(canonical)?,
        };
        Ok(imported.unwrap_or_else(|gap| Sets { parts: Vec::new(), gaps: vec![gap] }))
    }

    /// The value set of a canonical; inside, `Err` when nobody here has it.
    fn named(&mut self, canonical: &str) -> Result<Result<Sets, Arc<str>>, String> {
        if !self.terminology.has_value_set(canonical) {
            return Ok(Err(format!("the value set `{canonical}` is not loaded").into()));
        }
        let known =
            self.within(canonical, |composer| composer.terminology.value_set_on(canonical, composer))?;
        Ok(Ok(Sets { parts: known.parts.clone(), gaps: known.gaps.clone() }))
    }

    /// Whether this is what a caller asked for, and not what something else imports.
    pub(crate) fn is_outermost(&self) -> bool {
        self.path.len() <= 1
    }

    /// Does something one import deeper; a value set that imports itself is refused, naming the way.
    pub(crate) fn within<T>(
        &mut self,
        canonical: &str,
        work: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if let Some(start) = self.path.iter().position(|known| known == canonical) {
            let way = self.path[start..].join("` imports `");
            return Err(format!("the value set imports itself: `{way}` imports `{canonical}`"));
        }
        if self.path.len() >= IMPORT_DEPTH_MAX {
            return Err(format!(
                "value sets import one another more than the limit of {IMPORT_DEPTH_MAX} deep"
            ));
        }
        self.path.push(canonical.to_owned());
        let done = work(self);
        self.path.pop();
        done
    }

    /// The codes of one system in an include.
    fn part(&mut self, resource: &Value, include: &Value, system: &str) -> Result<Part, String> {
        let versions = &self.terminology.versions;
        let version = versions.wanted(system, include.text("version"));
        let (source, missing) = self.source(system, version);
        let concepts = items(include, "concept");
        let filters = items(include, "filter");
        let count = source.table().map_or(0, |table| table.len());
        let mut codes = match concepts {
            [] => whole(&source, &missing),
            concepts => listed(&source, concepts),
        };
        for written in filters {
            let filter = Filter {
                property: written.text("property").unwrap_or_default(),
                op: written.text("op").unwrap_or_default(),
                value: written.text("value").unwrap_or_default(),
            };
            codes = codes.and(self.filtered(&source, &missing, &filter)?, count);
        }
        let used = source.table().map(|table| table.about.version.clone()).filter(|used| !used.is_empty());
        let used = used.unwrap_or_else(|| version.unwrap_or_default().into());
        versions.check(system, &used)?;
        Ok(Part {
            system: system.into(),
            version: used,
            is_pinned: version.is_some(),
            source,
            codes,
            labels: Arc::new(labels(concepts)),
            sequence: Arc::new(concepts.iter().filter_map(|it| Some(it.text("code")?.into())).collect()),
            supplements: Arc::new(self.supplements(resource, system)?),
        })
    }

    fn source(&self, system: &str, version: Option<&str>) -> (Source, Arc<str>) {
        if let Some(law) = systems::law(system) {
            return (Source::Law(law), "".into());
        }
        match self.terminology.code_system(system, version) {
            Ok(table) if table.about.extent == Extent::NotPresent => {
                (Source::Absent, format!("the content of the code system `{system}` is not loaded").into())
            }
            Ok(table) => {
                let reason = format!("only a part of the code system `{system}` is loaded");
                (Source::Table(table), reason.into())
            }
            Err(reason) => (Source::Absent, reason.into()),
        }
    }

    fn filtered(
        &mut self,
        source: &Source,
        missing: &Arc<str>,
        written: &Filter<'_>,
    ) -> Result<Codes, String> {
        match source {
            Source::Table(table) => {
                // A filter may name a value set for the values of a property.
                let codes = match self.value_list(written)? {
                    Some(list) => filter::concepts(table, &Filter { value: &list, ..*written })?,
                    None => filter::concepts(table, written)?,
                };
                let codes = Codes::concepts(codes);
                Ok(if table.is_whole() {
                    codes
                } else {
                    codes.or(Codes::Beyond(Arc::clone(missing)), table.len())
                })
            }
            Source::Law(_) if matches!((written.property, written.op), ("concept" | "code", "regex")) => {
                let regex = filter::compile(written.value)?;
                Ok(Codes::Rule(Arc::new(Box::new(move |code: &str| regex.is_match(code)))))
            }
            Source::Law(law) => Ok(Codes::Rule(Arc::new((law.filter)(written)?))),
            Source::Absent => Ok(Codes::Unknown(Arc::clone(missing))),
        }
    }

    /// The codes of the value set that `in` or `not-in` names, as a list; `None` when it names codes itself.
    fn value_list(&mut self, written: &Filter<'_>) -> Result<Option<String>, String> {
        if !matches!(written.op, "in" | "not-in") || !written.value.contains("://") {
            return Ok(None);
        }
        let sets = self.named(written.value)?.map_err(|gap| gap.to_string())?;
        let set = ValueSet { parts: sets.parts, gaps: sets.gaps, ..ValueSet::empty() };
        let found = set.list().map_err(|refused| refused.to_string())?;
        Ok(Some(found.iter().map(|found| found.code.as_str()).collect::<Vec<_>>().join(",")))
    }

    /// The supplements to `system` that the value set names; one that is missing is refused.
    fn supplements(&self, resource: &Value, system: &str) -> Result<Vec<Arc<crate::CodeSystem>>, String> {
        let extensions = items(resource, "extension").iter();
        let named = extensions.filter(|it| it.text("url") == Some(SUPPLEMENT));
        let named = named.filter_map(|it| it.text("valueCanonical").or(it.text("valueUri")));
        let asked_for = self.terminology.versions.supplements.iter().map(String::as_str);
        let mut found = Vec::new();
        for canonical in named.chain(asked_for) {
            let (url, version) =
                canonical.split_once('|').map_or((canonical, None), |(url, it)| (url, Some(it)));
            let table = self.terminology.code_system(url, version);
            let table = table.map_err(|_| format!("the supplement `{canonical}` is not loaded"))?;
            if table.about.supplements.split('|').next() == Some(system) {
                found.push(table);
            }
        }
        Ok(found)
    }

    /// What stands in a stored expansion; what groups others there is no member.
    fn expansion(&mut self, expansion: Option<&Value>) -> Sets {
        let mut by_system: Vec<(&str, Vec<&Value>)> = Vec::new();
        let mut open: Vec<&Value> = Vec::new();
        open.extend(expansion.map_or(&[][..], |it| items(it, "contains")).iter().rev());
        while let Some(entry) = open.pop() {
            open.extend(items(entry, "contains").iter().rev());
            let is_abstract = is_true(entry, "abstract");
            let (Some(system), Some(_), false) = (entry.text("system"), entry.text("code"), is_abstract)
            else {
                continue;
            };
            match by_system.iter_mut().find(|(known, _)| *known == system) {
                Some((_, entries)) => entries.push(entry),
                None => by_system.push((system, vec![entry])),
            }
        }
        let mut sets = Sets::default();
        if expansion.is_none() {
            sets.gaps.push("the value set has neither a definition nor an expansion".into());
        }
        for (system, entries) in by_system {
            let codes: Vec<Box<str>> =
                entries.iter().filter_map(|it| Some(it.text("code")?.into())).collect();
            sets.parts.push(Part {
                system: system.into(),
                version: entries[0].text("version").unwrap_or_default().into(),
                is_pinned: false,
                source: self.source(system, entries[0].text("version")).0,
                labels: Arc::new(labels(entries.iter().copied())),
                codes: Codes::Listed(Arc::new(Listed::new(codes.iter().cloned()))),
                sequence: Arc::new(codes),
                supplements: Arc::default(),
            });
        }
        sets
    }
}

/// What a value set says of itself, as its expansion repeats it.
fn about(resource: &Value) -> Object {
    let known = ["language", "url", "version", "name", "title", "status", "experimental", "date"];
    let mut about = Object::new();
    for name in known {
        resource.get(name).into_iter().for_each(|value| about.set(name, value.clone()));
    }
    about
}

fn whole(source: &Source, missing: &Arc<str>) -> Codes {
    match source {
        Source::Table(table) if table.is_whole() => Codes::concepts(table.all()),
        Source::Table(table) => {
            Codes::concepts(table.all()).or(Codes::Beyond(Arc::clone(missing)), table.len())
        }
        Source::Law(_) => Codes::Whole,
        Source::Absent => Codes::Unknown(Arc::clone(missing)),
    }
}

/// The codes that an include lists; one that a system known in full does not have is none.
fn listed(source: &Source, concepts: &[Value]) -> Codes {
    let codes = concepts.iter().filter_map(|concept| concept.text("code"));
    let Source::Table(table) = source else {
        return Codes::Listed(Arc::new(Listed::new(codes.map(Box::from))));
    };
    let mut bits = crate::concept_set::Bits::none(table.len());
    let mut beyond = Vec::new();
    for code in codes {
        match table.find(code) {
            Some(place) => _ = bits.insert(place),
            None => beyond.push(code.into()),
        }
    }
    let known = Codes::concepts(bits);
    if table.is_whole() || beyond.is_empty() {
        return known;
    }
    known.or(Codes::Listed(Arc::new(Listed::new(beyond))), table.len())
}

fn labels<'v>(concepts: impl IntoIterator<Item = &'v Value>) -> HashMap<Box<str>, Label> {
    let mut labels = HashMap::new();
    for concept in concepts {
        let designations = items(concept, "designation").iter();
        let label = Label {
            display: concept.text("display").map(Box::from),
            designations: designations.map(designation).collect(),
        };
        let Some(code) = concept.text("code") else { continue };
        if label.display.is_some() || !label.designations.is_empty() {
            labels.entry(code.into()).or_insert(label);
        }
    }
    labels
}

fn designation(written: &Value) -> OwnDesignation {
    OwnDesignation {
        language: written.text("language").unwrap_or_default().into(),
        purpose: written.get("use").map(read_purpose).unwrap_or_default().into(),
        value: written.text("value").unwrap_or_default().into(),
    }
}

fn drop_inactive(part: &mut Part) {
    let Some(table) = part.source.table() else { return };
    let inactive = Codes::concepts(table.those(|place| table.is_inactive(place)));
    part.codes = part.codes.clone().without(inactive, table.len());
}
