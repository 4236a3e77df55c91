//! What is read from JSON is written and read again as the same tree; everything else is refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use model::json;

fuzz_target!(|text: &[u8]| {
    if let Ok(tree) = json::parse(text) {
        for written in [json::to_compact(&tree), json::to_pretty(&tree)] {
            assert!(json::parse(&written).as_ref() == Ok(&tree), "written and read again it is another tree");
        }
        if let Some(resource) = tree.as_object() {
            fhir_profiles::structure::check(resource, fhir_profiles::Definitions::r4());
        }
    }
});
