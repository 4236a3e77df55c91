//! Which resources should a search find?
//!
//! Told from the resources themselves by the paths and types that Inferno's metadata gives each search parameter of US
//! Core; our own indexes, parameters and conditions have no part in it. <https://hl7.org/fhir/R4/search.html>

use model::Value;
use model::datetime::DateTime;

use super::paths::values;
use super::slices::Slices;

/// The definition of a search parameter.
pub(crate) struct Definition<'m> {
    paths: Vec<&'m str>,
    kind: &'m str,
}

impl<'m> Definition<'m> {
    /// Reads a member of `:search_definitions`.
    pub(crate) fn read(definition: &'m Value) -> Option<Self> {
        let paths = definition.get("paths")?.items().iter().filter_map(Value::as_str).collect();
        Some(Self { paths, kind: definition.text("type")? })
    }

    /// Whether its values are references.
    pub(crate) fn is_reference(&self) -> bool {
        self.kind == "Reference"
    }

    /// What a resource has under it.
    pub(crate) fn values<'v>(&self, resource: &'v Value) -> Vec<&'v Value> {
        let at = |path: &str| values(resource, path, &Slices::default());
        // Of a choice of a time and a text, the text is no time, whatever it looks like.
        let is_text = |path: &str| self.is_time() && !at(&format!("{path}String")).is_empty();
        self.paths.iter().filter(|path| !is_text(path)).flat_map(|path| at(path)).collect()
    }

    fn is_time(&self) -> bool {
        matches!(self.kind, "Period" | "date" | "dateTime" | "instant")
    }

    /// Whether a resource passes: any of the values between commas will do.
    pub(crate) fn holds(&self, resource: &Value, asked: &str) -> bool {
        let found = self.values(resource);
        asked.split(',').any(|asked| found.iter().any(|value| self.is_meant(value, asked)))
    }

    fn is_meant(&self, value: &Value, asked: &str) -> bool {
        match self.kind {
            "Reference" => {
                let reference = value.text("reference").unwrap_or_default();
                reference == asked || reference.rsplit('/').next() == Some(asked)
            }
            "CodeableConcept" => {
                let codings = value.get("coding").map_or(&[][..], Value::items);
                codings.iter().any(|coding| is_token(coding, "code", asked))
            }
            "Coding" => is_token(value, "code", asked),
            "Identifier" => is_token(value, "value", asked),
            _ if self.is_time() => is_when(value, asked).unwrap_or(false),
            "HumanName" => has_beginning(value, &["text", "family", "given", "prefix", "suffix"], asked),
            "Address" => has_beginning(
                value,
                &["text", "line", "city", "district", "state", "postalCode", "country"],
                asked,
            ),
            "string" => begins(value, asked),
            _ => value.as_str() == Some(asked),
        }
    }
}

/// Whether a value is `system|code` or `code`.
fn is_token(value: &Value, member: &str, asked: &str) -> bool {
    match asked.split_once('|') {
        Some((system, code)) => value.text("system") == Some(system) && value.text(member) == Some(code),
        None => value.text(member) == Some(asked),
    }
}

fn has_beginning(value: &Value, members: &[&str], asked: &str) -> bool {
    members.iter().any(|member| match value.get(member) {
        Some(Value::Array(items)) => items.iter().any(|item| begins(item, asked)),
        found => found.is_some_and(|found| begins(found, asked)),
    })
}

fn begins(value: &Value, asked: &str) -> bool {
    value.as_str().is_some_and(|text| text.to_lowercase().starts_with(&asked.to_lowercase()))
}

/// Compares as <https://hl7.org/fhir/R4/search.html#prefix> says; none where either is no time.
fn is_when(value: &Value, asked: &str) -> Option<bool> {
    let digits = asked.find(|letter: char| letter.is_ascii_digit())?;
    let (prefix, asked) = asked.split_at(digits);
    let asked = DateTime::parse_search(asked)?.interval();
    let (low, high) = (asked.start.0, asked.end.0);
    let (start, end) = stretch(value)?;
    let is_equal = low <= start && end <= high;
    Some(match prefix {
        "" | "eq" => is_equal,
        "gt" => end > high,
        "ge" => end > high || is_equal,
        "lt" => start < low,
        "le" => start < low || is_equal,
        _ => return None,
    })
}

/// From the first moment to the first after it.
fn stretch(value: &Value) -> Option<(i64, i64)> {
    let moment = |text: &str| DateTime::parse(text).map(|time| time.interval());
    if let Some(text) = value.as_str() {
        return moment(text).map(|time| (time.start.0, time.end.0));
    }
    let start = value.text("start").map_or(Some(i64::MIN), |text| Some(moment(text)?.start.0))?;
    let end = value.text("end").map_or(Some(i64::MAX), |text| Some(moment(text)?.end.0))?;
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::json;

    #[track_caller]
    fn check(definition: &str, resource: &str, asked: &str, expected: bool) {
        let [definition, resource] =
            [definition, resource].map(|text| json::parse(text.as_bytes()).expect("JSON"));
        let definition = Definition::read(&definition).expect("a definition");
        assert_eq!(definition.holds(&resource, asked), expected, "{asked}");
    }

    #[test]
    fn a_resource_passes_by_what_it_holds() {
        let code = r#"{"paths":["code"],"type":"CodeableConcept"}"#;
        let coded = r#"{"code":{"coding":[{"system":"s","code":"a"}]}}"#;
        check(code, coded, "x,a", true);
        check(code, coded, "s|a", true);
        check(code, coded, "t|a", false);
        let patient = r#"{"paths":["subject"],"type":"Reference"}"#;
        check(patient, r#"{"subject":{"reference":"Patient/8"}}"#, "8", true);
        check(patient, r#"{"subject":{"reference":"Patient/8"}}"#, "Patient/8", true);
        check(patient, r#"{"subject":{"reference":"Patient/85"}}"#, "8", false);
        let date = r#"{"paths":["period"],"type":"Period"}"#;
        let open = r#"{"period":{"start":"2020-01-02"}}"#;
        let choice = r#"{"paths":["occurrence"],"type":"date"}"#;
        check(choice, r#"{"occurrenceDateTime":"2020"}"#, "2020", true);
        check(choice, r#"{"occurrenceString":"2020"}"#, "2020", false);
        check(date, open, "gt2020-05-01", true);
        check(date, open, "2020", false);
        check(date, open, "le2020-01-02", false);
        check(date, open, "lt2020-01-03", true);
    }
}
