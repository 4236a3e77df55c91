//! Which packages are installed, and what follows from adding or removing one?
//!
//! <https://hl7.org/fhir/R4/packages.html>. Of each package a layer is kept, so that a start reads an index, and a
//! lock file names them all in the order of their dependencies. The lock is replaced last and as a whole: whoever
//! reads it sees the packages of before or of after, whenever the power fails. R4 itself is built in.

mod error;
mod install;
mod lock;
mod shelf;

use std::sync::Arc;

pub use error::PackagesError;
pub use install::{Added, Fetch, FetchError, Offline, Unavailable};
pub use lock::{Installed, Need};
pub use shelf::{MemoryShelf, Shelf, Stamp};

use crate::layer::Layer;
use crate::package;
use crate::registry::Registry;

/// The file that names what is installed.
pub const LOCK: &str = "packages.lock";

/// The installed packages.
pub struct Packages {
    shelf: Arc<dyn Shelf>,
    installed: Vec<Installed>,
}

impl Packages {
    /// Reads the lock file; without one, nothing is installed.
    pub fn open(shelf: Arc<dyn Shelf>) -> Result<Packages, PackagesError> {
        let mut packages = Packages { shelf, installed: Vec::new() };
        packages.reload()?;
        Ok(packages)
    }

    /// Reads the lock file again, which another process may have replaced.
    pub fn reload(&mut self) -> Result<(), PackagesError> {
        let bytes = self.shelf.read(LOCK).map_err(|source| PackagesError::shelf(LOCK, source))?;
        self.installed = bytes.map_or(Ok(Vec::new()), |bytes| lock::read(&bytes))?;
        Ok(())
    }

    /// What is installed, each package behind those that it needs.
    pub fn list(&self) -> &[Installed] {
        &self.installed
    }

    /// Installs the package in `archive` and what it needs, all or nothing. One that is there is replaced.
    pub fn add(
        &mut self,
        archive: &[u8],
        fetch: &dyn Fetch,
        unavailable: Unavailable,
    ) -> Result<Added, PackagesError> {
        self.reload()?;
        // A layer that is broken is a matter of its own package; what builds on it will be named.
        let registry = self.registry().unwrap_or_else(|_| Registry::clone(&Registry::r4()));
        let known = install::Known { installed: &self.installed, registry };
        let plan = install::plan(archive, known, fetch, unavailable)?;
        let mut installed = self.installed.clone();
        for planned in &plan.packages {
            let file = layer_file(&planned.installed);
            let written = self.shelf.write(&file, &planned.layer);
            written.map_err(|source| PackagesError::shelf(&file, source))?;
            installed.retain(|known| !known.is(&planned.installed.name, &planned.installed.version));
            installed.push(planned.installed.clone());
        }
        self.replace_lock(lock::in_order(installed)?)?;
        let packages = plan.packages.into_iter().map(|planned| planned.installed).collect();
        Ok(Added { packages, warnings: plan.warnings })
    }

    /// Installs the package that `name` (`NAME@VERSION`, or the latest of `NAME`) names, and what it needs.
    pub fn add_named(
        &mut self,
        name: &str,
        fetch: &dyn Fetch,
        unavailable: Unavailable,
    ) -> Result<Added, PackagesError> {
        let (name, version) = name.split_once(['@', '#']).unwrap_or((name, "latest"));
        for word in [name, version] {
            package::check_word(word).map_err(|error| PackagesError::package(name, error))?;
        }
        if name == install::CORE {
            return Err(PackagesError::BuiltIn(name.to_owned()));
        }
        let (version, archive) = install::fetched(name, version, fetch)?;
        let found = package::read(&archive, |_| false);
        let found = found.map_err(|error| PackagesError::package(name, error))?.manifest.label();
        let wanted = format!("{name}#{version}");
        if found != wanted {
            return Err(PackagesError::Other { wanted, found });
        }
        self.add(&archive, fetch, unavailable)
    }

    /// Removes a package, unless another one needs it.
    pub fn remove(&mut self, name: &str, version: &str) -> Result<(), PackagesError> {
        self.reload()?;
        let Some(place) = self.installed.iter().position(|known| known.is(name, version)) else {
            return Err(PackagesError::NotInstalled(format!("{name}#{version}")));
        };
        let needing = self.installed.iter().find(|known| known.needs(name, version));
        if let Some(needing) = needing.filter(|needing| !needing.is(name, version)) {
            return Err(PackagesError::Needed { package: format!("{name}#{version}"), by: needing.label() });
        }
        let mut installed = self.installed.clone();
        let removed = installed.remove(place);
        self.replace_lock(installed)?;
        // A file that nothing names is of no harm, should the power fail here.
        let file = layer_file(&removed);
        self.shelf.remove(&file).map_err(|source| PackagesError::shelf(&file, source))
    }

    /// The definitions of R4 and, on top of them, of all that is installed.
    pub fn registry(&self) -> Result<Registry, PackagesError> {
        let mut registry = Registry::clone(&Registry::r4());
        for installed in &self.installed {
            let file = layer_file(installed);
            let bytes = self.shelf.read(&file).map_err(|source| PackagesError::shelf(&file, source))?;
            let Some(bytes) = bytes else {
                return Err(PackagesError::LayerMissing(installed.label()));
            };
            let layer = Layer::from_bytes(bytes)
                .map_err(|source| PackagesError::Layer { package: installed.label(), source })?;
            registry = registry.laid(Arc::new(layer));
        }
        Ok(registry)
    }

    /// What changes whenever packages were added or removed, by this process or another.
    pub fn stamp(&self) -> Result<Option<Stamp>, PackagesError> {
        self.shelf.stamp(LOCK).map_err(|source| PackagesError::shelf(LOCK, source))
    }

    fn replace_lock(&mut self, installed: Vec<Installed>) -> Result<(), PackagesError> {
        let written = self.shelf.write(LOCK, &lock::write(&installed));
        written.map_err(|source| PackagesError::shelf(LOCK, source))?;
        self.installed = installed;
        Ok(())
    }
}

/// The file that holds a package's layer. Names were checked to be such as files may have.
fn layer_file(installed: &Installed) -> String {
    format!("{}.layer", installed.label())
}

#[cfg(test)]
mod tests;
