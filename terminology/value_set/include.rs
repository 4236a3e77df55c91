//! Which codes of one system does an include mean?
//!
//! Its codes or filters over the version that the rules choose:
//! <https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.compose.include>.

use std::sync::Arc;

use model::Value;

use super::labels::labels;
use super::{Codes, Composer, Drawn, Listed, Part, Source, ValueSet, filter};
use crate::CodeSystem;
use crate::code_system::Extent;
use crate::refusal::{Reason, Refusal};
use crate::standing::Standing;
use crate::systems::{self, Filter};
use crate::tree::items;

/// The extension by which a value set names a supplement that it needs.
const SUPPLEMENT: &str = "http://hl7.org/fhir/StructureDefinition/valueset-supplement";

/// An include or exclude, where it stands.
#[derive(Clone, Copy)]
pub(super) struct Include<'v> {
    /// The value set it is from.
    pub(super) owner: &'v Value,
    /// Itself.
    pub(super) content: &'v Value,
    /// `include` or `exclude`.
    pub(super) role: &'static str,
    /// Its number, from 0.
    pub(super) number: usize,
}

impl Composer<'_> {
    /// The codes of one system in an include.
    pub(super) fn part(&mut self, include: Include<'_>, system: &str) -> Result<Part, Refusal> {
        let versions = &self.terminology.versions;
        let written = include.content.text("version");
        let version = versions.wanted(system, written);
        let (source, missing) = self.source(system, version);
        let concepts = items(include.content, "concept");
        let count = source.table().map_or(0, |table| table.len());
        let mut codes = match concepts {
            [] => whole(&source, &missing),
            concepts => listed(&source, concepts),
        };
        for (number, written) in items(include.content, "filter").iter().enumerate() {
            let filter = filter_of(include, system, (number, written))?;
            let filtered = self.filtered(&source, &missing, &filter);
            let filtered = filtered.map_err(|text| Refusal::new(Reason::Definition, text))?;
            codes = codes.and(filtered, count);
        }
        let used = source.table().map(|table| table.about.version.clone()).filter(|used| !used.is_empty());
        let is_known = source.table().is_some();
        let needed = used.as_deref().filter(|_| is_known).and_then(|used| versions.check(system, used).err());
        let needed = needed.map(Box::from);
        Ok(Part {
            system: system.into(),
            version: used.unwrap_or_else(|| version.unwrap_or_default().into()),
            is_pinned: version.is_some(),
            written: written.unwrap_or_default().into(),
            wanted: version.unwrap_or_default().into(),
            needed,
            source,
            codes,
            retired: Codes::None,
            labels: Arc::new(labels(concepts)),
            sequence: Arc::new(concepts.iter().filter_map(|it| Some(it.text("code")?.into())).collect()),
            supplements: Arc::new(self.supplements(include.owner, system)?),
        })
    }

    /// The systems that a part draws on, as it is told when they are not to be relied on.
    pub(super) fn drawn(&self, part: &Part) -> Option<Drawn> {
        let table = part.source.table()?;
        let definition = self.terminology.system_definition(&part.system, Some(&*table.about.version));
        Some(Drawn {
            kind: "CodeSystem",
            url: part.system.clone(),
            canonical: canonical(&part.system, &table.about.version),
            standing: Some(definition.map(|it| Standing::of(&it)).unwrap_or_default()),
        })
    }

    pub(super) fn source(&self, system: &str, version: Option<&str>) -> (Source, Arc<str>) {
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
        let sets = self.named(written.value).map_err(|refusal| refusal.text)?;
        let set = ValueSet { parts: sets.parts, gaps: sets.gaps, ..ValueSet::empty() };
        let found = set.list().map_err(|refused| refused.to_string())?;
        Ok(Some(found.iter().map(|found| found.code.as_str()).collect::<Vec<_>>().join(",")))
    }

    /// The supplements to `system` that the value set names, or the request; one that is missing is refused.
    fn supplements(&self, owner: &Value, system: &str) -> Result<Vec<Arc<CodeSystem>>, Refusal> {
        let extensions = items(owner, "extension").iter();
        let named = extensions.filter(|it| it.text("url") == Some(SUPPLEMENT));
        let named = named.filter_map(|it| it.text("valueCanonical").or(it.text("valueUri")));
        let asked_for = self.terminology.versions.supplements.iter().map(String::as_str);
        let mut found = Vec::new();
        for canonical in named.chain(asked_for) {
            let (url, version) =
                canonical.split_once('|').map_or((canonical, None), |(url, it)| (url, Some(it)));
            let table = self.terminology.code_system(url, version);
            let table = table.map_err(|_| {
                Refusal::new(Reason::NoSupplement, format!("Required supplement not found: {canonical}"))
            })?;
            if table.about.supplements.split('|').next() == Some(system) {
                found.push(table);
            }
        }
        Ok(found)
    }
}

/// A canonical with its version, where it has one.
pub(super) fn canonical(url: &str, version: &str) -> Box<str> {
    if version.is_empty() { url.into() } else { format!("{url}|{version}").into() }
}

/// A filter as it is written; one without a value says nothing.
fn filter_of<'v>(
    include: Include<'v>,
    system: &str,
    (number, written): (usize, &'v Value),
) -> Result<Filter<'v>, Refusal> {
    let text = |name: &str| written.text(name).unwrap_or_default();
    let filter = Filter { property: text("property"), op: text("op"), value: text("value") };
    if !filter.value.is_empty() {
        return Ok(filter);
    }
    let text = format!(
        "The system {system} filter with property = {}, op = {} has no value",
        filter.property, filter.op
    );
    let place = format!("ValueSet.compose.{}[{}].filter[{number}]", include.role, include.number);
    Err(Refusal::new(Reason::Definition, text).at(place))
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
