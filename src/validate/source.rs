//! Where in the text does this element stand?
//!
//! The tree keeps no positions, so that reading stays cheap; they are found again in the text once there is
//! something to complain about. Paths are those of [`Issue::expression`]: `Patient.name[0].given[1]`,
//! `Observation.value.ofType(Quantity).code`.

mod json;
mod path;
mod xml;

use model::Issue;

use path::Step;

/// Bytes of a text in which positions are looked for: every complaint reads it once more.
const LOCATED_BYTES_MAX: usize = 4 << 20;

/// The two forms of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON.
    Json,
    /// XML.
    Xml,
}

/// Returns line and column, from 1, of the element in a JSON text that `expression` names.
pub fn locate_json(text: &[u8], expression: &str) -> Option<(usize, usize)> {
    let steps = path::steps(expression)?;
    Some(line_and_column(text, json::find(text, &steps)?))
}

/// Returns line and column, from 1, of the element in an XML text that `expression` names.
pub fn locate_xml(text: &[u8], expression: &str) -> Option<(usize, usize)> {
    let steps = path::steps(expression)?;
    Some(line_and_column(text, xml::find(text, &steps)?))
}

/// Says of each issue where in the text it is, or its nearest ancestor that the text has.
pub fn with_lines(issues: &mut [Issue], text: &[u8], form: Form) {
    if text.len() > LOCATED_BYTES_MAX {
        return;
    }
    for issue in issues.iter_mut().filter(|issue| issue.line.is_none()) {
        let Some(steps) = issue.expression.as_deref().and_then(path::steps) else { continue };
        let find = |steps: &[Step<'_>]| match form {
            Form::Json => json::find(text, steps),
            Form::Xml => xml::find(text, steps),
        };
        let found = (0..=steps.len()).rev().find_map(|length| find(&steps[..length]));
        issue.line = found.map(|place| line_and_column(text, place));
    }
}

fn line_and_column(text: &[u8], place: usize) -> (usize, usize) {
    let before = &text[..place];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    // Bytes that continue a character are no characters of their own.
    let column = before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests;
