//! Do the official examples survive, in JSON, in XML, and in the check of their structure?

use std::collections::HashSet;

use fhir_profiles::{Definitions, package, structure};
use flate2::read::GzDecoder;
use model::{Value, json, xml};

use crate::{Tally, difference, suite};

/// Types that the core package holds instances of, where the others there are definitions.
const INSTANCES_IN_CORE: [&str; 4] =
    ["CapabilityStatement", "CompartmentDefinition", "NamingSystem", "StructureMap"];

#[test]
fn the_official_examples_survive() {
    let (Some(examples), Some(core)) =
        (suite("packages/hl7.fhir.r4.examples-4.0.1.tgz"), suite("packages/hl7.fhir.r4.core-4.0.1.tgz"))
    else {
        return;
    };
    let mut definitions = HashSet::new();
    package::for_each_file(GzDecoder::new(&core[..]), |name, _| {
        definitions.insert(name.to_owned());
        Ok(())
    })
    .expect("the package is readable");
    let (mut stable, mut round, mut sound) = (Tally::default(), Tally::default(), Tally::default());
    let mut ordered = 0;
    package::for_each_file(GzDecoder::new(&examples[..]), |name, bytes| {
        let instance_type = name.split('-').next().unwrap_or_default();
        if !name.ends_with(".json")
            || definitions.contains(name) && !INSTANCES_IN_CORE.contains(&instance_type)
        {
            return Ok(());
        }
        let tree = json::parse(bytes).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
        stable.add(name, is_stable(bytes, &tree));
        let through = through_xml(&tree);
        ordered += usize::from(through.as_ref().is_ok_and(|again| *again == tree));
        sound.add(name, is_sound(&tree));
        let expected = with_plain_line_ends(tree);
        round.add(name, through.and_then(|again| difference(&expected, &again).map_or(Ok(()), Err)));
        Ok(())
    })
    .expect("the package is readable");
    stable.report("examples, JSON to JSON");
    round.report("examples, JSON to XML to JSON");
    println!("  {ordered} of them with all members in their places");
    sound.report("examples, structure");
    assert_eq!(stable.failures.len() + round.failures.len() + sound.failures.len(), 0);
}

/// Compact JSON must be the source without its space; escapes that need not be are the source's own choice.
fn is_stable(source: &[u8], tree: &Value) -> Result<(), String> {
    let compact = json::to_compact(tree);
    let again = json::parse(&compact).map_err(|wrong| format!("{wrong:?}"))?;
    if again != *tree || json::to_compact(&again) != compact {
        return Err("compact JSON is not read as it was written".to_owned());
    }
    let chosen = |pair: &[u8]| pair == b"\\u" || pair == b"\\/";
    if source.windows(2).any(chosen) || without_space(source) == compact {
        return Ok(());
    }
    Err("compact JSON is not its source without space".to_owned())
}

fn without_space(source: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = Vec::with_capacity(source.len());
    for byte in source {
        if in_string || !byte.is_ascii_whitespace() {
            rest.push(*byte);
        }
        if *byte == b'"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && *byte == b'\\' && !escaped;
    }
    rest
}

fn through_xml(tree: &Value) -> Result<Value, String> {
    let definitions = Definitions::r4();
    let compact = xml::write(tree, definitions).map_err(|wrong| format!("{wrong:?}"))?;
    let again = xml::parse(&compact, definitions).map_err(|wrong| format!("{wrong:?}"))?;
    let pretty = xml::write_pretty(tree, definitions).map_err(|wrong| format!("{wrong:?}"))?;
    if xml::parse(&pretty, definitions).as_ref() != Ok(&again) {
        return Err("the pretty form reads otherwise than the compact one".to_owned());
    }
    Ok(again)
}

/// In a narrative, XML does not tell one kind of line end from another.
fn with_plain_line_ends(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_members()
                .into_iter()
                .map(|(name, value)| match value {
                    Value::String(div) if name == "div" => {
                        (name, div.replace("\r\n", "\n").replace('\r', "\n").into())
                    }
                    value => (name, with_plain_line_ends(value)),
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(with_plain_line_ends).collect()),
        leaf => leaf,
    }
}

fn is_sound(tree: &Value) -> Result<(), String> {
    let resource = tree.as_object().ok_or("no object")?;
    let issues = structure::check(resource, Definitions::r4());
    issues.first().map_or(Ok(()), |issue| Err(format!("{} issues, first: {issue:?}", issues.len())))
}
