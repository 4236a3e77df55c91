//! What does a package say of itself?
//!
//! `package.json`, as npm has it, with FHIR's additions: <https://hl7.org/fhir/R4/packages.html>.

use model::Value;

use super::PackageError;
use crate::limits::{PACKAGE_NAME_LENGTH_MAX, PACKAGES_MAX};

/// What a package says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its name: `hl7.fhir.us.core`.
    pub name: String,
    /// Its version: `6.1.0`.
    pub version: String,
    /// Where its canonicals begin; empty when it does not say.
    pub canonical: String,
    /// The versions of FHIR it is for; empty when it does not say.
    pub fhir_versions: Vec<String>,
    /// What it needs, in the order named.
    pub dependencies: Vec<Dependency>,
}

/// A package that another one needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// The version wanted: `4.0.1`, `1.0.x`, `latest`, `current`.
    pub version: String,
}

impl Manifest {
    /// Reads `package.json`.
    pub fn read(tree: &Value) -> Result<Manifest, PackageError> {
        let dependencies = dependencies(tree)?;
        // Packages of the first years call the list by another name.
        let versions = tree.get("fhirVersions").or_else(|| tree.get("fhir-version-list"));
        let versions = versions.map_or(&[][..], Value::items).iter();
        Ok(Manifest {
            name: checked(tree.text("name").unwrap_or_default())?,
            version: checked(tree.text("version").unwrap_or_default())?,
            canonical: tree.text("canonical").unwrap_or_default().to_owned(),
            fhir_versions: versions.filter_map(|version| version.as_str().map(str::to_owned)).collect(),
            dependencies,
        })
    }

    /// What the package is called with its version: `hl7.fhir.us.core#6.1.0`.
    pub fn label(&self) -> String {
        format!("{}#{}", self.name, self.version)
    }
}

fn dependencies(tree: &Value) -> Result<Vec<Dependency>, PackageError> {
    let members = match tree.get("dependencies") {
        Some(Value::Object(members)) => members,
        None => return Ok(Vec::new()),
        Some(_) => return Err(PackageError::Manifest("`dependencies` is no object".into())),
    };
    if members.len() > PACKAGES_MAX {
        return Err(PackageError::Manifest(format!("more than {PACKAGES_MAX} packages are needed")));
    }
    let pairs = members.iter().map(|(name, version)| {
        let name = checked(name)?;
        let version = checked(version.as_str().unwrap_or_default())?;
        Ok(Dependency { name, version })
    });
    pairs.collect()
}

/// Refuses a word that must not become part of a file's name.
pub(crate) fn check_word(word: &str) -> Result<(), PackageError> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '+');
    let starts_well = word.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if starts_well && word.len() <= PACKAGE_NAME_LENGTH_MAX && word.chars().all(is_plain) {
        return Ok(());
    }
    let shown: String = word.escape_debug().take(PACKAGE_NAME_LENGTH_MAX).collect();
    let expected = "letters, digits, `.`, `-`, `_` and `+` are expected";
    Err(PackageError::Manifest(format!("`{shown}` is no name or version of a package, where {expected}")))
}

fn checked(word: &str) -> Result<String, PackageError> {
    check_word(word).map(|()| word.to_owned())
}
