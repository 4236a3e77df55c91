//! Which definitions cannot be used, and why?
//!
//! A definition may count for all types and be wrong for each of them, which is one complaint.

use std::fmt::Write as _;

use model::{ResourceType, Text};

/// Types that a complaint names.
const TYPES_NAMED: usize = 5;

/// What is wrong with which definitions.
#[derive(Default)]
pub(super) struct Complaints(Vec<Complaint>);

struct Complaint {
    url: Text,
    why: String,
    /// For which types; none for all.
    types: Vec<ResourceType>,
}

impl Complaints {
    /// A definition is left out.
    pub(super) fn add(&mut self, url: &str, why: String) {
        self.0.push(Complaint { url: url.into(), why, types: Vec::new() });
    }

    /// A definition is left out for a type.
    pub(super) fn add_for(&mut self, url: &str, resource_type: ResourceType, why: String) {
        let known = self.0.iter_mut().find(|it| it.url == url && it.why == why && !it.types.is_empty());
        match known {
            Some(complaint) => complaint.types.push(resource_type),
            None => self.0.push(Complaint { url: url.into(), why, types: vec![resource_type] }),
        }
    }

    /// The complaints for people.
    pub(super) fn into_texts(self) -> Vec<String> {
        self.0.into_iter().map(Complaint::into_text).collect()
    }
}

impl Complaint {
    fn into_text(self) -> String {
        let Complaint { url, why, types } = self;
        let mut text = format!("the search parameter `{url}` is left out");
        let named: Vec<_> = types.iter().take(TYPES_NAMED).map(|it| it.as_str()).collect();
        let others = types.len() - named.len();
        // Writing to a text does not fail.
        let _ = match (named.is_empty(), others) {
            (true, _) => Ok(()),
            (false, 0) => write!(text, " of {}", named.join(", ")),
            (false, _) => write!(text, " of {} and {others} other types", named.join(", ")),
        };
        text + ": " + &why
    }
}
