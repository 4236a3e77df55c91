//! Is a token in a value set, whatever its case?
//!
//! What a search asks of value sets of any size, <https://hl7.org/fhir/R4/search.html#token>: nothing is listed. A code is
//! held against the sets as they are, and where an index of tokens is read in the order of their codes in lower case,
//! the next code that may be in the set is told.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Codes, NotListed, Part, Source, ValueSet};
use crate::CodeSystem;
use crate::code_system::folded;
use crate::concept_set::{Bits, ConceptSet};

impl ValueSet {
    /// The concepts of a table, as a value set without a name.
    pub fn of_concepts(table: &Arc<CodeSystem>, places: Bits) -> Self {
        let part = Part::of(&table.about.url, Source::Table(Arc::clone(table)));
        Self { parts: vec![Part { codes: Codes::concepts(places), ..part }], ..Self::empty() }
    }

    /// How many codes it has at most, `None` where they follow a rule; refused where of some codes nobody can tell
    /// whether they are in it.
    pub fn size(&self) -> Result<Option<usize>, NotListed> {
        if let Some(gap) = self.gaps.first() {
            return Err(NotListed::Unknown(gap.to_string()));
        }
        let mut sum = Some(0_usize);
        for part in &self.parts {
            let size = size(&part.codes, part)?;
            sum = sum.zip(size).map(|(sum, size)| sum.saturating_add(size));
        }
        Ok(sum)
    }
}

impl Part {
    /// Whether the code is in it, in the case in which its system writes it.
    pub fn holds(&self, code: &str) -> bool {
        self.surely_holds(code)
    }

    /// Whether the code is in it, in any case.
    pub fn holds_in_any_case(&self, code: &str) -> bool {
        self.holds(code) || {
            let mut spellings = Vec::new();
            spell(&self.codes, self, &folded(code), &mut spellings);
            spellings.into_iter().any(|spelling| self.holds(spelling))
        }
    }

    /// Whether some code that is this in lower case may be in it: surely one is, or a rule tells of each.
    pub fn may_hold(&self, lower: &str) -> bool {
        self.holds_in_any_case(lower) || follows_rule(&self.codes, self)
    }

    /// The least code in lower case that is not less than `from` and may be in it; `from` itself where a rule tells of
    /// each code.
    pub fn next<'a>(&'a self, from: &'a str) -> Option<Cow<'a, str>> {
        next(&self.codes, self, from)
    }
}

/// How many codes there are at most.
fn size(codes: &Codes, part: &Part) -> Result<Option<usize>, NotListed> {
    let least = |left: Option<usize>, right: Option<usize>| match (left, right) {
        (Some(left), Some(right)) => Some(std::cmp::min(left, right)),
        (known, None) | (None, known) => known,
    };
    match codes {
        Codes::None | Codes::Beyond(_) => Ok(Some(0)),
        Codes::Concepts(concepts) => Ok(Some(concepts.len())),
        Codes::Listed(listed) => Ok(Some(listed.codes.len())),
        Codes::Whole | Codes::Rule(_) => match &part.source {
            Source::Table(table) => Ok(Some(table.len())),
            Source::Law(law) => match law.doubt {
                Some(doubt) => Err(NotListed::Unknown(doubt.to_owned())),
                None => Ok(None),
            },
            Source::Absent => Ok(Some(0)),
        },
        Codes::Unknown(reason) => Err(NotListed::Unknown(reason.to_string())),
        Codes::Other(other) => size(&other.codes, other),
        Codes::Either(all) => {
            let sizes = all.iter().map(|codes| size(codes, part));
            let mut sum = Some(0_usize);
            for size in sizes {
                sum = sum.zip(size?).map(|(sum, size)| sum.saturating_add(size));
            }
            Ok(sum)
        }
        Codes::Both(two) => Ok(least(size(&two.0, part)?, size(&two.1, part)?)),
        Codes::Except(two) => {
            size(&two.1, part)?;
            size(&two.0, part)
        }
    }
}

/// Adds the codes as they are written that are `lower` in lower case.
fn spell<'a>(codes: &'a Codes, part: &'a Part, lower: &str, found: &mut Vec<&'a str>) {
    match codes {
        // What the part itself does not speak of, its system may write otherwise.
        Codes::None | Codes::Unknown(_) | Codes::Beyond(_) => {}
        Codes::Concepts(_) | Codes::Whole | Codes::Rule(_) => {
            if let Source::Table(table) = &part.source {
                found.extend(table.spelled(lower).map(|place| table.code(place)));
            }
        }
        Codes::Listed(listed) => found.extend(listed.spelled(lower)),
        Codes::Other(other) => spell(&other.codes, other, lower, found),
        Codes::Either(all) => all.iter().for_each(|codes| spell(codes, part, lower, found)),
        Codes::Both(two) => {
            spell(&two.0, part, lower, found);
            spell(&two.1, part, lower, found);
        }
        Codes::Except(two) => spell(&two.0, part, lower, found),
    }
}

/// Whether a rule tells of codes.
fn follows_rule(codes: &Codes, part: &Part) -> bool {
    match codes {
        Codes::Whole | Codes::Rule(_) => matches!(part.source, Source::Law(_)),
        Codes::Other(other) => follows_rule(&other.codes, other),
        Codes::Either(all) => all.iter().any(|codes| follows_rule(codes, part)),
        Codes::Both(two) => follows_rule(&two.0, part) && follows_rule(&two.1, part),
        Codes::Except(two) => follows_rule(&two.0, part),
        Codes::None | Codes::Concepts(_) | Codes::Listed(_) | Codes::Unknown(_) | Codes::Beyond(_) => false,
    }
}

fn next<'a>(codes: &'a Codes, part: &'a Part, from: &'a str) -> Option<Cow<'a, str>> {
    match codes {
        Codes::None | Codes::Unknown(_) | Codes::Beyond(_) => None,
        Codes::Concepts(concepts) => next_concept(part.source.table()?, from, Some(concepts)),
        Codes::Whole | Codes::Rule(_) => match &part.source {
            Source::Table(table) => next_concept(table, from, None),
            Source::Law(_) => Some(Cow::Borrowed(from)),
            Source::Absent => None,
        },
        Codes::Listed(listed) => listed.next(from).map(Cow::Borrowed),
        Codes::Other(other) => next(&other.codes, other, from),
        Codes::Either(all) => all.iter().filter_map(|codes| next(codes, part, from)).min(),
        // What is in both is in each, so none comes before the later of the two.
        Codes::Both(two) => Some(std::cmp::max(next(&two.0, part, from)?, next(&two.1, part, from)?)),
        Codes::Except(two) => next(&two.0, part, from),
    }
}

fn next_concept<'a>(table: &'a CodeSystem, from: &str, among: Option<&ConceptSet>) -> Option<Cow<'a, str>> {
    let mut places = table.ordered_from(from).iter();
    let place = places.find(|place| among.is_none_or(|among| among.contains(**place)))?;
    Some(Cow::Owned(folded(table.code(*place))))
}

#[cfg(test)]
mod tests {
    use fhir_profiles::Registry;
    use model::json;

    use super::*;
    use crate::Terminology;

    const SYSTEM: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1","content":"complete",
        "caseSensitive":true,"concept":[{"code":"Ab"},{"code":"aB"},{"code":"c","concept":[{"code":"D"}]}]}"#;

    fn value_set(compose: &str) -> ValueSet {
        let system = json::parse(SYSTEM.as_bytes()).expect("valid JSON");
        let terminology = Terminology::new(Arc::new(Registry::default().with([system])));
        let text = format!(r#"{{"resourceType":"ValueSet","status":"draft","compose":{compose}}}"#);
        let resource = json::parse(text.as_bytes()).expect("valid JSON");
        terminology.compile(&resource).expect("a value set")
    }

    /// Holds what is told of tokens against what is expected: the size, which of the codes are in the set in any case,
    /// and all that come one after the other.
    fn check(compose: &str, size: Option<usize>, held: &str, all: &str) {
        let value_set = value_set(compose);
        assert_eq!(value_set.size(), Ok(size), "{compose}");
        let asked = ["ab", "AB", "C", "c", "d", "e", "EN"];
        let [part] = value_set.parts.as_slice() else { panic!("one part: {compose}") };
        let own: Vec<_> = asked.into_iter().filter(|code| part.holds_in_any_case(code)).collect();
        assert_eq!(own.join(" "), held, "{compose}");
        let may = asked.into_iter().filter(|code| part.may_hold(&code.to_lowercase())).count();
        assert_eq!(may, if size.is_none() { asked.len() } else { own.len() }, "{compose}");
        let (mut met, mut from) = (Vec::new(), String::new());
        while let Some(next) = part.next(&from).map(Cow::into_owned) {
            if next == from {
                met.push("*".to_owned());
                break;
            }
            from = format!("{next}\u{1}");
            met.push(next);
        }
        assert_eq!(met.join(" "), all, "{compose}");
    }

    #[test]
    fn codes_are_found_whatever_their_case() {
        check(r#"{"include":[{"system":"http://s"}]}"#, Some(4), "ab AB C c d", "ab c d");
        check(r#"{"include":[{"system":"http://s","concept":[{"code":"aB"}]}]}"#, Some(1), "ab AB", "ab");
        check(
            r#"{"include":[{"system":"http://s","filter":[{"property":"concept","op":"is-a","value":"c"}]}]}"#,
            Some(2),
            "C c d",
            "c d",
        );
        check(
            r#"{"include":[{"system":"http://s"}],"exclude":[{"system":"http://s","concept":[{"code":"c"}]}]}"#,
            Some(3),
            "ab AB d",
            "ab d",
        );
    }

    #[test]
    fn codes_of_a_system_that_is_not_loaded_are_those_that_are_listed() {
        check(
            r#"{"include":[{"system":"http://x","concept":[{"code":"E"},{"code":"Ab"},{"code":"e"}]}]}"#,
            Some(3),
            "ab AB e",
            "ab e",
        );
    }

    #[test]
    fn a_rule_tells_of_each_code() {
        check(r#"{"include":[{"system":"urn:ietf:bcp:47"}]}"#, None, "ab AB EN", "*");
    }

    #[test]
    fn what_nobody_can_tell_is_refused() {
        for compose in [
            r#"{"include":[{"system":"http://none"}]}"#,
            r#"{"include":[{"system":"http://s"},{"valueSet":["http://none"]}]}"#,
            r#"{"include":[{"system":"http://s"}],"exclude":[{"valueSet":["http://none"]}]}"#,
        ] {
            assert!(matches!(value_set(compose).size(), Err(NotListed::Unknown(_))), "{compose}");
        }
    }

    #[test]
    fn concepts_of_a_table_are_a_value_set() {
        let system = json::parse(SYSTEM.as_bytes()).expect("valid JSON");
        let table = Arc::new(crate::code_system::read(&system).expect("a table"));
        let place = table.find("c").expect("it is there");
        let value_set = ValueSet::of_concepts(&table, table.hierarchy.below(place, table.len()));
        assert_eq!(value_set.size(), Ok(Some(1)));
        assert!(value_set.parts[0].holds_in_any_case("d") && !value_set.parts[0].holds_in_any_case("c"));
        assert_eq!(&*value_set.parts[0].system, "http://s");
    }
}
