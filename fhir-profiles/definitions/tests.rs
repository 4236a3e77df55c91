//! Are the definitions what R4 says?

use model::xml::{Form, Leaf};

use super::{Definitions, Max, R4, TypeKind};
use crate::package::sha256;

#[test]
fn the_embedded_text_has_the_hash_beside_it() {
    let hashes = include_str!("r4.sha256");
    assert_eq!(hashes.lines().next(), Some(format!("{}  r4.txt.gz", sha256(R4)).as_str()));
}

#[test]
fn every_concrete_resource_type_is_known_and_no_other() {
    let definitions = Definitions::r4();
    assert_eq!(definitions.resource_types().len(), 146);
    assert!(definitions.resource_types().is_sorted());
    for good in ["Account", "Patient", "VisionPrescription", "Parameters"] {
        assert_eq!(definitions.resource_type(good).map(|known| known.as_str()), Some(good));
    }
    for bad in ["", "patient", "Resource", "DomainResource", "HumanName", "Patient.contact"] {
        assert_eq!(definitions.resource_type(bad), None, "{bad}");
    }
}

/// One line about a child: type, form, cardinality, order, flags.
fn describe(parent: &str, name: &str) -> String {
    let definitions = Definitions::r4();
    let Some(child) = definitions.child(parent, name) else {
        return "unknown".to_owned();
    };
    let form = match child.form {
        Form::Attribute => "attribute".to_owned(),
        Form::Primitive(Leaf::Boolean) => "boolean".to_owned(),
        Form::Primitive(Leaf::Number) => "number".to_owned(),
        Form::Primitive(Leaf::String) => "string".to_owned(),
        Form::Narrative => "narrative".to_owned(),
        Form::Resource => "resource".to_owned(),
        Form::Object(node) => definitions.node(node).name.to_owned(),
    };
    let max = match child.max {
        Max::One => "1".to_owned(),
        Max::Many(many) => many.to_string(),
        Max::Unbounded => "*".to_owned(),
    };
    let flags = [(child.is_summary, " summary"), (child.is_modifier, " modifier")];
    let flags: String = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, word)| word).collect();
    format!("{}: {form} {}..{max} #{}{flags}", child.type_name, child.min, child.order)
}

#[test]
fn children_are_found_by_their_names_in_json() {
    for (parent, name, expected) in [
        ("Patient", "id", "id: string 0..1 #0 summary"),
        ("Patient", "active", "boolean: boolean 0..1 #9 summary modifier"),
        ("Patient", "name", "HumanName: HumanName 0..* #10 summary"),
        ("Patient", "contact", "BackboneElement: Patient.contact 0..* #19"),
        ("Patient.contact", "name", "HumanName: HumanName 0..1 #4"),
        ("Patient", "multipleBirthInteger", "integer: number 0..1 #17"),
        ("Patient", "multipleBirth", "unknown"),
        ("Patient", "multipleBirth[x]", "unknown"),
        ("Patient", "contained", "Resource: resource 0..* #5"),
        ("HumanName", "id", "string: attribute 0..1 #0"),
        ("Extension", "url", "uri: attribute 1..1 #2"),
        ("Extension", "valueDateTime", "dateTime: string 0..1 #3"),
        ("Extension", "valueAge", "Age: Age 0..1 #3"),
        ("Narrative", "div", "xhtml: narrative 1..1 #3"),
        ("Questionnaire.item", "item", "BackboneElement: Questionnaire.item 0..* #18"),
        ("Bundle.entry", "link", "BackboneElement: Bundle.link 0..* #3 summary"),
        ("Bundle.entry", "resource", "Resource: resource 0..1 #5 summary"),
        ("Timing", "repeat", "Element: Timing.repeat 0..1 #4 summary"),
        ("boolean", "value", "unknown"),
        ("Unheard", "id", "unknown"),
    ] {
        assert_eq!(describe(parent, name), expected, "{parent}.{name}");
    }
}

#[test]
fn kinds_and_bases_are_kept() {
    let definitions = Definitions::r4();
    for (name, kind, base, is_abstract) in [
        ("Patient", TypeKind::Resource, Some("DomainResource"), false),
        ("DomainResource", TypeKind::Resource, Some("Resource"), true),
        ("Resource", TypeKind::Resource, None, true),
        ("Age", TypeKind::Complex, Some("Quantity"), false),
        ("code", TypeKind::Primitive, Some("string"), false),
        ("Patient.contact", TypeKind::Backbone, None, false),
    ] {
        let found = definitions.type_definition(name).expect(name);
        assert_eq!((found.kind, found.base, found.is_abstract), (kind, base, is_abstract), "{name}");
    }
}
