//! What does this reference point to?
//!
//! Forms of `Reference.reference` and of `canonical`, told apart by their text alone. Types are plain
//! text here, because which there are is not known in this crate; the text printed is the text parsed.
//! <https://hl7.org/fhir/R4/references.html>, <https://hl7.org/fhir/R4/datatypes.html#canonical>.

use std::fmt;

use crate::resource::Id;

/// What a reference points to, as slices of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reference<'a> {
    /// A resource below the base of whoever says it: `Patient/7`.
    Relative(Target<'a>),
    /// A resource on a server: `http://example.org/fhir/Patient/7`.
    Absolute {
        /// What stands before the type, without the slash.
        base: &'a str,
        /// The resource.
        target: Target<'a>,
    },
    /// Something else with an address, which may be a resource or not.
    Url(&'a str),
    /// A name without an address: `urn:uuid:…`, `urn:oid:…`.
    Urn(&'a str),
    /// A contained resource by its id, or the container itself when that is empty: `#med`, `#`.
    Contained(&'a str),
    /// Whatever a search finds, in transactions only: `Patient?identifier=7`.
    Conditional {
        /// The type that is searched.
        resource_type: &'a str,
        /// The parameters.
        query: &'a str,
    },
}

/// A resource by type and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    /// The type's name, which has the form of one.
    pub resource_type: &'a str,
    /// The logical id, in the grammar of ids.
    pub id: &'a str,
    /// The version, if one is meant; in the grammar of ids, as other servers may number otherwise.
    pub version: Option<&'a str>,
    /// The part of the resource that is meant.
    pub fragment: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads a reference; `None` for a text that has no form of one.
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.is_empty() || text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            return None;
        }
        if let Some(id) = text.strip_prefix('#') {
            return (id.is_empty() || Id::parse(id).is_some()).then_some(Self::Contained(id));
        }
        if text.starts_with("urn:") {
            return Some(Self::Urn(text));
        }
        if let Some((resource_type, query)) = text.split_once('?')
            && is_type_name(resource_type)
        {
            return (!query.is_empty()).then_some(Self::Conditional { resource_type, query });
        }
        if !has_scheme(text) {
            return Target::parse(text).map(Self::Relative);
        }
        Some(Self::parse_absolute(text).unwrap_or(Self::Url(text)))
    }

    /// The type and id it names, wherever that is.
    pub fn target(&self) -> Option<Target<'a>> {
        match *self {
            Self::Relative(target) | Self::Absolute { target, .. } => Some(target),
            _ => None,
        }
    }

    fn parse_absolute(text: &'a str) -> Option<Self> {
        let path_end = text.find(['#', '?']).unwrap_or(text.len());
        let path = &text[..path_end];
        let path = path.rsplit_once("/_history/").map_or(path, |(current, _)| current);
        let (rest, _) = path.rsplit_once('/')?;
        let (base, _) = rest.rsplit_once('/')?;
        // The authority is no part of the path: `http://Patient/7` names a host.
        let target = Target::parse(&text[base.len() + 1..])?;
        (!base.ends_with('/')).then_some(Self::Absolute { base, target })
    }
}

impl<'a> Target<'a> {
    /// Reads `Type/id`, `Type/id/_history/version`, either with `#fragment`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (path, fragment) = match text.split_once('#') {
            Some((path, fragment)) => (path, Some(fragment)),
            None => (text, None),
        };
        let (resource_type, rest) = path.split_once('/')?;
        let (id, version) = match rest.split_once("/_history/") {
            Some((id, version)) => (id, Some(version)),
            None => (rest, None),
        };
        let valid = is_type_name(resource_type) && Id::parse(id).is_some();
        let valid = valid && version.is_none_or(|version| Id::parse(version).is_some());
        valid.then_some(Self { resource_type, id, version, fragment })
    }
}

/// A definition's name with the version and the part that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Canonical<'a> {
    /// The definition's `url`.
    pub url: &'a str,
    /// The definition's `version`.
    pub version: Option<&'a str>,
    /// The id of an element in it, or of a contained resource.
    pub fragment: Option<&'a str>,
}

impl<'a> Canonical<'a> {
    /// Reads `url|version#fragment`; `None` when there is no url or a part is empty.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (rest, fragment) = split_last(text, '#');
        let (url, version) = split_last(rest, '|');
        let empty = |part: Option<&str>| part.is_some_and(str::is_empty);
        let valid =
            !text.contains(char::is_whitespace) && !url.is_empty() && !empty(version) && !empty(fragment);
        valid.then_some(Self { url, version, fragment })
    }
}

impl fmt::Display for Reference<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(target) => target.fmt(out),
            Self::Absolute { base, target } => write!(out, "{base}/{target}"),
            Self::Url(text) | Self::Urn(text) => out.write_str(text),
            Self::Contained(id) => write!(out, "#{id}"),
            Self::Conditional { resource_type, query } => write!(out, "{resource_type}?{query}"),
        }
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.resource_type, self.id)?;
        if let Some(version) = self.version {
            write!(out, "/_history/{version}")?;
        }
        self.fragment.map_or(Ok(()), |fragment| write!(out, "#{fragment}"))
    }
}

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.url)?;
        if let Some(version) = self.version {
            write!(out, "|{version}")?;
        }
        self.fragment.map_or(Ok(()), |fragment| write!(out, "#{fragment}"))
    }
}

fn split_last(text: &str, separator: char) -> (&str, Option<&str>) {
    text.rsplit_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_type_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether a text begins with a URL's scheme, as RFC 3986 spells one.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let shown = match Reference::parse(text) {
            None => "none".to_owned(),
            Some(Reference::Relative(target)) => format!("relative {}", parts(target)),
            Some(Reference::Absolute { base, target }) => format!("absolute {base} {}", parts(target)),
            Some(Reference::Url(_)) => "url".to_owned(),
            Some(Reference::Urn(_)) => "urn".to_owned(),
            Some(Reference::Contained(id)) => format!("contained {id}"),
            Some(Reference::Conditional { resource_type, query }) => {
                format!("conditional {resource_type} {query}")
            }
        };
        assert_eq!(shown, expected, "{text}");
    }

    fn parts(target: Target<'_>) -> String {
        let Target { resource_type, id, version, fragment } = target;
        format!("{resource_type} {id} {} {}", version.unwrap_or("-"), fragment.unwrap_or("-"))
    }

    #[test]
    fn each_form_is_told_by_its_text() {
        check("Patient/7", "relative Patient 7 - -");
        check("Patient/7/_history/2", "relative Patient 7 2 -");
        check("Patient/7#p", "relative Patient 7 - p");
        check("http://a.org/fhir/Patient/7", "absolute http://a.org/fhir Patient 7 - -");
        check("http://a.org/Patient/7/_history/2#p", "absolute http://a.org Patient 7 2 p");
        check("http://Patient/7", "url");
        check("http://a.org/fhir/Patient?identifier=7", "url");
        check("http://a.org/fhir/Patient/7?x=Patient/8", "url");
        check("http://a.org/files/7", "url");
        check("mailto:a@b", "url");
        check("urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "urn");
        check("urn:oid:1.2.3", "urn");
        check("#med", "contained med");
        check("#", "contained ");
        check("Patient?identifier=http://a|7", "conditional Patient identifier=http://a|7");
    }

    #[test]
    fn what_has_no_form_of_a_reference_is_none() {
        for text in [
            "",
            " ",
            "Patient",
            "Patient/",
            "patient/7",
            "Patient/a b",
            "Patient/7/8",
            "Patient?",
            "/Patient/7",
            "#a_b",
        ] {
            check(text, "none");
        }
        check(&format!("Patient/{}", "x".repeat(65)), "none");
        check("Patient/7/_history/", "none");
    }

    #[test]
    fn canonicals_come_apart_and_together() {
        let text = "http://a.org/q|1.0|b#x";
        let canonical = Canonical::parse(text).expect("valid");
        assert_eq!((canonical.url, canonical.version), ("http://a.org/q|1.0", Some("b")));
        assert_eq!((canonical.fragment, canonical.to_string().as_str()), (Some("x"), text));
        for bad in ["", "|1", "a|", "a#", "a b"] {
            assert_eq!(Canonical::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_parsed_is_printed_as_it_was(wild in ".{0,30}", likely in "(http://a(/b)?/)?(Patient|x)?[/?#:|]{0,2}[a1/]{0,4}(/_history/)?[0-9#]{0,3}") {
            for text in [wild, likely] {
                if let Some(reference) = Reference::parse(&text) {
                    prop_assert_eq!(reference.to_string(), text.clone());
                }
                if let Some(canonical) = Canonical::parse(&text) {
                    prop_assert_eq!(canonical.to_string(), text);
                }
            }
        }
    }
}
