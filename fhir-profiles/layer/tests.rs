//! Is a layer read as it was written, and a damaged one refused?

use model::json;
use proptest::prelude::*;

use super::*;

fn resources(count: usize) -> Vec<Value> {
    let one = |number: usize| {
        let text = format!(
            r#"{{"resourceType":"ValueSet","id":"v{number}","url":"http://example.org/v{number}","version":"1.{number}","name":"V{number}","title":"{}"}}"#,
            "t".repeat(500)
        );
        json::parse(text.as_bytes()).expect("the text is JSON")
    };
    (0..count).map(one).collect()
}

/// The layer of the bytes, all of it decoded, as text; or the complaint.
fn shown(bytes: &[u8]) -> String {
    match Layer::from_bytes(bytes.to_owned()) {
        Ok(layer) => {
            let entries = layer.entries().iter().map(|entry| {
                let Entry { resource_type, id, url, version, name, .. } = entry;
                let json = json::to_compact(&entry.resource());
                format!("{resource_type} {id} {url} {version} {name} {}", json.len())
            });
            format!("{}: {}", layer.label, entries.collect::<Vec<_>>().join(", "))
        }
        Err(damaged) => damaged.to_string(),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let bytes = write("p#1", &resources(2), 3);
    let expected =
        "p#1: ValueSet v0 http://example.org/v0 1.0 V0 606, ValueSet v1 http://example.org/v1 1.1 V1 606";
    assert_eq!(shown(&bytes), expected);
}

#[test]
fn definitions_are_found_over_many_blocks_in_any_order() {
    let resources = resources(500);
    let layer = Layer::from_bytes(write("p#1", &resources, 3)).expect("the layer is whole");
    for resource in resources.iter().rev().chain(&resources) {
        let url = resource.text("url").expect("it has a url");
        let found: Vec<_> = layer.with_url(url).map(Entry::resource).collect();
        assert_eq!(found, [Arc::new(resource.clone())], "{url}");
    }
    assert_eq!(layer.of_type("ValueSet").count(), 500);
    assert_eq!(layer.of_type("CodeSystem").count(), 0);
    assert_eq!(layer.with_url("").count(), 0);
}

#[test]
fn a_definition_is_decoded_once_and_shared() {
    let layer = Layer::from_bytes(write("p#1", &resources(1), 3)).expect("the layer is whole");
    let entry = &layer.entries()[0];
    assert!(Arc::ptr_eq(&entry.resource(), &entry.resource()));
}

#[test]
fn the_order_of_resources_does_not_change_the_bytes() {
    let mut resources = resources(20);
    let bytes = write("p#1", &resources, 3);
    resources.reverse();
    assert!(write("p#1", &resources, 3) == bytes);
}

#[test]
fn any_changed_byte_and_any_missing_end_is_noticed() {
    let bytes = write("p#1", &resources(3), 3);
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(shown(&changed).starts_with("reading a file of packed definitions failed: "), "byte {place}");
        assert!(Layer::from_bytes(bytes[..place].to_owned()).is_err(), "cut at {place}");
    }
}

#[test]
fn an_empty_layer_is_a_layer() {
    assert_eq!(shown(&write("p#1", &[], 3)), "p#1: ");
}

/// Gives forged content a checksum that fits.
fn forged(content: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    [b"brigidL\x01".as_slice(), &Sha256::digest(content)[..], content].concat()
}

/// A forged layer with this index and no blocks.
fn forged_index(index: &[u8]) -> Vec<u8> {
    let packed = zstd::bulk::compress(index, 1).expect("compressing in memory works");
    let size = |count: usize| u32::try_from(count).expect("it is small").to_le_bytes();
    forged(&[&size(index.len())[..], &size(packed.len()), &packed].concat())
}

#[test]
fn a_forged_place_yields_nothing() {
    let mut index = vec![0; 4 + 4];
    index.extend([1, 0, 0, 0]);
    index.extend([0; 5 * 4]);
    index.extend([9, 0, 0, 0].repeat(3));
    let layer = Layer::from_bytes(forged_index(&index)).expect("the index itself is sound");
    assert_eq!(*layer.entries()[0].resource(), Value::Null);
}

#[test]
fn forged_sizes_are_refused() {
    let huge = [0xff; 4];
    let cases: [(&[u8], &str); 4] = [
        (&huge, "it is cut short"),
        (&[[0; 4], huge].concat(), "it is cut short"),
        (&[[0; 4], [1, 0, 0, 0], [9, 0, 0, 0], [9, 0, 0, 0]].concat(), "a block reaches beyond its end"),
        (&[[0; 4], [1, 0, 0, 0], [0; 4], huge].concat(), "a block is larger than the limit"),
    ];
    for (index, expected) in cases {
        assert_eq!(
            shown(&forged_index(index)),
            format!("reading a file of packed definitions failed: {expected}")
        );
    }
    let wrong = forged(&[huge, huge].concat());
    assert_eq!(
        shown(&wrong),
        "reading a file of packed definitions failed: its index is larger than the limit"
    );
}

proptest! {
    #[test]
    fn no_forged_layer_makes_reading_panic(index in proptest::collection::vec(0_u8..4, 0..200)) {
        let _ = shown(&forged_index(&index));
        let _ = shown(&forged(&index));
    }
}
