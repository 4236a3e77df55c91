//! Is the code called so?
//!
//! A display is right when it is one of the names of the code, in a language that is asked for where one is; case
//! does not count: <https://hl7.org/fhir/R4/terminologies.html#code>.

use crate::value_set::Part;
use crate::{expand, language};

/// What the code is called in the language that is asked for, or else first.
pub(super) fn chosen(part: &Part, code: &str, wish: Option<&str>) -> Option<String> {
    expand::display(part, code, &part.designations(code), wish)
}

/// What is wrong with a display; nothing where no name of the code is known.
pub(super) fn wrong_display(part: &Part, code: &str, claimed: &str, wish: Option<&str>) -> Option<String> {
    let names = names(part, code);
    let spoken = |tag: &str| {
        wish.is_none_or(|wish| language::wishes(wish).iter().any(|wanted| language::fit(tag, wanted) > 0))
    };
    let asked_for: Vec<_> = names.iter().filter(|(tag, _)| tag.is_empty() || spoken(tag)).collect();
    // Without a name in that language all names count.
    let known: Vec<_> = if asked_for.is_empty() { names.iter().collect() } else { asked_for };
    let folded = claimed.to_lowercase();
    if known.is_empty() || known.iter().any(|(_, name)| name.to_lowercase() == folded) {
        return None;
    }
    let is_space = known.iter().any(|(_, name)| plain(name) == plain(claimed));
    let what = if is_space { "Wrong whitespace in Display Name" } else { "Wrong Display Name" };
    let told: Vec<String> = known
        .iter()
        .map(|(tag, name)| if tag.is_empty() { format!("'{name}'") } else { format!("'{name}' ({tag})") })
        .collect();
    let valid = match &told[..] {
        [one] => format!("Valid display is {one}"),
        several => format!("Valid display is one of {} choices: {}", several.len(), several.join(", ")),
    };
    let languages = wish.unwrap_or("--");
    Some(format!(
        "{what} '{claimed}' for {}#{code}. {valid} (for the language(s) '{languages}')",
        part.system
    ))
}

/// All names of the code with their languages, each once.
fn names(part: &Part, code: &str) -> Vec<(String, String)> {
    let spoken = part.source.table().map_or("", |table| &table.about.language).to_owned();
    let own = part.display(code).into_iter().chain(part.source.display(code));
    let own = own.map(|name| (spoken.clone(), name));
    let others = part.designations(code).into_iter().map(|(tag, _, name)| (tag, name));
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
