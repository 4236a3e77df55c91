//! How are the levels and profiles that writes are held against written in a setting?

use fhir_profiles::Definitions;
use interactions::Scrutiny;
use model::ResourceType;
use validate::Level;

const LEVELS: &[(&str, Level)] =
    &[("structure", Level::Structure), ("core", Level::Core), ("full", Level::Full)];

/// Reads `core, Patient=full, Binary=structure` into `scrutiny`.
pub(super) fn levels(scrutiny: &mut Scrutiny, value: &str) -> Option<()> {
    let (mut level, mut levels) = (Level::default(), Vec::new());
    for word in words(value) {
        match word.split_once('=') {
            None => level = super::parse::words(word, LEVELS)?,
            Some((name, word)) => {
                levels.push((resource_type(name)?, super::parse::words(word.trim(), LEVELS)?))
            }
        }
    }
    (scrutiny.level, scrutiny.levels) = (level, levels);
    Some(())
}

/// Writes what [`levels`] reads.
pub(super) fn show_levels(scrutiny: &Scrutiny) -> String {
    let word = |level| super::parse::text(level, LEVELS);
    let named = scrutiny.levels.iter().map(|(name, level)| format!(", {name}={}", word(*level)));
    word(scrutiny.level) + &named.collect::<String>()
}

/// Reads `Patient=URL, Patient=URL` into `scrutiny`.
pub(super) fn profiles(scrutiny: &mut Scrutiny, value: &str) -> Option<()> {
    let read = |word: &str| {
        let (name, url) = word.split_once('=')?;
        (url.contains(':') && !url.contains(char::is_whitespace)).then_some(())?;
        Some((resource_type(name)?, url.to_owned()))
    };
    scrutiny.profiles = words(value).map(read).collect::<Option<_>>()?;
    Some(())
}

/// Writes what [`profiles`] reads.
pub(super) fn show_profiles(scrutiny: &Scrutiny) -> String {
    let named = scrutiny.profiles.iter().map(|(name, url)| format!("{name}={url}"));
    named.collect::<Vec<_>>().join(", ")
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn resource_type(name: &str) -> Option<ResourceType> {
    Definitions::r4().resource_type(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads and shows again, or nothing where it is refused.
    fn check(read: fn(&mut Scrutiny, &str) -> Option<()>, value: &str, expected: &str) {
        let mut scrutiny = Scrutiny::default();
        let shown = match read(&mut scrutiny, value) {
            None => "refused".to_owned(),
            Some(()) => format!("{}; {}", show_levels(&scrutiny), show_profiles(&scrutiny)),
        };
        assert_eq!(shown, expected, "{value}");
    }

    #[test]
    fn what_was_read_is_shown_again() {
        check(levels, "full", "full; ");
        check(levels, "structure,Patient = full , Basic=core", "structure, Patient=full, Basic=core; ");
        check(levels, "", "core; ");
        check(levels, "much", "refused");
        check(levels, "Pat=full", "refused");
        check(profiles, "Patient=http://a|1, Patient=http://b", "core; Patient=http://a|1, Patient=http://b");
        check(profiles, "Patient=word", "refused");
        check(profiles, "http://a", "refused");
    }
}
