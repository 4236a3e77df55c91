//! What is read from XML is written and read again as the same resource; everything else is refused.

#![no_main]

use fhir_profiles::Definitions;
use libfuzzer_sys::fuzz_target;
use model::xml::{self, document};

fuzz_target!(|text: &[u8]| {
    if let Ok(tree) = xml::parse(text, Definitions::r4())
        && let Ok(written) = xml::write(&tree, Definitions::r4())
    {
        assert!(xml::parse(&written, Definitions::r4()).as_ref() == Ok(&tree), "it is another resource");
    }
    if let Ok(tree) = document::parse(text) {
        let written = document::write(&tree);
        assert!(document::parse(written.as_bytes()).as_ref() == Ok(&tree), "it is another document");
    }
});
