//! Which part of a resource does the client want?
//!
//! `_summary` and `_elements`: <https://hl7.org/fhir/R4/search.html#summary>, of what is read and of what is found.

use fhir_profiles::Definitions;
use fhir_profiles::subset::{self, SummaryMode};
use model::{Code, Issue, Object};

/// The part that is wanted; all of it, unless something else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// What `_summary` asks for.
    pub summary: Option<SummaryMode>,
    /// What `_elements` asks for, when there is no summary.
    pub elements: Vec<String>,
    /// Whether only the number of what is found is wanted: `_summary=count`.
    pub only_count: bool,
}

impl Narrowing {
    /// Takes a parameter in when it is one of these; none when it is another.
    pub fn read(&mut self, name: &str, value: &str) -> Option<Result<(), Issue>> {
        match name {
            "_summary" => Some(self.read_summary(value)),
            "_elements" => Some(self.read_elements(value)),
            _ => None,
        }
    }

    /// Whether all of it is wanted.
    pub fn is_whole(&self) -> bool {
        self.summary.is_none() && self.elements.is_empty()
    }

    /// The part of a resource that is wanted, marked as such.
    pub fn apply(&self, resource: Object, definitions: &Definitions) -> Object {
        match self.summary {
            Some(mode) => subset::summary(&resource, mode, definitions),
            None if self.elements.is_empty() => resource,
            None => {
                let names: Vec<&str> = self.elements.iter().map(String::as_str).collect();
                subset::elements(&resource, &names, definitions)
            }
        }
    }

    fn read_summary(&mut self, value: &str) -> Result<(), Issue> {
        self.only_count = value == "count";
        self.summary = match value {
            "true" => Some(SummaryMode::True),
            "text" => Some(SummaryMode::Text),
            "data" => Some(SummaryMode::Data),
            "false" | "count" => None,
            _ => {
                let message = format!("`_summary={value}`: true, text, data, count or false is expected");
                return Err(Issue::error(Code::InvalidParameter, message));
            }
        };
        Ok(())
    }

    fn read_elements(&mut self, value: &str) -> Result<(), Issue> {
        let plain = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let names: Vec<_> = value.split(',').map(str::trim).map(str::to_owned).collect();
        if !names.iter().all(|name| plain(name)) {
            let message =
                format!("`_elements={value}`: names of elements at the root, with commas, are expected");
            return Err(Issue::error(Code::InvalidParameter, message));
        }
        self.elements.extend(names);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)], expected: Result<&str, Code>) {
        let mut narrowing = Narrowing::default();
        let read = pairs.iter().try_for_each(|(name, value)| narrowing.read(name, value).unwrap_or(Ok(())));
        let text = r#"{"resourceType":"Basic","id":"7","language":"en","code":{"text":"x"}}"#;
        let resource = model::json::parse(text.as_bytes()).expect("JSON");
        let resource = resource.as_object().expect("an object").clone();
        let left = read.map(|()| {
            let part = narrowing.apply(resource, Definitions::r4());
            let names: Vec<_> = part.iter().map(|(name, _)| name).collect();
            format!("{} {}", names.join(","), if narrowing.only_count { "count" } else { "" })
                .trim()
                .to_owned()
        });
        assert_eq!(left.as_deref().map_err(|issue| issue.code), expected, "{pairs:?}");
    }

    #[test]
    fn a_part_is_what_was_asked_for_and_the_last_summary_counts() {
        check(&[], Ok("resourceType,id,language,code"));
        check(&[("name", "x")], Ok("resourceType,id,language,code"));
        check(&[("_elements", "language")], Ok("resourceType,id,meta,language,code"));
        check(&[("_elements", "code, id")], Ok("resourceType,id,meta,code"));
        check(&[("_elements", "a,,b")], Err(Code::InvalidParameter));
        check(&[("_summary", "text")], Ok("resourceType,id,meta,code"));
        check(&[("_summary", "text"), ("_summary", "false")], Ok("resourceType,id,language,code"));
        check(&[("_summary", "count")], Ok("resourceType,id,language,code count"));
        check(&[("_summary", "some")], Err(Code::InvalidParameter));
    }
}
