//! What is understood of a URL, and what is refused?
//!
//! All requests go through [`check`], which compares what was understood with a short text of it.

mod found;
mod limits;
mod random;
mod telling;

use std::sync::{Arc, LazyLock};

use fhir_profiles::{Definitions, Registry};
use model::{Id, Instant, Issue, Key, ResourceType};
use terminology::Terminology;

use super::{Compartment, Handling, Known, Level, Target, condition, lists, parse};
use crate::catalogue::{Catalogue, SHADOWS};
use crate::condition::{Clause, Condition, StringTest, Test};
use crate::query::{Branch, Include, Iterate, Search, SortBy, Total, Way};
use crate::rows::ParameterId;
use crate::scan::Direction;
use crate::types::Surroundings;

/// What the server of these tests knows.
pub(crate) fn surroundings() -> Surroundings<'static> {
    static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(Catalogue::r4);
    static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(|| Terminology::new(Registry::r4()));
    Surroundings {
        catalogue: &CATALOGUE,
        terminology: &TERMINOLOGY,
        base_url: "http://example.org/fhir",
        now: Instant(1_795_219_200_000_000),
    }
}

/// Whether `request` is understood as `expected` when the client is strict.
#[track_caller]
fn check(request: &str, expected: &str) {
    assert_eq!(answer(request, Handling::Strict), expected, "{request}");
}

/// The same when the client is lenient.
#[track_caller]
fn check_lenient(request: &str, expected: &str) {
    assert_eq!(answer(request, Handling::Lenient), expected, "{request}");
}

/// Whether criteria on Patient are understood as `expected`.
#[track_caller]
fn check_criteria(query: &str, expected: &str) {
    let found = condition(&pairs(query), known_type("Patient"), &surroundings());
    let found = found.map_or_else(|issues| complaints(&issues), |condition| told(&condition));
    assert_eq!(found, expected, "{query}");
}

/// What `request` is understood as: `Patient?name=x`, `?_id=x`, `Patient/7/Observation?code=x`, `Patient/7/*`.
fn answer(request: &str, handling: Handling) -> String {
    let (path, query) = request.split_once('?').unwrap_or((request, ""));
    match parse(&pairs(query), &target(path), handling, &surroundings(), &known()) {
        Ok(search) => described(&search),
        Err(issues) => complaints(&issues),
    }
}

/// The search that a strict client asks for by `request`.
pub(crate) fn answered(request: &str) -> Result<Search, Vec<Issue>> {
    let (path, query) = request.split_once('?').unwrap_or((request, ""));
    parse(&pairs(query), &target(path), Handling::Strict, &surroundings(), &known())
}

fn known() -> Known {
    let key = |type_name, id| Key::new(known_type(type_name), Id::parse(id).expect("an id"));
    let list = vec![key("Patient", "p1"), key("Observation", "o1"), key("Patient", "p2")];
    Known { lists: [("l".to_owned(), list), ("empty".to_owned(), Vec::new())].into() }
}

fn known_type(name: &str) -> ResourceType {
    Definitions::r4().resource_type(name).expect("a type of R4")
}

fn target(path: &str) -> Target {
    let parts: Vec<_> = path.split('/').collect();
    let (within, last) = match parts.as_slice() {
        [name, id, last] => (Some(Compartment { name: (*name).into(), id: (*id).into() }), *last),
        _ => (None, path),
    };
    match last {
        "" | "*" => {
            Target { types: Definitions::r4().resource_types().to_vec(), level: Level::System, within }
        }
        name => Target { types: vec![known_type(name)], level: Level::Type, within },
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (n.into(), v.into())).collect()
}

fn complaints(issues: &[Issue]) -> String {
    let all = issues.iter().map(|issue| format!("{}: {}", issue.code.as_str(), issue.message));
    all.collect::<Vec<_>>().join("\n")
}

/// A search in a line: what it selects, and what differs from a search that asks for nothing else.
fn described(search: &Search) -> String {
    let query = &search.query;
    let mut parts: Vec<_> = query.branches.iter().map(|it| branch(it, &query.directions)).collect();
    if parts.len() > 4 {
        parts = vec![parts.swap_remove(0), format!("{} types", query.branches.len())];
    }
    if query.count != model::limits::PAGE_SIZE_DEFAULT {
        parts.push(format!("count {}", query.count));
    }
    if query.total != Total::None {
        parts.push(format!("{:?}", query.total));
    }
    parts.extend(search.includes.iter().map(include));
    parts.extend(search.passed_over.iter().map(|issue| format!("passed over {}", issue.message)));
    parts.join("; ")
}

fn branch(branch: &Branch, directions: &[Direction]) -> String {
    let mut text = format!("{} {}", branch.resource_type.as_str(), told(&branch.condition));
    assert_eq!(branch.sort.len(), directions.len());
    for (key, direction) in branch.sort.iter().zip(directions) {
        text += &format!(" {direction:?} by {}", sort(key));
    }
    text
}

fn sort(key: &SortBy) -> String {
    match key {
        SortBy::Parameter(key) => format!("{}/{:?}", name(key.parameter), key.index),
        SortBy::Chain(parameter, targets) => {
            let targets = targets.iter().map(|(target, key)| format!("{}.{}", target.as_str(), sort(key)));
            format!("{}->[{}]", name(*parameter), targets.collect::<Vec<_>>().join(" "))
        }
        other => format!("{other:?}"),
    }
}

fn include(include: &Include) -> String {
    let names: Vec<_> = include.parameters.iter().map(|id| name(*id)).collect();
    let target = include.target.map_or(String::new(), |target| format!(":{}", target.as_str()));
    let way = if include.way == Way::Forwards { "with" } else { "with those of" };
    let again = if include.iterate == Iterate::Again { " again" } else { "" };
    format!("{way} {}:{}{target}{again}", include.source.as_str(), names.join(","))
}

/// A condition in a line.
pub(super) fn told(condition: &Condition) -> String {
    let joined = |parts: &[Condition], sign: &str| {
        format!("({})", parts.iter().map(told).collect::<Vec<_>>().join(sign))
    };
    match condition {
        Condition::All(parts) => joined(parts, " & "),
        Condition::Any(parts) => joined(parts, " | "),
        Condition::Not(part) => format!("!{}", told(part)),
        Condition::Clause(Clause { parameter, test }) => format!("{}{}", name(*parameter), tested(test)),
        Condition::Ids(ids) => format!("_id{:?}", ids.iter().collect::<Vec<_>>()),
        Condition::Updated(_) => "_lastUpdated".to_owned(),
        Condition::Words(words) => format!("{}:{}", words.field.code(), words.sought),
        Condition::Chain(chain) => {
            let one = |(target, condition): &(ResourceType, Condition)| {
                format!("{}.{}", target.as_str(), told(condition))
            };
            let targets = chain.targets.iter().map(one).collect::<Vec<_>>();
            format!("{}->[{}]", name(chain.parameter), targets.join(" "))
        }
        Condition::Has(has) => {
            let source = has.resource_type.as_str();
            format!("{source}.{}->this where {}", name(has.parameter), told(&has.condition))
        }
        Condition::Container(container) => {
            let one = |(inner, condition): &(ResourceType, Condition)| {
                format!("{} {}", inner.as_str(), told(condition))
            };
            let all =
                |parts: &[(ResourceType, Condition)]| parts.iter().map(one).collect::<Vec<_>>().join(", ");
            match container.unless.as_slice() {
                [] => format!("contains {}", all(&container.inner)),
                unless => format!("contains {} unless {}", all(&container.inner), all(unless)),
            }
        }
    }
}

fn tested(test: &Test) -> String {
    match test {
        Test::Present => "?".to_owned(),
        Test::String(StringTest::Prefix(text)) => format!("^{text}"),
        Test::String(StringTest::Exact(text)) => format!("=={text}"),
        Test::String(StringTest::Contains(text)) => format!("*{text}"),
        Test::String(StringTest::Whole(text)) => format!("={text}"),
        Test::String(StringTest::End(text)) => format!("${text}"),
        Test::Composite(test) => format!("~{}", test.parts.len()),
        other => {
            let text = format!("{other:?}");
            format!("~{}", text.split(['(', '{']).next().expect("a split has a part"))
        }
    }
}

fn name(id: ParameterId) -> String {
    let surroundings = surroundings();
    if let Some(parameter) = surroundings.catalogue.by_id(id) {
        return parameter.code.to_string();
    }
    let mut all =
        Definitions::r4().resource_types().iter().flat_map(|it| surroundings.catalogue.of_type(*it));
    let shadow = all.find_map(|parameter| {
        if parameter.id.fragment() == id {
            return Some(format!("{}#", parameter.code));
        }
        let modifier = SHADOWS.iter().find(|it| parameter.under(it) == id)?;
        Some(format!("{}:{modifier}", parameter.code))
    });
    shadow.expect("a parameter of R4")
}

#[test]
fn parameters_that_are_repeated_must_all_hold_and_values_between_commas_are_alternatives() {
    check("Patient", "Patient ()");
    check("Patient?name=x", "Patient name^x");
    check("Patient?name=x&name=y", "Patient (name^x & name^y)");
    check("Patient?name=x,y&gender=male", "Patient ((name^x | name^y) & gender~Token)");
    check(r"Patient?name:exact=a\,b", "Patient name==a,b");
    check("Patient?gender:not=male,female&name=x", "Patient (!gender~Token & !gender~Token & name^x)");
    check(r"Patient?family=x,y\\,z", "Patient (family^x | family^y | family^z)");
}

#[test]
fn what_denies_holds_of_all_values_and_not_of_one() {
    check("Patient?gender:not=male", "Patient !gender~Token");
    check("Patient?gender:not=male,female", "Patient (!gender~Token & !gender~Token)");
    let male = "http://hl7.org/fhir/ValueSet/administrative-gender";
    check(&format!("Patient?gender:not-in={male}"), "Patient !gender~Token");
    check(&format!("Patient?gender:in={male},{male}"), "Patient (gender~Token | gender~Token)");
}

#[test]
fn missing_asks_for_rows_of_any_kind() {
    check("Patient?birthdate:missing=true", "Patient !(birthdate? | birthdate:present?)");
    check("Patient?birthdate:missing=false", "Patient (birthdate? | birthdate:present?)");
    check("Patient?gender:missing=true", "Patient !(gender? | gender:text? | gender:present?)");
    check(
        "Patient?organization:missing=false",
        "Patient (organization? | organization:identifier? | organization#? | organization:present?)",
    );
    check("Patient?_id:missing=true", "Patient ()");
    check("Patient?_lastUpdated:missing=false", "Patient ()");
    check("Patient?gender:missing=yes", "invalid-parameter: `gender:missing=yes`: true or false is expected");
    check(
        "Patient?organization.name:missing=true",
        "Patient organization->[Organization.!(name? | name:present?)]",
    );
}

#[test]
fn parameters_of_all_resources_have_laws_of_their_own() {
    check("Patient?_id=a,b", r#"Patient _id["a", "b"]"#);
    check("Patient?_id=not an id", r#"Patient _id["not an id"]"#);
    check("Patient?_id:not=a", r#"Patient !_id["a"]"#);
    check("Patient?_lastUpdated=gt2020", "Patient _lastUpdated");
    check("Patient?_lastUpdated=gt2020,lt2000", "Patient (_lastUpdated | _lastUpdated)");
    check(
        "Patient?_tag=a&_profile=http://x&_security=b",
        "Patient (_tag~Token & _profile~Uri & _security~Token)",
    );
    check("Patient?_list=l", r#"Patient _id["p1", "p2"]"#);
    check("Observation?_list=l,empty", r#"Observation _id["o1"]"#);
    check("Patient?_list=empty", "Patient _id[]");
    check("Patient?_list=x", "Patient _id[]");
    check(
        "Patient?_list=$current-allergies",
        "not-supported: `_list=$current-allergies`: this server keeps no such list itself",
    );
    check("Patient?_query=x", "invalid-parameter: `_query=x`: there is no such named query");
}

#[test]
fn words_are_looked_for_in_narrative_and_content() {
    check("Patient?_text=(a OR b) c", "Patient _text:(a OR b) c");
    check("Patient?_content=a\\,b", "Patient _content:a,b");
    check("Patient?_content=a,b&active=true", "Patient ((_content:a | _content:b) & active~Token)");
    check("Observation?patient._content=x", "Observation patient->[Patient._content:x]");
    check("Patient?_has:Observation:patient:_text=x", "Patient Observation.patient->this where _text:x");
    check("Patient?_text:exact=x", "invalid-parameter: `_text` has no modifier `exact`; it has none");
    check(
        "Patient?_content=a,,b",
        "invalid-parameter: `_content=a,,b`: nothing stands before or after a comma",
    );
    check("Bundle?_content=x", "Bundle _content:x");
    check_criteria("_content=x", "_content:x");
}

#[test]
fn lists_that_must_be_read_beforehand_are_told_once_each() {
    assert_eq!(lists(&pairs("_list=b,a&name=x&_list=a,")), ["a", "b"]);
    assert!(lists(&pairs("list=b")).is_empty());
}

#[test]
fn chains_follow_references_to_each_type_that_knows_what_is_asked() {
    check("Observation?patient.name=x", "Observation patient->[Patient.name^x]");
    check("Observation?subject:Patient.name=x,y", "Observation subject->[Patient.(name^x | name^y)]");
    check("Observation?subject.family:exact=X", "Observation subject->[Patient.family==X]");
    check(
        "Observation?patient.organization.name=x",
        "Observation patient->[Patient.organization->[Organization.name^x]]",
    );
    check("Observation?subject:Patient._id=a", r#"Observation subject->[Patient._id["a"]]"#);
    check("Observation?patient._lastUpdated=2020", "Observation patient->[Patient._lastUpdated]");
    check(
        "Observation?subject.identifier=a",
        "Observation subject->[Group.identifier~Token Device.identifier~Token Patient.identifier~Token \
         Location.identifier~Token]",
    );
    check("Observation?patient.gender:not=male", "Observation patient->[Patient.!gender~Token]");
}

#[test]
fn chains_that_lead_nowhere_are_refused() {
    check(
        "Observation?code.name=x",
        "invalid-parameter: `code` of Observation is no reference, and only references lead elsewhere",
    );
    check(
        "Observation?subject:Encounter.status=x",
        "invalid-parameter: `subject` of Observation never refers to Encounter, only to Group, Device, \
         Patient, Location",
    );
    check("Observation?subject:Nothing.status=x", "invalid-parameter: `Nothing` is no resource type");
    check(
        "Observation?subject:Patient.nmae=x",
        "unknown-parameter: `nmae` is no search parameter of Patient; spelt nearly so is `name`",
    );
    check(
        "Observation?subject.=x",
        "unknown-parameter: of no type that `subject` may refer to is this understood: `` is no search \
         parameter of Group",
    );
}

#[test]
fn those_that_refer_are_looked_for_by_has() {
    check(
        "Patient?_has:Observation:patient:code=1,2",
        "Patient Observation.patient->this where (code~Token | code~Token)",
    );
    check(
        "Patient?_has:Observation:patient:_has:AuditEvent:entity:agent=Practitioner/x",
        "Patient Observation.patient->this where AuditEvent.entity->this where agent~Reference",
    );
    check(
        "Patient?_has:Observation:patient:performer:Practitioner.name=x",
        "Patient Observation.patient->this where performer->[Practitioner.name^x]",
    );
    check(
        "Encounter?subject:Patient._has:Group:member:_id=g",
        r#"Encounter subject->[Patient.Group.member->this where _id["g"]]"#,
    );
    check(
        "Patient?_has:Observation:code=x",
        "invalid-parameter: `_has:Observation:code` lacks a part: `_has:[type]:[reference]:[parameter]` \
         is expected, as in `_has:Observation:patient:code`",
    );
    check(
        "Encounter?_has:Observation:patient:code=x",
        "invalid-parameter: `patient` of Observation never refers to Encounter, only to Patient",
    );
    check("Patient?_has:Nothing:patient:code=x", "invalid-parameter: `Nothing` is no resource type");
    check(
        "Patient?_has:Observation:code:code=x",
        "invalid-parameter: `code` of Observation is no reference, and only references lead elsewhere",
    );
}

#[test]
fn what_is_unknown_is_refused_by_name_and_all_at_once() {
    check(
        "Patient?nme=x&name=y&brithdate=2000",
        "unknown-parameter: `nme` is no search parameter of Patient; spelt nearly so is `name`\n\
         unknown-parameter: `brithdate` is no search parameter of Patient; spelt nearly so is `birthdate`",
    );
    check("Patient?name=a,,b", "invalid-parameter: `name=a,,b`: nothing stands before or after a comma");
}

#[test]
fn parameters_without_a_value_are_as_if_they_were_not_there() {
    check("Patient?name=&nothing=&_sort=", "Patient ()");
    let search =
        parse(&pairs("name=&family=x"), &target("Patient"), Handling::Strict, &surroundings(), &known());
    let understood = search.expect("it is understood").understood;
    assert_eq!(understood, [("family".to_owned(), "x".to_owned())]);
}

#[test]
fn leniency_passes_over_what_is_unknown_and_says_so_but_never_over_modifiers() {
    check_lenient(
        "Patient?name=x&colour=red",
        "Patient name^x; passed over `colour` is no search parameter of Patient",
    );
    check_lenient(
        "Patient?_sort=colour",
        "Patient (); passed over `colour` is no search parameter of Patient",
    );
    check_lenient(
        "Patient?_id:exact=x",
        "invalid-parameter: `_id` has no modifier `exact`; `not` and `missing` are known",
    );
    check_lenient("?_type=Nothing", "invalid-parameter: `Nothing` is no resource type");
    let search =
        parse(&pairs("colour=red&name=x"), &target("Patient"), Handling::Lenient, &surroundings(), &known());
    assert_eq!(search.expect("it is understood").understood, [("name".to_owned(), "x".to_owned())]);
}

#[test]
fn a_search_of_the_whole_system_asks_what_all_its_types_know() {
    check("?_id=x", r#"Account _id["x"]; 146 types"#);
    check("?_type=Patient,Observation&_tag=x", "Patient _tag~Token; Observation _tag~Token");
    check("?_type=Patient,Practitioner,Patient&name=x", "Patient name^x; Practitioner name^x");
    check(
        "?_type=Patient,Observation&name=x",
        "unknown-parameter: `name` is no search parameter of Observation; every type that is searched must have \
         it, and `_type` says which are",
    );
    check(
        "?_type=Patient&_type=Observation",
        "invalid-parameter: `_type` stands there twice; all types are expected in one, between commas",
    );
    check("?_type=Nothing", "invalid-parameter: `Nothing` is no resource type");
    check("Patient?_type=Patient", "unknown-parameter: `_type` is only asked of the whole system");
    check(
        "?_type=Patient,Observation&_has:Observation:patient:code=x",
        "invalid-parameter: `patient` of Observation never refers to Observation, only to Patient",
    );
}

#[test]
fn a_compartment_holds_what_refers_to_its_resource_and_this_itself() {
    check(
        "Patient/7/Observation?code=x",
        "Observation ((subject~Reference | performer~Reference) & code~Token)",
    );
    check("Patient/7/Medication", "invalid-parameter: Medication is never in a `Patient` compartment");
    check(
        "Patient/7/*?_type=Medication",
        "invalid-parameter: Medication is never in a `Patient` compartment",
    );
    check("Patient/7/*?_type=Coverage,Patient&_id=x", CAUTIOUSLY);
    check("Patient/a b/Observation", "invalid-id: `a b` is not a logical id");
    check("Nothing/7/*", "invalid-parameter: there is no compartment `Nothing`");
}

/// Coverage names four parameters, and a patient belongs by link, too.
const CAUTIOUSLY: &str = "Coverage ((policy-holder~Reference | subscriber~Reference | beneficiary~Reference | \
                          payor~Reference) & _id[\"x\"]); Patient ((_id[\"7\"] | link~Reference) & _id[\"x\"])";

#[test]
fn criteria_select_and_nothing_else() {
    check_criteria("identifier=http://a|b", "identifier~Token");
    check_criteria("identifier=a&name=x", "(identifier~Token & name^x)");
    check_criteria("_filter=name co x", "name*x");
    check_criteria("", "invalid-parameter: the criteria select nothing: a search parameter is expected");
    check_criteria("identifier=", "invalid-parameter: `identifier` has no value, and criteria need one");
    check_criteria(
        "_sort=name&name=x",
        "invalid-parameter: `_sort` selects nothing and cannot be a criterion",
    );
    check_criteria(
        "_include:iterate=*&name=x",
        "invalid-parameter: `_include:iterate` selects nothing and cannot be a criterion",
    );
    check_criteria("colour=red", "unknown-parameter: `colour` is no search parameter of Patient");
    check_criteria("_list=l", "not-supported: this server does not search by `_list`");
}
