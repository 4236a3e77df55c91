//! How long does indexing take?
//!
//! `cargo run --release -p search --example speed -- FILE…`: each file holds a resource, or with `.ndjson` one a line.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what was measured is what it is run for"
)]

use std::time::Instant;

use fhir_profiles::Definitions;
use model::{Object, ResourceType, Value, json};
use search::{Catalogue, index};

const ROUNDS: u32 = 200;

fn main() {
    let begin = Instant::now();
    let catalogue = Catalogue::r4();
    println!("catalogue: {:?}", begin.elapsed());
    for path in std::env::args().skip(1) {
        let text = std::fs::read(&path).expect("the file is readable");
        let parts: Vec<&[u8]> = if path.ends_with(".ndjson") {
            text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect()
        } else {
            vec![&text]
        };
        let resources: Vec<_> = parts.iter().filter_map(|part| read(part)).collect();
        measure(&path, &resources, parts.iter().map(|part| part.len()).sum(), &catalogue);
    }
}

fn read(text: &[u8]) -> Option<(ResourceType, Object)> {
    let Ok(Value::Object(object)) = json::parse(text) else { return None };
    let resource_type = Definitions::r4().resource_type(object.get("resourceType")?.as_str()?)?;
    Some((resource_type, object))
}

fn measure(path: &str, resources: &[(ResourceType, Object)], bytes: usize, catalogue: &Catalogue) {
    let (mut rows, mut best) = (0, f64::INFINITY);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        rows = 0;
        for (resource_type, object) in resources {
            rows +=
                index::rows(object, *resource_type, catalogue, "http://here/fhir").map_or(0, |it| it.len());
        }
        best = best.min(begin.elapsed().as_secs_f64());
    }
    let each = best / resources.len() as f64 * 1e6;
    println!(
        "{each:8.2} us, {} bytes, {} rows each: {path}",
        bytes / resources.len(),
        rows / resources.len()
    );
}
