//! Do the published definitions say the same in XML and JSON, and are ours made from them?

use std::collections::HashMap;
use std::io::Read;

use fhir_profiles::layer::Entry;
use fhir_profiles::{Definitions, Layer, condensed, definitions, package, registry, structure};
use flate2::read::GzDecoder;
use model::{Value, json, xml};

use crate::{Tally, difference, suite};

#[test]
fn the_embedded_definitions_are_made_from_the_published_package() {
    let Some(core) = suite("packages/hl7.fhir.r4.core-4.0.1.tgz") else {
        return;
    };
    let mut embedded = String::new();
    GzDecoder::new(definitions::R4)
        .read_to_string(&mut embedded)
        .expect("the embedded definitions are whole");
    let made = condensed::condense(&core).expect("the package is readable");
    assert!(made == embedded, "run `cargo run -p fhir-profiles --bin condense -- PACKAGE.tgz`");
    let layer = quickly_packed(&core);
    assert!(content(&layer) == content(registry::R4), "as above");
    let Some(examples) = suite("packages/hl7.fhir.r4.examples-4.0.1.tgz") else {
        return;
    };
    assert!(quickly_packed(&examples) == layer, "both published packages make the same bytes");
}

fn quickly_packed(package: &[u8]) -> Vec<u8> {
    condensed::pack(&condensed::definitions(package).expect("the package is readable"), 1)
}

#[test]
fn the_embedded_files_are_those_whose_hashes_are_written_down() {
    let hashes = include_str!("../../definitions/r4.sha256");
    assert_eq!(condensed::hashes(definitions::R4, registry::R4), hashes);
}

/// The definitions in a layer, each as a line; the bytes may differ with the version of the compressor.
fn content(layer: &[u8]) -> Vec<String> {
    let layer = Layer::from_bytes(layer.to_owned()).expect("the layer is whole");
    let json = |entry: &Entry| String::from_utf8(json::to_compact(&entry.resource())).expect("JSON is UTF-8");
    layer.entries().iter().map(json).collect()
}

#[test]
fn the_definitions_in_xml_are_their_twins_in_json() {
    let (Some(core), Some(twins)) = (
        suite("packages/hl7.fhir.r4.core-4.0.1.tgz"),
        suite("fhir-r4-xml/hl7.fhir.r4.corexml-4.0.1.tar.zst"),
    ) else {
        return;
    };
    let mut in_xml = HashMap::new();
    let twins = zstd::stream::Decoder::new(&twins[..]).expect("the archive is compressed by zstd");
    package::for_each_file(twins, |name, bytes| {
        if let Some(stem) = name.strip_suffix(".xml") {
            in_xml.insert(stem.to_owned(), bytes.to_owned());
        }
        Ok(())
    })
    .expect("the archive is readable");
    let (mut equal, mut round, mut sound) = (Tally::default(), Tally::default(), Tally::default());
    package::for_each_file(GzDecoder::new(&core[..]), |name, bytes| {
        let Some(source) = name.strip_suffix(".json").and_then(|stem| in_xml.get(stem)) else {
            return Ok(());
        };
        let tree = match xml::parse(source, Definitions::r4()) {
            Ok(tree) => tree,
            Err(wrong) => {
                equal.add(name, Err(format!("{wrong:?}")));
                return Ok(());
            }
        };
        let twin = json::parse(bytes).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
        round.add(name, comes_back(&tree));
        let issues = structure::check(tree.as_object().expect("a resource"), Definitions::r4());
        sound.add(name, issues.first().map_or(Ok(()), |issue| Err(format!("{issue:?}"))));
        equal.add(name, is_twin(tree, twin));
        Ok(())
    })
    .expect("the package is readable");
    equal.report("definitions, XML to JSON");
    round.report("definitions, XML to JSON to XML");
    sound.report("definitions, structure");
    assert_eq!(equal.failures.len() + round.failures.len() + sound.failures.len(), 0);
}

/// When the two packages were built, to ten seconds.
const BUILDS: [&str; 2] = ["2019-10-30T13:56:2", "2019-11-01T09:29:2"];

/// The published JSON has no narrative, was built on another day, and kept spaces that the XML lost.
fn is_twin(mut tree: Value, mut twin: Value) -> Result<(), String> {
    for side in [&mut tree, &mut twin] {
        let resource = side.as_object_mut().expect("a resource");
        resource.remove("text");
        if let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) {
            meta.remove("lastUpdated");
        }
        forget_build(side);
    }
    difference(&tree, &twin).map_or(Ok(()), Err)
}

fn forget_build(value: &mut Value) {
    match value {
        Value::String(text) if BUILDS.iter().any(|build| text.starts_with(build)) => *text = BUILDS[0].into(),
        Value::String(text) if text.ends_with(' ') => *text = text.trim_end().into(),
        Value::Array(items) => items.iter_mut().for_each(forget_build),
        Value::Object(object) => object.iter_mut().for_each(|(_, value)| forget_build(value)),
        _ => {}
    }
}

fn comes_back(tree: &Value) -> Result<(), String> {
    let written = xml::write(tree, Definitions::r4()).map_err(|wrong| format!("{wrong:?}"))?;
    match xml::parse(&written, Definitions::r4()) {
        Ok(again) if again == *tree => Ok(()),
        Ok(again) => {
            Err(difference(tree, &again).unwrap_or_else(|| "the order of members differs".to_owned()))
        }
        Err(wrong) => Err(format!("{wrong:?}")),
    }
}
