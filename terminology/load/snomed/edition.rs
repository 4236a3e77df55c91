//! Of which edition and day is a release?
//!
//! The version is `http://snomed.info/sct/MODULE/version/DAY`, <https://hl7.org/fhir/R4/snomedct.html>. The module is the
//! one that builds upon the others and that none builds upon, by the reference set of module dependencies; the day is
//! the one that it states there for itself. Where that is not told, or told of several, it must be said.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Files;
use super::{SYSTEM, sctid};
use crate::load::rows::{Form, Heading};
use crate::load::{Defect, Loading};

/// The version of a release.
pub(super) fn version(loading: &mut Loading<'_>, files: &Files<'_>) -> Result<String, Defect> {
    if let Some(asked) = loading.version {
        return checked(asked);
    }
    // Of each module: the day of its newest statement, and what it builds upon.
    let mut days: BTreeMap<u64, u64> = BTreeMap::new();
    let mut built_upon: BTreeSet<u64> = BTreeSet::new();
    for entry in &files.dependencies {
        let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
        let names = ["active", "moduleId", "referencedComponentId", "sourceEffectiveTime"];
        let [active, module, upon, day] = rows.columns(names)?;
        while let Some(row) = rows.next_row()? {
            if row.text(active) != "1" {
                continue;
            }
            let (module, upon) = (
                sctid::concept(&row, module, "moduleId")?,
                sctid::concept(&row, upon, "referencedComponentId")?,
            );
            let day = row.number(day, "sourceEffectiveTime")?;
            let newest = days.entry(module).or_insert(day);
            *newest = std::cmp::max(*newest, day);
            if upon != module {
                built_upon.insert(upon);
            }
        }
    }
    let mut tops = days.iter().filter(|(module, _)| !built_upon.contains(module));
    match (tops.next(), tops.next()) {
        (Some((module, day)), None) => Ok(format!("{SYSTEM}/{module}/version/{day}")),
        (None, _) => Err(unsaid("the release does not tell its module dependencies")),
        (Some((one, _)), Some((other, _))) => {
            Err(unsaid(&format!("the release has several modules that none builds upon, {one} and {other}")))
        }
    }
}

fn unsaid(why: &str) -> Defect {
    Defect::of(
        "",
        format!("{why}, so that its edition is not known: say --version {SYSTEM}/MODULE/version/YYYYMMDD"),
    )
}

/// A version that somebody says, if it has the form of one.
fn checked(asked: &str) -> Result<String, Defect> {
    let mut parts =
        asked.strip_prefix(SYSTEM).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default().split('/');
    let (module, word, day) = (parts.next(), parts.next(), parts.next());
    let is_day = day.is_some_and(|day| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()));
    if module.is_some_and(sctid::is_valid) && word == Some("version") && is_day && parts.next().is_none() {
        return Ok(asked.to_owned());
    }
    Err(Defect::of(
        "",
        format!("the version is `{asked}` where {SYSTEM}/MODULE/version/YYYYMMDD was expected"),
    ))
}
