//! Does a search rely on an index that is being built?
//!
//! What was stored before a search parameter came to be known is found by it once all of it has been read again. Until
//! then a search says that its answer may not be whole, and what hangs on there being nothing is refused: it would
//! make a second one of what is there.

use std::collections::BTreeSet;

use model::{Code, Issue, ResourceType, Severity};
use search::{Branch, Condition, ParameterId, Search, SortBy};

use super::{Indexing, Lacking, Library};
use crate::Result;

/// Types that are named to a client; of more, their number is told.
const NAMED_MAX: usize = 5;

impl Library {
    /// Says that the answer may not be whole, where it may not. To be asked before what is searched.
    pub(crate) fn warn(&self, search: &Search) -> Option<Issue> {
        let indexing = self.indexing();
        if indexing.is_empty() {
            return None;
        }
        let mut reach = Reach::default();
        search.query.branches.iter().for_each(|branch| reach.add_branch(branch));
        for include in &search.includes {
            reach.types.insert(include.source);
            reach.parameters.extend(&include.parameters);
        }
        let types = reach.lacking(&indexing);
        let message = format!(
            "the index of {} is being built; what was stored before may be missing here, or found by what it was \
             found by before",
            named(&types)
        );
        let warning = Issue::error(Code::LeftOut, message).with_severity(Severity::Warning);
        (!types.is_empty()).then_some(warning)
    }

    /// Refuses what hangs on finding all resources that are meant, where they may not all be found.
    pub(crate) fn rely_on(&self, branch: &Branch) -> Result<()> {
        let indexing = self.indexing();
        if indexing.is_empty() {
            return Ok(());
        }
        let mut reach = Reach::default();
        reach.add_branch(branch);
        let types = reach.lacking(&indexing);
        if types.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the index of {} is being built, so that nobody can tell yet what the criteria mean; this can be asked \
             again when it is",
            named(&types)
        );
        Err(Issue::error(Code::StorageUnavailable, message).into())
    }
}

fn named(types: &[ResourceType]) -> String {
    match types.len() {
        ..=NAMED_MAX => types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        count => format!("{count} types"),
    }
}

/// What a search looks at.
#[derive(Default)]
struct Reach {
    types: BTreeSet<ResourceType>,
    parameters: BTreeSet<ParameterId>,
}

impl Reach {
    /// The types of which it may miss some.
    fn lacking(&self, indexing: &Indexing) -> Vec<ResourceType> {
        let is_lacking = |(resource_type, lacking): &(&ResourceType, &Lacking)| match lacking {
            Lacking::Everything => self.types.contains(resource_type),
            Lacking::These(parameters) => !self.parameters.is_disjoint(parameters),
        };
        indexing.iter().filter(is_lacking).map(|(resource_type, _)| *resource_type).collect()
    }

    fn add_branch(&mut self, branch: &Branch) {
        self.types.insert(branch.resource_type);
        self.add(&branch.condition);
        branch.sort.iter().for_each(|by| self.add_sort(by));
    }

    /// It is no deeper than the parser of searches lets it be; so are sort keys.
    fn add(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.add(part)),
            Condition::Not(part) => self.add(part),
            Condition::Clause(clause) => drop(self.parameters.insert(clause.parameter)),
            Condition::Chain(chain) => {
                self.parameters.insert(chain.parameter);
                for (target, condition) in &chain.targets {
                    self.types.insert(*target);
                    self.add(condition);
                }
            }
            Condition::Has(has) => {
                self.types.insert(has.resource_type);
                self.parameters.insert(has.parameter);
                self.add(&has.condition);
            }
            Condition::Container(container) => {
                for (inner, condition) in &container.inner {
                    self.types.insert(*inner);
                    self.add(condition);
                }
            }
            Condition::Ids(_) | Condition::Updated(_) | Condition::Words(_) => {}
        }
    }

    fn add_sort(&mut self, by: &SortBy) {
        match by {
            SortBy::Parameter(key) => drop(self.parameters.insert(key.parameter)),
            SortBy::Chain(parameter, targets) => {
                self.parameters.insert(*parameter);
                for (target, by) in targets {
                    self.types.insert(*target);
                    self.add_sort(by);
                }
            }
            SortBy::Updated | SortBy::Id | SortBy::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use search::parse::{self, Handling, Known, Level, Target};
    use search::types::Surroundings;

    use super::*;
    use crate::parse_pairs;

    /// What a search is warned of while Groups are indexed, and Observations by `code` and `value-concept`.
    fn check(url: &str, expected: Option<&str>) {
        let library = Library::r4();
        let parameters = ["code", "value-concept"].map(|code| ParameterId::of("Observation", code));
        library.set_indexing(Indexing::from([
            (ResourceType::known("Group"), Lacking::Everything),
            (ResourceType::known("Observation"), Lacking::These(parameters.into())),
        ]));
        let (name, query) = url.split_once('?').expect("a type and a query");
        let resource_type = fhir_profiles::Definitions::r4().resource_type(name).expect("a type");
        let shelf = library.shelf();
        let surroundings = Surroundings {
            catalogue: &shelf.catalogue,
            terminology: &shelf.rules.terminology,
            base_url: "http://here/fhir",
            now: model::Instant(0),
        };
        let target = Target { types: vec![resource_type], level: Level::Type, within: None };
        let pairs = parse_pairs(query).expect("a query");
        let search = parse::parse(&pairs, &target, Handling::Strict, &surroundings, &Known::default());
        let search = search.expect("a search");
        let message = library.warn(&search).map(|issue| issue.message);
        let types =
            message.as_ref().and_then(|text| text.split("the index of ").nth(1)?.split(" is ").next());
        assert_eq!(types, expected, "{url}");
        let branch = search.query.branches.first().expect("one type");
        let refused = library.rely_on(branch).map_err(|failure| failure.code());
        // What is included beside does not decide what is meant.
        let relies = expected.is_some() && search.includes.is_empty();
        assert_eq!(refused, if relies { Err(Code::StorageUnavailable) } else { Ok(()) }, "{url}");
    }

    #[test]
    fn a_search_is_warned_of_every_type_that_it_reaches_into() {
        check("Patient?name=a", None);
        check("Group?_id=a", Some("Group"));
        check("Observation?code=a", Some("Observation"));
        check("Observation?code:not=a", Some("Observation"));
        check("Observation?status=final&_lastUpdated=gt2020", None);
        check("Patient?_has:Observation:subject:code=a", Some("Observation"));
        check("Patient?_has:Observation:subject:status=final", None);
        check("Observation?subject:Group.code=a&code=b", Some("Group, Observation"));
        check("Observation?_sort=value-concept", Some("Observation"));
        check("Patient?_revinclude=Group:member", Some("Group"));
        check("Patient?_include=Patient:organization", None);
    }
}
