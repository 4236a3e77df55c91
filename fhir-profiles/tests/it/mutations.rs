//! Does the XML reader stand whatever it is given, and is what it accepts written as it was read?

use fhir_profiles::{Definitions, structure};
use model::{Value, xml};
use proptest::prelude::*;

const SOURCE: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment --><?target content?>
<Patient xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml">
  <id value="p1"/>
  <text><status value="generated"/><h:div title="a&amp;b">x &#233;<h:br/><!-- c --><![CDATA[<z>]]></h:div></text>
  <contained><Organization><id value="o1"/><name value="N&#10;&lt;&quot;"/></Organization></contained>
  <extension url="urn:x"><valueDecimal value="1.50"/></extension>
  <active value="true"/>
  <name id="n"><given value="A"/><given><extension url="u"><valueCode value="masked"/></extension></given></name>
  <birthDate id="b" value="2001-02-03"><extension url="urn:y"><valueInteger value="-3"/></extension></birthDate>
</Patient>"##;

/// Pieces of XML that are likely to break something.
const PIECES: [&str; 20] = [
    "<",
    ">",
    "/>",
    "</",
    "\"",
    "&",
    ";",
    "&#0;",
    "&lt;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE x>",
    "<?x",
    "xmlns=\"\"",
    "<given/>",
    "<contained>",
    "\u{0}",
    "é",
];

#[test]
fn the_source_of_the_mutations_is_read() {
    let tree = xml::parse(SOURCE.as_bytes(), Definitions::r4()).expect("valid");
    let resource = tree.as_object().expect("a resource");
    assert_eq!(structure::check(resource, Definitions::r4()), []);
    let json = String::from_utf8(model::json::to_compact(&tree)).expect("UTF-8");
    assert_eq!(
        json,
        concat!(
            r#"{"resourceType":"Patient","id":"p1","text":{"status":"generated","div":"<div "#,
            r#"xmlns=\"http://www.w3.org/1999/xhtml\" title=\"a&amp;b\">x é<br/><!-- c --><![CDATA[<z>]]></div>"},"#,
            r#""contained":[{"resourceType":"Organization","id":"o1","name":"N\n<\""}],"#,
            r#""extension":[{"url":"urn:x","valueDecimal":1.50}],"active":true,"#,
            r#""name":[{"id":"n","given":["A",null],"_given":[null,{"extension":[{"url":"u","valueCode":"masked"}]}]}],"#,
            r#""birthDate":"2001-02-03","_birthDate":{"id":"b","extension":[{"url":"urn:y","valueInteger":-3}]}}"#,
        )
    );
}

/// Cuts, doubles and inserts in the source, at places in bytes.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (0..4_u8, any::<prop::sample::Index>(), 0..40_usize, 0..PIECES.len(), any::<u8>());
    prop::collection::vec(change, 1..6).prop_map(|changes| {
        let mut bytes = SOURCE.as_bytes().to_vec();
        for (kind, place, length, piece, byte) in changes {
            let start = place.index(bytes.len() + 1);
            let end = if start + length > bytes.len() { bytes.len() } else { start + length };
            match kind {
                0 => drop(bytes.drain(start..end)),
                1 => {
                    let copy = bytes[start..end].to_vec();
                    bytes.splice(start..start, copy);
                }
                2 => drop(bytes.splice(start..start, PIECES[piece].bytes())),
                _ => drop(bytes.splice(start..std::cmp::min(start + 1, bytes.len()), [byte])),
            }
        }
        bytes
    })
}

fn what_is_accepted_comes_back(bytes: &[u8]) -> Result<(), TestCaseError> {
    let definitions = Definitions::r4();
    let Ok(tree) = xml::parse(bytes, definitions) else {
        return Ok(());
    };
    prop_assert!(matches!(tree, Value::Object(_)));
    let written = xml::write(&tree, definitions);
    prop_assert!(written.is_ok(), "{written:?} from {}", String::from_utf8_lossy(bytes));
    let again = xml::parse(&written.expect("checked above"), definitions);
    let same = again.as_ref().is_ok_and(|again| crate::difference(&tree, again).is_none());
    prop_assert!(same, "{again:?} from {}", String::from_utf8_lossy(bytes));
    let json = model::json::parse(&model::json::to_compact(&tree));
    prop_assert_eq!(json.as_ref(), Ok(&tree));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_documents_are_read_or_refused(bytes in mutated()) {
        what_is_accepted_comes_back(&bytes)?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        what_is_accepted_comes_back(&bytes)?;
    }
}
