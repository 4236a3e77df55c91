//! How does a value set's definition become sets of codes?
//!
//! Set algebra, as <https://hl7.org/fhir/R4/valueset.html#compositions> tells it: within an include everything
//! must hold, the includes are joined, the excludes are taken away. A value set that only has an expansion is
//! what stands in its expansion.

use std::sync::Arc;

use model::{Object, Value};

use super::include::{Include, canonical};
use super::labels::labels;
use super::sets::Sets;
use super::{Codes, Drawn, Listed, Part, ValueSet};
use crate::Terminology;
use crate::limits::{IMPORT_DEPTH_MAX, IMPORTS_MAX};
use crate::refusal::{Reason, Refusal};
use crate::standing::Standing;
use crate::tree::{is_true, items};

/// Extensions by which a value set gives a parameter of its expansion.
const PARAMETERS: &[&str] = &[
    "http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter",
    "http://hl7.org/fhir/tools/StructureDefinition/valueset-expansion-parameter",
];

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
    pub(crate) fn compile(&mut self, resource: &Value) -> Result<ValueSet, Refusal> {
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
            language: language(resource).unwrap_or_default().into(),
            standing: Standing::of(resource),
            drawn: sets.drawn,
        })
    }

    fn compose(&mut self, owner: &Value, compose: &Value) -> Result<Sets, Refusal> {
        let mut sets = Sets::default();
        for (number, content) in items(compose, "include").iter().enumerate() {
            sets.join(self.include(Include { owner, content, role: "include", number })?);
        }
        for (number, content) in items(compose, "exclude").iter().enumerate() {
            let excluded = self.include(Include { owner, content, role: "exclude", number })?;
            sets.subtract(excluded, content.text("version").is_some());
        }
        if compose.get("inactive") == Some(&Value::Bool(false)) {
            sets.parts.iter_mut().for_each(drop_inactive);
        }
        Ok(sets)
    }

    /// One include or exclude: the system's codes that pass, and that stand in every value set imported.
    fn include(&mut self, include: Include<'_>) -> Result<Sets, Refusal> {
        let mut sets = None;
        if let Some(system) = include.content.text("system") {
            let part = self.part(include, system)?;
            let drawn = self.drawn(&part).into_iter().collect();
            sets = Some(Sets { parts: vec![part], gaps: Vec::new(), drawn });
        }
        for canonical in items(include.content, "valueSet").iter().filter_map(Value::as_str) {
            let imported = self.import(include.owner, canonical)?;
            sets = Some(match sets {
                Some(sets) => sets.cut(imported),
                None => imported,
            });
        }
        sets.ok_or_else(|| {
            Refusal::new(Reason::Definition, "an include has neither a system nor a value set")
        })
    }

    fn import(&mut self, owner: &Value, canonical: &str) -> Result<Sets, Refusal> {
        self.imports += 1;
        if self.imports > IMPORTS_MAX {
            let text = format!("the value set draws on more than the limit of {IMPORTS_MAX} value sets");
            return Err(Refusal::new(Reason::Definition, text));
        }
        let contained = canonical.strip_prefix('#').and_then(|id| {
            let contained = items(owner, "contained");
            contained.iter().find(|inner| inner.text("id") == Some(id))
        });
        match contained {
            Some(inner) => self.within(canonical, |composer| match inner.get("compose") {
                Some(compose) => composer.compose(owner, compose),
                None => Ok(composer.expansion(inner.get("expansion"))),
            }),
            None => self.named(canonical),
        }
    }

    /// The value set of a canonical; where nobody here has it, a gap.
    pub(super) fn named(&mut self, canonical: &str) -> Result<Sets, Refusal> {
        if !self.terminology.has_value_set(canonical) {
            let pinned = self.terminology.versions.value_set(canonical);
            let canonical = pinned.as_deref().unwrap_or(canonical);
            let gap = format!("the value set `{canonical}` is not loaded").into();
            let url = canonical.split('|').next().unwrap_or_default().into();
            let drawn = Drawn { kind: "ValueSet", url, canonical: canonical.into(), standing: None };
            return Ok(Sets { parts: Vec::new(), gaps: vec![gap], drawn: vec![drawn] });
        }
        let known =
            self.within(canonical, |composer| composer.terminology.value_set_on(canonical, composer))?;
        let itself = Drawn {
            kind: "ValueSet",
            url: known.url.clone(),
            canonical: self::canonical(&known.url, &known.version),
            standing: Some(known.standing),
        };
        let mut sets = Sets { parts: known.parts.clone(), gaps: known.gaps.clone(), drawn: vec![itself] };
        sets.draw(known.drawn.iter().cloned());
        Ok(sets)
    }

    /// Whether this is what a caller asked for, and not what something else imports.
    pub(crate) fn is_outermost(&self) -> bool {
        self.path.len() <= 1
    }

    /// Does something one import deeper; a value set that imports itself is refused, naming the way.
    pub(crate) fn within<T>(
        &mut self,
        canonical: &str,
        work: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if let Some(start) = self.path.iter().position(|known| known == canonical) {
            let way = self.path[start..].join("` imports `");
            let text = format!("the value set imports itself: `{way}` imports `{canonical}`");
            return Err(Refusal::new(Reason::Circle, text));
        }
        if self.path.len() >= IMPORT_DEPTH_MAX {
            let text =
                format!("value sets import one another more than the limit of {IMPORT_DEPTH_MAX} deep");
            return Err(Refusal::new(Reason::Definition, text));
        }
        self.path.push(canonical.to_owned());
        let done = work(self);
        self.path.pop();
        done
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
            let version = entries[0].text("version");
            let part = Part {
                version: version.unwrap_or_default().into(),
                labels: Arc::new(labels(entries.iter().copied())),
                codes: Codes::Listed(Arc::new(Listed::new(codes.iter().cloned()))),
                sequence: Arc::new(codes),
                ..Part::of(system, self.source(system, version).0)
            };
            sets.draw(self.drawn(&part));
            sets.parts.push(part);
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

/// The language in which the value set wants its codes named, or in which it is written.
fn language(resource: &Value) -> Option<&str> {
    let parameters = resource.get("compose").map_or(&[][..], |compose| items(compose, "extension")).iter();
    let parameters = parameters.filter(|it| it.text("url").is_some_and(|url| PARAMETERS.contains(&url)));
    let asked_for = parameters.filter(|it| part_of(it, "name") == Some("displayLanguage"));
    asked_for.filter_map(|it| part_of(it, "value")).next().or(resource.text("language"))
}

/// The text of a part of an extension.
fn part_of<'v>(extension: &'v Value, name: &str) -> Option<&'v str> {
    let part = items(extension, "extension").iter().find(|part| part.text("url") == Some(name))?;
    let mut members = part.as_object()?.iter();
    members.find(|(member, _)| member.starts_with("value")).and_then(|(_, value)| value.as_str())
}

fn drop_inactive(part: &mut Part) {
    let Some(table) = part.source.table() else { return };
    let inactive = Codes::concepts(table.those(|place| table.is_inactive(place)));
    part.retired = part.codes.clone().and(inactive.clone(), table.len());
    part.codes = part.codes.clone().without(inactive, table.len());
}
