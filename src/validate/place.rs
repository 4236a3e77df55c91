//! Where in the resource is this?

use std::fmt::Write as _;

/// A place as a chain from the innermost element outwards, made a text only for complaints.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) parent: Option<&'a Place<'a>>,
    /// The element's name; of a choice as expressions say it: `value.ofType(Quantity)`.
    pub(crate) name: &'a str,
    pub(crate) index: Option<usize>,
    /// The type of what stands here, where the walk came by; empty elsewhere.
    pub(crate) type_name: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn root(name: &'a str) -> Self {
        Self { parent: None, name, index: None, type_name: name }
    }

    pub(crate) fn child(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), name, index: None, type_name: "" }
    }

    pub(crate) fn item(&'a self, name: &'a str, index: usize) -> Place<'a> {
        Place { parent: Some(self), name, index: Some(index), type_name: "" }
    }

    /// The same place, and the type of what stands there.
    pub(crate) fn typed(self, type_name: &'a str) -> Place<'a> {
        Place { type_name, ..self }
    }

    /// The FHIRPath of this place: `Patient.contact[0].name`.
    pub(crate) fn path(&self) -> String {
        let mut text = match self.parent {
            Some(parent) => parent.path() + ".",
            None => String::new(),
        };
        text.push_str(self.name);
        if let Some(index) = self.index {
            write!(text, "[{index}]").expect("writing to a string does not fail");
        }
        text
    }
}
