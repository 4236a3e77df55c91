//! Is the code called so?
//!
//! A display is right when it is one of the names of the code, in a language that is asked for where one is; case
//! does not count: <https://hl7.org/fhir/R4/terminologies.html#code>. Where the code has no name in that language, the
//! names in the language of the system count.

use super::findings::Finding;
use super::forms;
use crate::language;
use crate::value_set::Part;

/// Systems whose uses say that a designation is a name to be shown; others have a purpose of their own.
const NAMING_SYSTEMS: &[&str] = &[
    "http://terminology.hl7.org/CodeSystem/designation-usage",
    "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra",
    "http://snomed.info/sct",
    "http://loinc.org",
];

/// What the code is called in the language that is asked for, or else first.
pub(super) fn chosen(part: &Part, code: &str, wish: Option<&str>) -> Option<String> {
    let Some(wish) = wish else { return part.display(code) };
    let names = names(part, code);
    let fitting = language::choose(names.iter().map(|(tag, name)| (tag.as_str(), name.as_str())), wish);
    fitting.map(str::to_owned).or_else(|| part.display(code))
}

/// What there is to say to a display; nothing where it is right, or no name of the code is known.
pub(super) fn judge(part: &Part, code: &str, claimed: &str, wish: Option<&str>) -> Option<Finding> {
    let all = names(part, code);
    let wished = wish.map(language::wishes).filter(|wished| !wished.is_empty());
    let is_spoken = |tag: &str| {
        tag.is_empty()
            || wished.as_ref().is_none_or(|wished| wished.iter().any(|wanted| language::fit(tag, wanted) > 0))
    };
    let spoken: Vec<&(String, String)> = all.iter().filter(|(tag, _)| is_spoken(tag)).collect();
    let (languages, system) = (wish.unwrap_or("--"), &part.system);
    if spoken.is_empty() {
        return without_name(part, code, claimed, (&all, languages));
    }
    if spoken.iter().any(|(_, name)| is_same(name, claimed)) {
        return None;
    }
    let is_space = spoken.iter().any(|(_, name)| plain(name) == plain(claimed));
    let (form, what) = match is_space {
        true => (&forms::WRONG_SPACE, "Wrong whitespace in Display Name"),
        false => (&forms::WRONG_DISPLAY, "Wrong Display Name"),
    };
    let valid = list(&spoken);
    let text = format!("{what} '{claimed}' for {system}#{code}. {valid} (for the language(s) '{languages}')");
    Some(Finding::new(form, text))
}

/// What there is to say to a display where the code has no name in the languages that are asked for.
fn without_name(
    part: &Part,
    code: &str,
    claimed: &str,
    (all, languages): (&[(String, String)], &str),
) -> Option<Finding> {
    let system = &part.system;
    let default = part.display(code).or_else(|| all.first().map(|(_, name)| name.clone()))?;
    let own = part.source.table().map_or("", |table| &table.about.language);
    let mut usual = all.iter().filter(|(tag, _)| tag == own).map(|(_, name)| name);
    if is_same(&default, claimed) || usual.any(|name| is_same(name, claimed)) {
        let text = format!(
            "There are no valid display names found for the code {system}#{code} for language(s) '{languages}'. \
             The display is '{claimed}' which is a valid display for the default language"
        );
        return Some(Finding::new(&forms::NO_DISPLAY_AND_RIGHT, text));
    }
    let text = format!(
        "Wrong Display Name '{claimed}' for {system}#{code}. There are no valid display names found for \
         language(s) '{languages}'. Default display is '{default}'"
    );
    Some(Finding::new(&forms::NO_DISPLAY_AND_WRONG, text))
}

fn is_same(name: &str, claimed: &str) -> bool {
    name.to_lowercase() == claimed.to_lowercase()
}

/// The names that would be right, as the messages list them.
fn list(names: &[&(String, String)]) -> String {
    let told = |(tag, name): &&(String, String)| match tag.as_str() {
        "" => format!("'{name}'"),
        tag => format!("'{name}' ({tag})"),
    };
    match names {
        [] => String::new(),
        [one] => format!("Valid display is {}", told(one)),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(told).collect();
            let (count, first, last) = (names.len(), first.join(", "), told(last));
            format!("Valid display is one of {count} choices: {first} or {last}")
        }
    }
}

/// All names of the code with their languages, each once.
fn names(part: &Part, code: &str) -> Vec<(String, String)> {
    let spoken = part.source.table().map_or("", |table| &table.about.language).to_owned();
    let own = part.display(code).into_iter().chain(part.source.display(code));
    let own = own.map(|name| (spoken.clone(), name));
    let is_name = |purpose: &str| {
        let system = purpose.split('|').next().unwrap_or_default();
        purpose.is_empty() || NAMING_SYSTEMS.contains(&system)
    };
    let others = part.designations(code).into_iter().filter(|(_, purpose, _)| is_name(purpose));
    let others = others.map(|(tag, _, name)| (tag, name));
    let mut names: Vec<(String, String)> = Vec::new();
    for name in own.chain(others) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The text with its white space made plain, so that only that may differ.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
