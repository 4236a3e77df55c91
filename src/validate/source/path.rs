//! Which steps lead to an element?

/// A step from an element to one of its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step<'p> {
    /// The element's name; of a choice without its type.
    pub(super) name: &'p str,
    /// The type of a choice, where it is said.
    pub(super) chosen: Option<&'p str>,
    /// Its place among those of its name, from 0.
    pub(super) index: usize,
}

impl Step<'_> {
    /// Whether an element called `name` in the text is the one meant, be it of a choice.
    pub(super) fn names(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(self.name) else { return false };
        match self.chosen {
            Some(chosen) => rest.eq_ignore_ascii_case(chosen),
            None => rest.is_empty() || rest.starts_with(|first: char| first.is_ascii_uppercase()),
        }
    }
}

/// Reads a path; the first part, the resource's type, is no step. `None` for what is no such path.
pub(super) fn steps(expression: &str) -> Option<Vec<Step<'_>>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for part in expression.split('.').skip(1) {
        if let Some(chosen) = part.strip_prefix("ofType(") {
            steps.last_mut()?.chosen = Some(chosen.strip_suffix(')')?);
            continue;
        }
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, index.strip_suffix(']')?.parse().ok()?),
            None => (part, 0),
        };
        if name.is_empty() {
            return None;
        }
        steps.push(Step { name, chosen: None, index });
    }
    Some(steps)
}
