//! Why can the packages not be read or changed?

use std::{fmt, io};

use model::{Code, Issue};

use crate::layer::Damaged;
use crate::limits::{DEPENDENCY_DEPTH_MAX, PACKAGES_MAX};
use crate::package::PackageError;

/// Why the packages cannot be read or changed. Whatever it is, they are as they were before.
#[derive(Debug)]
pub enum PackagesError {
    /// An archive cannot be read as a package.
    Package {
        /// Which one; empty when it is the one handed in.
        package: String,
        /// What is wrong with it.
        source: PackageError,
    },
    /// A file could not be read, written or removed.
    Shelf {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// The lock file is not as it was written.
    Lock(String),
    /// The packed definitions of an installed package are damaged.
    Layer {
        /// Which one.
        package: String,
        /// What is wrong with them.
        source: Damaged,
    },
    /// The packed definitions of an installed package are gone.
    LayerMissing(String),
    /// The package is part of the server.
    BuiltIn(String),
    /// The package is for another version of FHIR.
    OtherFhirVersion {
        /// Which package.
        package: String,
        /// What it is for.
        versions: Vec<String>,
    },
    /// No package of this name and version is to be had.
    Unavailable {
        /// Which one.
        package: String,
        /// The package that needs it, if one does.
        by: Option<String>,
    },
    /// Fetching failed, which says nothing about whether the package exists.
    Fetch {
        /// Which one.
        package: String,
        /// Why.
        reason: String,
    },
    /// What was fetched is another package than was asked for.
    Other {
        /// What was asked for.
        wanted: String,
        /// What came.
        found: String,
    },
    /// Another package needs this one.
    Needed {
        /// What was to be removed.
        package: String,
        /// What needs it.
        by: String,
    },
    /// There is no such package.
    NotInstalled(String),
    /// There are more packages than may be installed together.
    TooMany,
    /// The package is needed by one that is needed by one, and so on.
    TooDeep(String),
}

impl PackagesError {
    pub(super) fn shelf(file: &str, source: io::Error) -> Self {
        PackagesError::Shelf { file: file.to_owned(), source }
    }

    pub(super) fn package(package: &str, source: PackageError) -> Self {
        PackagesError::Package { package: package.to_owned(), source }
    }

    /// The complaint as clients see it.
    pub fn issue(&self) -> Issue {
        Issue::error(Code::InvalidPackage, self.to_string())
    }
}

impl fmt::Display for PackagesError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        use PackagesError as Error;
        match self {
            // The package's own complaint names the file in it; `source` would repeat it.
            Error::Package { package, source } if package.is_empty() => source.fmt(out),
            Error::Package { package, source } => {
                write!(out, "reading the package `{package}` failed: {source}")
            }
            Error::Shelf { file, .. } => write!(out, "reading or writing the file `{file}` failed"),
            Error::Lock(wrong) => write!(out, "reading the lock file of packages failed: {wrong}"),
            Error::Layer { package, .. } => {
                write!(out, "the packed definitions of `{package}` are unusable, so it must be added again")
            }
            Error::LayerMissing(package) => {
                write!(out, "the packed definitions of `{package}` are gone, so it must be added again")
            }
            Error::BuiltIn(package) => write!(out, "`{package}` is built in and cannot be added"),
            Error::OtherFhirVersion { package, versions } => {
                let versions = versions.join(", ");
                write!(out, "`{package}` is for FHIR {versions}, where 4.0.1 is expected")
            }
            Error::Unavailable { package, by: None } => write!(out, "there is no package `{package}`"),
            Error::Unavailable { package, by: Some(by) } => {
                write!(out, "there is no package `{package}`, which `{by}` needs")
            }
            Error::Fetch { package, reason } => write!(out, "fetching `{package}` failed: {reason}"),
            Error::Other { wanted, found } => write!(out, "`{found}` came where `{wanted}` was asked for"),
            Error::Needed { package, by } => {
                write!(out, "`{package}` cannot be removed, since `{by}` needs it")
            }
            Error::NotInstalled(package) => write!(out, "`{package}` is not installed"),
            Error::TooMany => write!(out, "more than {PACKAGES_MAX} packages cannot be installed together"),
            Error::TooDeep(package) => {
                write!(
                    out,
                    "`{package}` is needed at the end of a chain of more than {DEPENDENCY_DEPTH_MAX} packages"
                )
            }
        }
    }
}

impl std::error::Error for PackagesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PackagesError::Package { source, .. } => std::error::Error::source(source),
            PackagesError::Shelf { source, .. } => Some(source),
            PackagesError::Layer { source, .. } => Some(source),
            _ => None,
        }
    }
}
