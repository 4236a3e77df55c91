//! Where does each value come from?

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{SETTINGS, Setting, Settings};

/// The file that is read when none is named and it is there.
const FILE_DEFAULT: &str = "brigid.toml";

/// Variables of this kind are for tests and no settings.
const VARIABLES_OF_TESTS: &str = "BRIGID_TEST_";

/// A place that a value can come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The program.
    BuiltIn,
    /// A line of a file.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(String),
    /// A flag on the command line.
    Flag(String),
}

/// Settings, and where each came from.
#[derive(Debug)]
pub(crate) struct Configured {
    /// The settings.
    pub(crate) settings: Settings,
    /// The source of each, by name; what is not listed is built in.
    pub(crate) sources: BTreeMap<&'static str, Source>,
}

/// A text for a setting, and where it stands.
struct Given {
    name: String,
    value: String,
    source: Source,
}

/// Everything that the process was started with and that may be a setting.
pub(crate) fn environment() -> Vec<(String, String)> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

/// Puts file, environment and flags above each other.
///
/// `flags` are names as the file has them. `file` is the one that was asked for; without it,
/// `./brigid.toml` is read when it is there.
pub(crate) fn gather(
    file: Option<&Path>,
    environment: &[(String, String)],
    flags: &[(&'static str, String)],
) -> Result<Configured, String> {
    let mut configured = Configured { settings: Settings::default(), sources: BTreeMap::new() };
    let given = from_file(file)?.into_iter().chain(from_environment(environment)).chain(from_flags(flags));
    for Given { name, value, source } in given {
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        let setting = setting.ok_or_else(|| format!("{source}: {}", unknown(&name)))?;
        (setting.set)(&mut configured.settings, &value).ok_or_else(|| {
            // A URL may hold a password.
            let secret = matches!(setting.name, "database" | "otlp_endpoint");
            let value = if secret { "the text" } else { &*format!("`{value}`") };
            format!("{source}: {value} is not a value for `{name}`, expected {}", setting.expects)
        })?;
        configured.sources.insert(setting.name, source);
    }
    Ok(configured)
}

fn from_file(asked: Option<&Path>) -> Result<Vec<Given>, String> {
    let path = asked.unwrap_or(Path::new(FILE_DEFAULT));
    match std::fs::read_to_string(path) {
        Ok(text) => read_toml(path, &text),
        Err(error) if asked.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(format!("cannot read the settings in {}: {error}", path.display())),
    }
}

fn read_toml(path: &Path, text: &str) -> Result<Vec<Given>, String> {
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let place = error.span().map_or(1, |span| line(span.start));
        format!("{}, line {place}: {}", path.display(), error.message())
    })?;
    let mut given = Vec::new();
    for (name, value) in table.get_ref() {
        let source = Source::File(path.to_owned(), line(name.span().start));
        let written = plain(value.get_ref());
        let value = written.ok_or_else(|| {
            format!("{source}: `{}` is a {}, expected one value", name.get_ref(), value.get_ref().type_str())
        })?;
        given.push(Given { name: name.get_ref().to_string(), value, source });
    }
    Ok(given)
}

/// The text of a value; a list is written with commas.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Array(items) => {
            let texts: Option<Vec<_>> = items.iter().map(|item| item.get_ref().as_str()).collect();
            Some(texts?.join(","))
        }
        _ => None,
    }
}

fn from_environment(environment: &[(String, String)]) -> impl Iterator<Item = Given> {
    environment.iter().filter_map(|(variable, value)| {
        let name = variable.strip_prefix("BRIGID_").filter(|_| !variable.starts_with(VARIABLES_OF_TESTS))?;
        let source = Source::Variable(variable.clone());
        Some(Given { name: name.to_ascii_lowercase(), value: value.clone(), source })
    })
}

fn from_flags(flags: &[(&'static str, String)]) -> impl Iterator<Item = Given> {
    flags.iter().map(|(name, value)| {
        let source = Source::Flag(format!("--{}", name.replace('_', "-")));
        Given { name: (*name).to_owned(), value: value.clone(), source }
    })
}

fn unknown(name: &str) -> String {
    let near = SETTINGS.iter().map(|Setting { name, .. }| *name).min_by_key(|known| distance(known, name));
    match near.filter(|known| distance(known, name) <= 3) {
        Some(near) => format!("there is no setting `{name}`; did you mean `{near}`?"),
        None => format!("there is no setting `{name}`; `brigid config` lists those there are"),
    }
}

/// How many letters must be put in, taken out or changed to make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.bytes().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in right.bytes().enumerate() {
            let change = corner + usize::from(letter != other);
            corner = row[column + 1];
            row[column + 1] = std::cmp::min(change, std::cmp::min(row[column], corner) + 1);
        }
    }
    row[right.len()]
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::BuiltIn => out.write_str("built in"),
            Source::File(path, line) => write!(out, "{}, line {line}", path.display()),
            Source::Variable(name) => write!(out, "environment variable {name}"),
            Source::Flag(name) => write!(out, "flag {name}"),
        }
    }
}

#[cfg(test)]
mod tests;
