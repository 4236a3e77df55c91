//! Makes the embedded definitions again: `cargo run -p fhir-profiles --bin condense -- PACKAGE.tgz`.

use std::error::Error;
use std::path::Path;

use fhir_profiles::condensed::{compress, condense, hashes};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name the archive of the package hl7.fhir.r4.core-4.0.1")?;
    let package = std::fs::read(&path).map_err(|error| format!("reading `{path}` failed: {error}"))?;
    let compressed = compress(&condense(&package)?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions");
    std::fs::write(folder.join("r4.sha256"), hashes(&package, &compressed))?;
    std::fs::write(folder.join("r4.txt.gz"), compressed)?;
    Ok(())
}
