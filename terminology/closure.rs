//! Which concepts of a growing list stand below which?
//!
//! A closure table as <https://hl7.org/fhir/R4/terminology-service.html#closure> has it: a client adds the concepts that it
//! meets, and is told what is new to its own table. Only the concepts are kept, each with the version of the table at
//! which it came; who stands below whom is asked of the code systems, in their newest versions, each time.

use std::collections::BTreeMap;

use model::value::object;
use model::{Code, Issue, Number, Value, json};

use crate::limits::{CLOSURE_CONCEPTS_MAX, CLOSURE_ENTRIES_MAX};
use crate::subsumes::find;
use crate::tree::items;
use crate::{Coding, Terminology, systems};

/// A closure table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closure {
    /// Counts the additions, from 0.
    version: u64,
    concepts: Vec<Member>,
}

/// A concept of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    system: String,
    code: String,
    /// The version of the table that brought it.
    since: u64,
}

/// That one concept stands below another.
struct Entry<'a> {
    system: &'a str,
    below: &'a str,
    above: &'a str,
}

impl Closure {
    /// Reads what [`write`](Self::write) wrote; `None` for anything else.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let tree = json::parse(bytes).ok()?;
        let concepts = items(&tree, "concepts").iter().map(|concept| {
            Some(Member {
                system: concept.text("system")?.to_owned(),
                code: concept.text("code")?.to_owned(),
                since: count(concept, "since")?,
            })
        });
        Some(Self { version: count(&tree, "version")?, concepts: concepts.collect::<Option<_>>()? })
    }

    /// The table as bytes.
    pub fn write(&self) -> Vec<u8> {
        let concepts = self.concepts.iter().map(|member| {
            object([
                ("system", member.system.as_str().into()),
                ("code", member.code.as_str().into()),
                ("since", member.since.into()),
            ])
        });
        let concepts: Vec<Value> = concepts.collect();
        json::to_compact(&object([("version", self.version.into()), ("concepts", concepts.into())]))
    }

    /// The table with more concepts; those that it has already change nothing.
    pub fn with(mut self, terminology: &Terminology, codings: &[Coding<'_>]) -> Result<Self, Vec<Issue>> {
        let version = self.version + 1;
        for coding in codings {
            let (Some(system), Some(code)) = (coding.system, coding.code) else {
                let message = "a concept of a closure table has a system and a code";
                return Err(vec![Issue::error(Code::InvalidParameter, message)]);
            };
            let code = known(terminology, system, coding.version, code)?;
            if self.concepts.iter().any(|member| member.system == system && member.code == code) {
                continue;
            }
            if self.concepts.len() >= CLOSURE_CONCEPTS_MAX {
                let message =
                    format!("the closure table has more than the limit of {CLOSURE_CONCEPTS_MAX} concepts");
                return Err(vec![Issue::error(Code::ExpansionTooCostly, message)]);
            }
            self.concepts.push(Member { system: system.to_owned(), code, since: version });
            self.version = version;
        }
        Ok(self)
    }

    /// How many additions there were.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What has become known since a version of the table, as groups of a ConceptMap: what stands below what.
    pub fn since(&self, terminology: &Terminology, version: u64) -> Result<Vec<Value>, Vec<Issue>> {
        let entries = self.entries(terminology, version)?;
        let mut groups: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
        for entry in entries {
            groups.entry(entry.system).or_default().entry(entry.below).or_default().push(entry.above);
        }
        let groups = groups.into_iter().map(|(system, elements)| {
            let elements: Vec<Value> = elements.into_iter().map(element).collect();
            object([("source", system.into()), ("target", system.into()), ("element", elements.into())])
        });
        Ok(groups.collect())
    }

    /// The pairs of which at least one concept came after the version.
    fn entries(&self, terminology: &Terminology, version: u64) -> Result<Vec<Entry<'_>>, Vec<Issue>> {
        let mut by_system: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
        for member in &self.concepts {
            by_system.entry(&member.system).or_default().push(member);
        }
        let mut entries = Vec::new();
        for (system, members) in by_system {
            if members.iter().all(|member| member.since <= version) || systems::law(system).is_some() {
                continue;
            }
            let table = terminology.code_system(system, None);
            let table = table.map_err(|reason| vec![Issue::error(Code::CodeNotChecked, reason)])?;
            let mut placed = Vec::with_capacity(members.len());
            for member in members {
                placed.push((member, find(&table, &member.code).map_err(|issue| vec![issue])?));
            }
            for (below, low) in &placed {
                for (above, high) in &placed {
                    let is_new = below.since > version || above.since > version;
                    if is_new && table.hierarchy.is_below(*low, *high) {
                        entries.push(Entry { system, below: &below.code, above: &above.code });
                    }
                }
                if entries.len() > CLOSURE_ENTRIES_MAX {
                    let message = format!(
                        "there are more than the limit of {CLOSURE_ENTRIES_MAX} entries; concepts are to be added in \
                         smaller portions"
                    );
                    return Err(vec![Issue::error(Code::ExpansionTooCostly, message)]);
                }
            }
        }
        Ok(entries)
    }
}

/// The code as its system writes it, when there is such a code.
fn known(
    terminology: &Terminology,
    system: &str,
    version: Option<&str>,
    code: &str,
) -> Result<String, Vec<Issue>> {
    if let Some(law) = systems::law(system) {
        return match (law.meaning)(code) {
            Some(_) => Ok(code.to_owned()),
            None => {
                let message = format!("the code `{code}` is not in the code system `{system}`");
                Err(vec![Issue::error(Code::UnknownCode, message)])
            }
        };
    }
    let table = terminology.code_system(system, None);
    let table = table.map_err(|reason| vec![Issue::error(Code::CodeNotChecked, reason)])?;
    if let Some(other) = version.filter(|version| **version != *table.about.version) {
        let message = format!(
            "closure tables are kept by the newest version of `{system}`, which is `{}` and not `{other}`",
            table.about.version
        );
        return Err(vec![Issue::error(Code::InvalidParameter, message)]);
    }
    let place = find(&table, code).map_err(|issue| vec![issue])?;
    Ok(table.code(place).to_owned())
}

/// A concept with all that it stands below.
fn element((below, above): (&str, Vec<&str>)) -> Value {
    let targets = above.into_iter();
    let targets = targets.map(|code| object([("code", code.into()), ("equivalence", "subsumes".into())]));
    let targets: Vec<Value> = targets.collect();
    object([("code", below.into()), ("target", targets.into())])
}

fn count(owner: &Value, name: &str) -> Option<u64> {
    match owner.get(name)? {
        Value::Number(number) => Number::as_str(number).parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fhir_profiles::Registry;

    use super::*;

    const SYSTEM: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1","content":"complete",
        "concept":[{"code":"a","concept":[{"code":"b","concept":[{"code":"c"}]}]},{"code":"d"}]}"#;

    fn coding(code: &str) -> Coding<'_> {
        Coding { system: Some("http://s"), code: Some(code), ..Coding::default() }
    }

    /// Adds the codes, portion by portion, each stored and read again; holds what is told since a version, as
    /// `c<a c<b`, or the complaint, against what is expected.
    fn check(portions: &[&[&str]], since: u64, expected: &str) {
        let system = json::parse(SYSTEM.as_bytes()).expect("valid JSON");
        let terminology = Terminology::new(Arc::new(Registry::default().with([system])));
        let add = |closure: Closure, codes: &&[&str]| {
            let codings: Vec<_> = codes.iter().map(|code| coding(code)).collect();
            let closure = closure.with(&terminology, &codings)?;
            Ok::<_, Vec<Issue>>(Closure::read(&closure.write()).expect("what was written is read"))
        };
        let added = portions.iter().try_fold(Closure::default(), add);
        let told = added.and_then(|closure| Ok((closure.version(), closure.since(&terminology, since)?)));
        let shown = match told {
            Ok((version, groups)) => shown(version, &groups),
            Err(issues) => issues.into_iter().map(|issue| issue.message).collect(),
        };
        assert_eq!(shown, expected);
    }

    fn shown(version: u64, groups: &[Value]) -> String {
        let mut shown = version.to_string();
        for element in groups.iter().flat_map(|group| items(group, "element")) {
            for target in items(element, "target") {
                let (below, above) = (element.text("code"), target.text("code"));
                shown += &format!(" {}<{}", below.unwrap_or_default(), above.unwrap_or_default());
            }
        }
        shown
    }

    #[test]
    fn a_table_tells_what_stands_below_what() {
        check(&[], 0, "0");
        check(&[&["a"]], 0, "1");
        check(&[&["a", "d", "c"]], 0, "1 c<a");
        check(&[&["c", "b", "a"]], 0, "1 b<a c<b c<a");
    }

    #[test]
    fn only_what_is_new_is_told_again() {
        check(&[&["a", "c"], &["b"]], 1, "2 b<a c<b");
        check(&[&["a", "c"], &["b"]], 2, "2");
        check(&[&["a", "c"], &["c"]], 1, "1");
    }

    #[test]
    fn a_code_that_nobody_knows_is_refused() {
        check(&[&["z"]], 0, "the code `z` is not in the code system `http://s`");
    }

    #[test]
    fn what_is_no_table_is_not_read() {
        for bytes in [&b"{"[..], b"{}", br#"{"version":1,"concepts":[{"system":"s"}]}"#, br#"{"version":-1}"#]
        {
            assert_eq!(Closure::read(bytes), None);
        }
    }
}
