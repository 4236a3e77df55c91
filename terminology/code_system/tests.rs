//! Does a table know what its code system says?

use model::json;

use super::*;

fn read_text(text: &str) -> CodeSystem {
    read(&json::parse(text.as_bytes()).expect("valid JSON")).expect("within the limits")
}

/// Holds which of the concepts of a system made of `concepts` stand below `above` against `expected`, by asking
/// for all at once and for each alone.
fn check(concepts: &str, above: &str, expected: &str) {
    let table =
        read_text(&format!(r#"{{"resourceType":"CodeSystem","url":"http://s","concept":[{concepts}]}}"#));
    let above = table.find(above).expect("it is there");
    let below = table.hierarchy.below(above, table.len());
    let names: Vec<_> = below.iter().map(|place| table.code(place)).collect();
    assert_eq!(names.join(" "), expected);
    for place in table.all().iter() {
        assert_eq!(table.hierarchy.is_below(place, above), below.contains(place), "{}", table.code(place));
    }
}

const POLY: &str = r#"{"code":"a","concept":[{"code":"b"},{"code":"c"}]},
    {"code":"d","property":[{"code":"parent","valueCode":"b"},{"code":"parent","valueCode":"c"}]},
    {"code":"e","property":[{"code":"parent","valueCode":"d"}]},
    {"code":"f","property":[{"code":"child","valueCode":"e"}]}"#;

#[test]
fn a_concept_may_have_several_parents() {
    check(POLY, "a", "b c d e");
    check(POLY, "b", "d e");
    check(POLY, "c", "d e");
    check(POLY, "f", "e");
    check(POLY, "e", "");
}

#[test]
fn a_circle_is_walked_once() {
    let circle = r#"{"code":"a","property":[{"code":"parent","valueCode":"b"}]},
        {"code":"b","property":[{"code":"parent","valueCode":"a"}]},{"code":"c"}"#;
    check(circle, "a", "b");
    check(circle, "c", "");
}

#[test]
fn case_counts_unless_the_system_says_otherwise() {
    let found = |rule: &str| {
        let text = format!(r#"{{"resourceType":"CodeSystem",{rule}"concept":[{{"code":"Ab"}}]}}"#);
        let table = read_text(&text);
        ["Ab", "aB", "x"].map(|code| table.find(code).is_some())
    };
    assert_eq!(found(""), [true, false, false]);
    assert_eq!(found(r#""caseSensitive":true,"#), [true, false, false]);
    assert_eq!(found(r#""caseSensitive":false,"#), [true, true, false]);
}

#[test]
fn what_properties_mean_is_understood_under_any_code() {
    let table = read_text(
        r#"{"resourceType":"CodeSystem","property":[
        {"code":"off","uri":"http://hl7.org/fhir/concept-properties#inactive"}],"concept":[
        {"code":"a","property":[{"code":"off","valueBoolean":true}]},
        {"code":"b","property":[{"code":"status","valueCode":"retired"}]},
        {"code":"c","property":[{"code":"notSelectable","valueBoolean":true},{"code":"n","valueDecimal":1.50}]},
        {"code":"c","display":"twice"}]}"#,
    );
    let flags = |code| {
        let place = table.find(code).expect("it is there");
        (table.is_inactive(place), table.is_abstract(place))
    };
    assert_eq!(["a", "b", "c"].map(flags), [(true, false), (true, false), (false, true)]);
    assert_eq!((table.len(), table.display(2)), (3, None));
    let last = table.properties(2).last().map(|property| (property.kind, property.value));
    assert_eq!(last, Some((Kind::Decimal, "1.50")));
}

#[test]
fn half_a_million_concepts_take_less_than_150_megabytes() {
    const COUNT: u32 = 500_000;
    let about = About { url: "http://s".into(), case_sensitive: true, ..About::default() };
    let mut builder = Builder::new(about);
    for number in 0..COUNT {
        let place = builder
            .add(&format!("{}", 100_000_000 + number), Some(&format!("Disorder of structure {number}")));
        let place = place.expect("within the limits");
        if number > 0 {
            builder.put_below(place, number / 8);
            builder.put_below(place, number / 3);
        }
        let name = format!("Disorder of structure {number} (disorder)");
        let designation = Designation { language: "en", purpose: "http://s|fsn", value: &name };
        builder.designate(place, designation).expect("within the limits");
        let property = Property { code: "module", kind: Kind::Code, value: "900000000000207008", system: "" };
        builder.describe(place, property).expect("within the limits");
    }
    let table = builder.finish();
    println!("{} concepts take {} bytes", table.len(), table.bytes());
    assert!(table.bytes() < 150_000_000);
    assert_eq!(table.find("100499999"), Some(COUNT - 1));
    assert!(table.hierarchy.is_below(COUNT - 1, 1) && !table.hierarchy.is_below(1, COUNT - 1));
    assert_eq!(table.hierarchy.below(0, table.len()).len(), 499_999);
}
