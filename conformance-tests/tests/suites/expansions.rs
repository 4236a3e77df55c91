//! Does every value set of core hold the codes that its official expansion holds?
//!
//! The published expansions of R4, <https://hl7.org/fhir/R4/terminologies-valuesets.html>, against our composition.
//! As measured, they hold no abstract concept, no deprecated one and nothing that stands below a deprecated one,
//! which the definitions do not ask for; these are left out from both sides. Value sets that draw on a system of
//! which core has no content, or on a rule of our own, are left apart and counted.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use fhir_profiles::Registry;
use model::{Value, json};
use terminology::code_system::{CodeSystem, Extent};
use terminology::value_set::{Source, ValueSet};
use terminology::{Terminology, systems};

use crate::scoreboard::{Scoreboard, suite};

/// How many must pass.
const AT_LEAST: usize = 920;

type Codes = BTreeSet<(String, String)>;

#[test]
fn core_value_sets_hold_the_codes_of_their_official_expansions() {
    let Some(folder) = suite("fhir-r4-expansions") else { return };
    let terminology = Terminology::new(Registry::r4());
    let mut board = Scoreboard::default();
    let mut apart = 0;
    for (name, expansion) in expansions(&folder.join("hl7.fhir.r4.expansions-4.0.1.tar.zst")) {
        let url = expansion.text("url").expect("every expansion is named");
        let mut expected = Codes::new();
        let contains = expansion.get("expansion").and_then(|it| it.get("contains"));
        collect(contains.map_or(&[][..], Value::items), &mut expected);
        let compiled = terminology.value_set(url);
        let is_apart = expected.iter().any(|(system, _)| !is_in_core(&terminology, system))
            || compiled.as_ref().is_ok_and(|value_set| draws_on_others(&terminology, value_set));
        if is_apart {
            apart += 1;
            continue;
        }
        board.note(name, compiled.and_then(|value_set| compare(&terminology, &value_set, expected)));
    }
    println!("expansions: {apart} left apart, because core lacks the content of a system");
    board.settle("expansions", AT_LEAST);
}

/// Every expansion by the name of its file: most value sets were expanded twice, in 2019 and in 2021.
fn expansions(archive: &Path) -> Vec<(String, Value)> {
    let file = std::fs::File::open(archive).expect("the suite was laid out");
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).expect("a zstd file"));
    let mut found = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("a whole archive");
        let path = entry.path().expect("a whole archive");
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("a whole archive");
        let tree = json::parse(&bytes).ok();
        let value_set = tree.filter(|tree| tree.text("resourceType") == Some("ValueSet"));
        found.extend(value_set.map(|tree| (name, tree)));
    }
    assert!(!found.is_empty(), "the archive holds value sets");
    found
}

fn collect(contains: &[Value], into: &mut Codes) {
    for entry in contains {
        if let (Some(system), Some(code)) = (entry.text("system"), entry.text("code")) {
            into.insert((system.to_owned(), code.to_owned()));
        }
        collect(entry.get("contains").map_or(&[][..], Value::items), into);
    }
}

fn is_in_core(terminology: &Terminology, system: &str) -> bool {
    let resource = terminology.registry.resolve_as("CodeSystem", system);
    resource.is_some_and(|resource| resource.text("content") != Some("not-present"))
}

/// Whether a part cannot be listed because its system is elsewhere; a version that core lacks is our concern.
fn draws_on_others(terminology: &Terminology, value_set: &ValueSet) -> bool {
    value_set.parts.iter().any(|part| {
        let is_law = matches!(part.source, Source::Law(_)) || systems::list(&part.system).is_some();
        is_law || !is_in_core(terminology, &part.system)
    })
}

fn compare(terminology: &Terminology, value_set: &ValueSet, expected: Codes) -> Result<(), String> {
    let listed = value_set.list().map_err(|refused| refused.to_string())?;
    let ours = listed.into_iter().map(|found| (value_set.parts[found.part].system.to_string(), found.code));
    let is_for_people = |(system, code): &(String, String)| {
        let table = terminology.code_system(system, None).ok();
        table.is_none_or(|table| is_shown(&table, code))
    };
    let ours: Codes = ours.filter(is_for_people).collect();
    let expected: Codes = expected.into_iter().filter(is_for_people).collect();
    let missing: Vec<_> = expected.difference(&ours).map(|(_, code)| code.as_str()).take(4).collect();
    let surplus: Vec<_> = ours.difference(&expected).map(|(_, code)| code.as_str()).take(4).collect();
    if missing.is_empty() && surplus.is_empty() {
        return Ok(());
    }
    let (ours, expected) = (ours.len(), expected.len());
    Err(format!("{ours} codes where {expected} are expected; missing {missing:?}, surplus {surplus:?}"))
}

fn is_shown(table: &CodeSystem, code: &str) -> bool {
    let Some(place) = table.find(code) else { return table.about.extent != Extent::Complete };
    let above = table.hierarchy.above(place, table.len());
    let is_outdated = table.is_deprecated(place) || above.iter().any(|place| table.is_deprecated(place));
    !table.is_abstract(place) && !is_outdated
}
