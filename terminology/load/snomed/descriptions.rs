//! What are the concepts of a release called?
//!
//! The display is the synonym that is preferred in the dialect that counts: American English where the release has it,
//! else British, else the one that it has. Every active description is a designation whose use is its type; one that
//! another dialect prefers is told again under that dialect's language, by <https://hl7.org/fhir/R4/snomedct.html>.
//! What is told in the detail of a designation: module, day, and dialects with their acceptability.

use std::collections::HashMap;

use super::concepts::{Concepts, is_active};
use super::files::Files;
use super::newest::Newest;
use super::{SYSTEM, sctid};
use crate::code_system::{Builder, Designation, Note};
use crate::load::rows::{Form, Heading, Row};
use crate::load::{Defect, Loading};

const FULL_NAME: u64 = 900_000_000_000_003_001;
const SYNONYM: u64 = 900_000_000_000_013_009;
const PREFERRED: u64 = 900_000_000_000_548_007;

/// Reference sets of dialects that have a tag of their own, the one that gives displays first.
const DIALECTS: &[(u64, &str)] = &[(900_000_000_000_509_007, "en-US"), (900_000_000_000_508_004, "en-GB")];

/// The use of a name that a dialect prefers.
const PREFERRED_FOR_LANGUAGE: &str =
    "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra|preferredForLanguage";

/// The dialects of a description, each with its acceptability there.
type Accepted = Vec<(u64, u64)>;

/// In which dialects descriptions are accepted.
#[derive(Default)]
struct Dialects {
    by_description: HashMap<u64, u32>,
    /// Each combination once.
    combinations: Vec<Accepted>,
    numbers: HashMap<Accepted, u32>,
}

pub(super) fn read(
    loading: &mut Loading<'_>,
    files: &Files<'_>,
    concepts: &Concepts,
    builder: &mut Builder,
) -> Result<(), Defect> {
    let dialects = Dialects::read(loading, files)?;
    let leading = dialects.leading();
    let mut newest = Newest::of(loading, &files.descriptions)?;
    // Concepts whose display is the best there can be.
    let mut is_called = vec![false; concepts.len()];
    for entry in &files.descriptions {
        let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
        let names =
            ["id", "effectiveTime", "active", "moduleId", "conceptId", "languageCode", "typeId", "term"];
        let columns = rows.columns(names)?;
        while let Some(row) = rows.next_row()? {
            let told = Told::of(&row, columns)?;
            if !newest.is(told.id, row.number(columns[1], "effectiveTime")?) {
                continue;
            }
            if !told.is_active {
                loading.report.skip("inactive descriptions");
                continue;
            }
            let Some(place) = concepts.place(told.concept) else {
                loading.report.skip("descriptions of concepts that the release does not have");
                continue;
            };
            let accepted = dialects.of(told.id);
            told.enter(builder, place, accepted).map_err(|message| row.refuse(message))?;
            loading.report.take("descriptions");
            let is_preferred = leading.is_none_or(|leading| accepted.contains(&(leading, PREFERRED)));
            let called = is_called.get_mut(place as usize);
            if let Some(called) = called.filter(|called| told.kind == SYNONYM && is_preferred && !**called) {
                builder.call_as_designated(place);
                *called = true;
            } else {
                told.name(builder, place, accepted).map_err(|message| row.refuse(message))?;
            }
        }
    }
    Ok(())
}

/// What the row of a description tells.
struct Told<'r> {
    id: u64,
    day: &'r str,
    is_active: bool,
    module: &'r str,
    concept: u64,
    language: &'r str,
    kind: u64,
    term: &'r str,
}

impl<'r> Told<'r> {
    fn of(row: &Row<'r>, columns: [usize; 8]) -> Result<Self, Defect> {
        let [id, day, active, module, concept, language, kind, term] = columns;
        if row.text(term).is_empty() {
            return Err(row.refuse("`term` is empty"));
        }
        Ok(Self {
            id: sctid::component(row, id, "id")?,
            day: row.text(day),
            is_active: is_active(row, active)?,
            module: row.text(module),
            concept: sctid::concept(row, concept, "conceptId")?,
            language: row.text(language),
            kind: sctid::concept(row, kind, "typeId")?,
            term: row.text(term),
        })
    }

    fn enter(&self, builder: &mut Builder, place: u32, accepted: &[(u64, u64)]) -> Result<(), String> {
        let purpose = format!("{SYSTEM}|{}", self.kind);
        let dialects: Vec<_> = accepted.iter().map(|(set, how)| format!("{set}={how}")).collect();
        let detail = format!("{} {} {}", self.module, self.day, dialects.join(","));
        let designation = Designation { language: self.language, purpose: &purpose, value: self.term };
        builder.designate_noted(place, designation, Note { id: self.id, detail: &detail })
    }

    /// Makes a description the display for want of a better one, and tells which dialects prefer it.
    fn name(&self, builder: &mut Builder, place: u32, accepted: &[(u64, u64)]) -> Result<(), String> {
        if self.kind == FULL_NAME && !builder.has_display(place) {
            builder.call_as_designated(place);
        }
        if self.kind != SYNONYM {
            return Ok(());
        }
        for (set, _) in accepted.iter().filter(|(_, how)| *how == PREFERRED) {
            let tag = tag(*set, self.language);
            builder.designate_again(place, &tag, PREFERRED_FOR_LANGUAGE)?;
        }
        Ok(())
    }
}

impl Dialects {
    fn read(loading: &mut Loading<'_>, files: &Files<'_>) -> Result<Self, Defect> {
        let mut dialects = Self { combinations: vec![Vec::new()], ..Self::default() };
        for entry in &files.languages {
            let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
            let names = ["active", "refsetId", "referencedComponentId", "acceptabilityId"];
            let [active, set, description, how] = rows.columns(names)?;
            while let Some(row) = rows.next_row()? {
                let set = sctid::concept(&row, set, "refsetId")?;
                let description = sctid::component(&row, description, "referencedComponentId")?;
                let how = sctid::concept(&row, how, "acceptabilityId")?;
                if is_active(&row, active)? {
                    dialects.accept(description, (set, how));
                    loading.report.take("dialect rows");
                }
            }
        }
        Ok(dialects)
    }

    fn accept(&mut self, description: u64, one: (u64, u64)) {
        let known = self.by_description.get(&description).copied().unwrap_or_default();
        let mut combination = self.combinations.get(known as usize).cloned().unwrap_or_default();
        if let Err(place) = combination.binary_search(&one) {
            combination.insert(place, one);
        }
        let next = u32::try_from(self.combinations.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(combination.clone()).or_insert(next);
        if number == next {
            self.combinations.push(combination);
        }
        self.by_description.insert(description, number);
    }

    fn of(&self, description: u64) -> &[(u64, u64)] {
        let number = self.by_description.get(&description).copied().unwrap_or_default();
        self.combinations.get(number as usize).map_or(&[], Vec::as_slice)
    }

    /// The dialect that gives the displays; none when the release has no dialects.
    fn leading(&self) -> Option<u64> {
        let sets = || self.combinations.iter().flatten().map(|(set, _)| *set);
        let known = DIALECTS.iter().map(|(set, _)| *set).find(|known| sets().any(|set| set == *known));
        known.or_else(|| sets().min())
    }
}

/// The language of a dialect: `en-US`, or else `fr-x-sctlang-…`, the identifier in pieces of eight digits.
fn tag(set: u64, language: &str) -> String {
    if let Some((_, tag)) = DIALECTS.iter().find(|(known, _)| *known == set) {
        return (*tag).to_owned();
    }
    let digits = set.to_string();
    let pieces: Vec<&str> = (0..digits.len())
        .step_by(8)
        .map(|start| &digits[start..std::cmp::min(start + 8, digits.len())])
        .collect();
    format!("{language}-x-sctlang-{}", pieces.join("-"))
}
