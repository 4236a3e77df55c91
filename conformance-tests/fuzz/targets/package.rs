//! No archive panics, hangs or fills the memory; what is read from one is a package.

#![no_main]

use std::io::Write as _;

use fhir_profiles::package;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = package::read(bytes, |_| true);
    // Bare tar reaches the reader of entries at once, which a compressed one seldom does.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    if packed.write_all(bytes).is_ok()
        && let Ok(packed) = packed.finish()
    {
        let _ = package::read(&packed, |_| true);
    }
});
