//! What does the lock file say?
//!
//! JSON, one object a package, each behind those that it needs. Hashes are those of the archives, so that a server
//! can be set up again with the very same packages.

use std::collections::HashSet;

use model::value::object;
use model::{Value, json};

use super::PackagesError;
use crate::limits::PACKAGES_MAX;
use crate::package::check_word;
use crate::version;

/// The version of this file's format.
const FORMAT: &str = "1";

/// A package as the lock file knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its name: `hl7.fhir.us.core`.
    pub name: String,
    /// Its version: `6.1.0`.
    pub version: String,
    /// Where its canonicals begin; empty when it does not say.
    pub canonical: String,
    /// The SHA-256 of its archive.
    pub sha256: String,
    /// What it needs, R4 itself apart.
    pub dependencies: Vec<Need>,
}

/// What one package needs of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The other's name.
    pub name: String,
    /// The version as written: `1.0.x`.
    pub wanted: String,
    /// The installed version that was taken for it; none, when there was none to be had.
    pub version: Option<String>,
}

impl Installed {
    /// Name and version: `hl7.fhir.us.core#6.1.0`.
    pub fn label(&self) -> String {
        format!("{}#{}", self.name, self.version)
    }

    /// Whether it has this name and this version.
    pub fn is(&self, name: &str, version: &str) -> bool {
        self.name == name && self.version == version
    }

    /// Whether it needs the package of this name and this version.
    pub fn needs(&self, name: &str, version: &str) -> bool {
        self.dependencies.iter().any(|need| need.name == name && need.version.as_deref() == Some(version))
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Installed>, PackagesError> {
    let wrong = |message: String| PackagesError::Lock(message);
    let tree =
        json::parse(bytes).map_err(|error| wrong(format!("{} at line {}", error.message, error.line)))?;
    if tree.text("format") != Some(FORMAT) {
        return Err(wrong(format!("`format` {FORMAT} is expected")));
    }
    let packages = tree.get("packages").map_or(&[][..], Value::items);
    if packages.len() > PACKAGES_MAX {
        return Err(PackagesError::TooMany);
    }
    packages.iter().map(installed).collect()
}

fn installed(tree: &Value) -> Result<Installed, PackagesError> {
    let dependencies = tree.get("dependencies").map_or(&[][..], Value::items);
    let dependencies: Result<_, _> = dependencies
        .iter()
        .map(|need| {
            let version = need.get("version").is_some().then(|| word(need, "version")).transpose()?;
            Ok(Need { name: word(need, "name")?, wanted: word(need, "wanted")?, version })
        })
        .collect();
    Ok(Installed {
        name: word(tree, "name")?,
        version: word(tree, "version")?,
        canonical: tree.text("canonical").unwrap_or_default().to_owned(),
        sha256: word(tree, "sha256")?,
        dependencies: dependencies?,
    })
}

/// A word that becomes part of a file's name, and so is checked although we wrote it.
fn word(tree: &Value, name: &str) -> Result<String, PackagesError> {
    let word = tree.text(name).unwrap_or_default();
    check_word(word).map_err(|error| PackagesError::Lock(format!("in `{name}`, {error}")))?;
    Ok(word.to_owned())
}

pub(super) fn write(packages: &[Installed]) -> Vec<u8> {
    let packages: Vec<Value> = packages.iter().map(tree).collect();
    json::to_pretty(&object([("format", FORMAT.into()), ("packages", packages.into())]))
}

fn tree(installed: &Installed) -> Value {
    let dependencies: Vec<Value> = installed
        .dependencies
        .iter()
        .map(|need| {
            let name = ("name", need.name.as_str().into());
            let wanted = ("wanted", need.wanted.as_str().into());
            match &need.version {
                Some(version) => object([name, wanted, ("version", version.as_str().into())]),
                None => object([name, wanted]),
            }
        })
        .collect();
    object([
        ("name", installed.name.as_str().into()),
        ("version", installed.version.as_str().into()),
        ("canonical", installed.canonical.as_str().into()),
        ("sha256", installed.sha256.as_str().into()),
        ("dependencies", dependencies.into()),
    ])
}

/// Puts each package behind those that it needs, and gives those that lacked something what has come since.
pub(super) fn in_order(mut packages: Vec<Installed>) -> Result<Vec<Installed>, PackagesError> {
    if packages.len() > PACKAGES_MAX {
        return Err(PackagesError::TooMany);
    }
    let known: Vec<_> = packages.iter().map(|known| (known.name.clone(), known.version.clone())).collect();
    for need in packages.iter_mut().flat_map(|package| &mut package.dependencies) {
        let versions =
            known.iter().filter(|(name, _)| *name == need.name).map(|(_, version)| version.as_str());
        if need.version.is_none() {
            need.version = version::newest(&need.wanted, versions).map(str::to_owned);
        }
    }
    let mut sorter = Sorter { packages: &packages, visited: HashSet::new(), order: Vec::new() };
    (0..packages.len()).for_each(|place| sorter.visit(place));
    let order = sorter.order;
    Ok(order.into_iter().map(|place| packages[place].clone()).collect())
}

/// Visits each package once, so that circles, which published packages do form, end where they close.
struct Sorter<'p> {
    packages: &'p [Installed],
    visited: HashSet<usize>,
    order: Vec<usize>,
}

impl Sorter<'_> {
    /// Recurses at most [`PACKAGES_MAX`] deep.
    fn visit(&mut self, place: usize) {
        if !self.visited.insert(place) {
            return;
        }
        for need in &self.packages[place].dependencies {
            let is_it =
                |known: &Installed| Some(&known.version) == need.version.as_ref() && known.name == need.name;
            if let Some(other) = self.packages.iter().position(is_it) {
                self.visit(other);
            }
        }
        self.order.push(place);
    }
}
