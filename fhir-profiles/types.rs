//! What do the definitions tell the engine of expressions?
//!
//! <https://hl7.org/fhir/R4/fhirpath.html>. A type is its place in the table; backbone elements are types too, based
//! on `BackboneElement`, or on `Element` where they cannot be modified.

use fhirpath::{Kind, Member, TypeId, Types};
use model::xml::{Form, Node};

use crate::definitions::{Child, Definitions, TypeKind};

impl Types for Definitions {
    fn find(&self, name: &str) -> Option<TypeId> {
        self.node_called(name).map(|node| TypeId(node.0))
    }

    fn name(&self, type_id: TypeId) -> &'static str {
        self.node(Node(type_id.0)).name
    }

    fn base(&self, type_id: TypeId) -> Option<TypeId> {
        let definition = self.node(Node(type_id.0));
        match (definition.base, definition.kind) {
            (Some(base), _) => self.find(base),
            (None, TypeKind::Backbone) if definition.child("modifierExtension").is_some() => {
                self.find("BackboneElement")
            }
            (None, TypeKind::Backbone) => self.find("Element"),
            (None, _) => None,
        }
    }

    fn kind(&self, type_id: TypeId) -> Kind {
        match self.node(Node(type_id.0)).kind {
            TypeKind::Resource => Kind::Resource,
            TypeKind::Complex => Kind::Complex,
            TypeKind::Primitive => Kind::Primitive,
            TypeKind::Backbone => Kind::Backbone,
        }
    }

    fn member(&self, parent: TypeId, name: &str) -> Option<Member> {
        self.node(Node(parent.0)).child(name).map(member)
    }

    fn element(&self, parent: TypeId, element: &str, found: &mut dyn FnMut(Member)) {
        let definition = self.node(Node(parent.0));
        match definition.child(element) {
            Some(child) if !child.is_choice() => found(member(child)),
            _ => definition
                .children()
                .iter()
                .filter(|child| stem(child) == Some(element))
                .for_each(|child| found(member(child))),
        }
    }

    fn members(&self, parent: TypeId, found: &mut dyn FnMut(Member)) {
        self.node(Node(parent.0)).children().iter().for_each(|child| found(member(child)));
    }
}

fn member(child: &Child) -> Member {
    let type_id = match child.form {
        Form::Resource => None,
        Form::Object(node) => Some(TypeId(node.0)),
        Form::Primitive(_) | Form::Narrative | Form::Attribute => Some(TypeId(child.type_node.0)),
    };
    let element = stem(child).unwrap_or(child.element);
    Member { name: child.name, element, type_id, repeats: child.repeats() }
}

/// The name of a choice without its `[x]`.
fn stem(child: &Child) -> Option<&'static str> {
    child.element.strip_suffix("[x]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases(name: &str) -> String {
        let types = Definitions::r4();
        let mut names = Vec::new();
        let mut next = types.find(name);
        while let Some(type_id) = next {
            names.push(types.name(type_id));
            next = types.base(type_id);
        }
        names.join(" < ")
    }

    #[test]
    fn types_are_based_on_others_as_published() {
        for (name, expected) in [
            ("Patient", "Patient < DomainResource < Resource"),
            ("Patient.contact", "Patient.contact < BackboneElement < Element"),
            ("Timing.repeat", "Timing.repeat < Element"),
            ("Age", "Age < Quantity < Element"),
            ("code", "code < string < Element"),
            ("canonical", "canonical < uri < Element"),
            ("positiveInt", "positiveInt < integer < Element"),
            ("xhtml", "xhtml < Element"),
        ] {
            assert_eq!(bases(name), expected);
        }
    }

    /// The members that an element may stand in, with their types.
    fn check(parent: &str, element: &str, expected: &str) {
        let types = Definitions::r4();
        let mut shown = Vec::new();
        let parent = types.find(parent).expect("a known type");
        types.element(parent, element, &mut |member| {
            let name = member.type_id.map_or("any resource", |type_id| types.name(type_id));
            let many = if member.repeats { "*" } else { "" };
            shown.push(format!("{}{many}: {name}", member.name));
            assert_eq!(types.member(parent, member.name), Some(member));
            assert_eq!(member.element, element);
        });
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn an_element_stands_in_one_member_or_for_a_choice_in_several() {
        check("Patient", "birthDate", "birthDate: date");
        check("Patient", "name", "name*: HumanName");
        check("Patient", "contact", "contact*: Patient.contact");
        check("Patient", "deceased", "deceasedBoolean: boolean, deceasedDateTime: dateTime");
        check("Patient", "deceasedBoolean", "");
        check("Patient", "contained", "contained*: any resource");
        check("Patient", "id", "id: id");
        check("HumanName", "id", "id: string");
        check("Extension", "url", "url: uri");
        check("Narrative", "div", "div: xhtml");
        check("Questionnaire.item", "item", "item*: Questionnaire.item");
        check("Patient", "nothing", "");
    }
}
