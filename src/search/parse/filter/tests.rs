//! What is read of a filter, and what does it mean?

use super::*;
use crate::parse::refusal::Ground;
use crate::parse::tests::{surroundings, told};

/// Whether a filter is read as `expected`.
#[track_caller]
fn check(text: &str, expected: &str) {
    let found = parse(text).map_or_else(|refusal| refusal.issue.message, |filter| read(&filter));
    assert_eq!(found, expected, "{text}");
}

/// Whether a filter of resources of a type means `expected`.
#[track_caller]
fn check_meaning(type_name: &str, text: &str, expected: &str) {
    let surroundings = surroundings();
    let resource_type = crate::parse::chain::type_called(type_name).expect("a type of R4");
    let filter = parse(text).expect("a filter");
    let found = meaning::condition(&filter, resource_type, &Ground::new(&surroundings));
    let found = found.map_or_else(|refusal| refusal.issue.message, |condition| told(&condition));
    assert_eq!(found, expected, "{text}");
}

fn read(filter: &Filter) -> String {
    let joined = |word: &str, parts: &[Filter]| {
        format!("{word}({})", parts.iter().map(read).collect::<Vec<_>>().join(" "))
    };
    match filter {
        Filter::All(parts) => joined("and", parts),
        Filter::Any(parts) => joined("or", parts),
        Filter::Not(part) => format!("not({})", read(part)),
        Filter::Test(comparison) => {
            let name = |name: &Name| match &name.filter {
                None => name.code.clone(),
                Some(filter) => format!("{}[{}]", name.code, read(filter)),
            };
            let path = comparison.path.iter().map(name).collect::<Vec<_>>().join(".");
            format!("{path} {} <{}>", comparison.operator.as_str(), comparison.value)
        }
    }
}

#[test]
fn a_test_is_a_path_an_operator_and_a_value() {
    check("name co pet", "name co <pet>");
    check(r#"name co "pet er) \"x\" é""#, r#"name co <pet er) "x" é>"#);
    check(r#"name co"pet""#, "name co <pet>");
    check("  birthdate   ge 2014-10-10T10:00:00+01:00  ", "birthdate ge <2014-10-10T10:00:00+01:00>");
    check("code eq http://loinc.org|1234-5", "code eq <http://loinc.org|1234-5>");
    check("subject.name co x", "subject.name co <x>");
    check(
        "related[type eq has-component].target pr true",
        "related[type eq <has-component>].target pr <true>",
    );
    check("a[b eq c and (d eq e)].f[g eq h].i eq j", "a[and(b eq <c> d eq <e>)].f[g eq <h>].i eq <j>");
    check("and eq or", "and eq <or>");
}

#[test]
fn tests_are_joined_from_left_to_right() {
    check("a eq b and c eq d", "and(a eq <b> c eq <d>)");
    check("a eq b or c eq d and e eq f", "and(or(a eq <b> c eq <d>) e eq <f>)");
    check("a eq b and c eq d and e eq f or g eq h", "or(and(a eq <b> c eq <d> e eq <f>) g eq <h>)");
    check("a eq b or (c eq d and e eq f)", "or(a eq <b> and(c eq <d> e eq <f>))");
    check("a eq b or (c eq d or e eq f)", "or(a eq <b> or(c eq <d> e eq <f>))");
    check("(a eq b)and(c eq d)", "and(a eq <b> c eq <d>)");
    check("not (a eq b) and c eq d", "and(not(a eq <b>) c eq <d>)");
    check("not(a eq b or c eq d)", "not(or(a eq <b> c eq <d>))");
    check("((a eq b))", "a eq <b>");
}

#[test]
fn what_is_no_filter_is_refused_where_it_ends_to_be_one() {
    check("", "`_filter`, character 1: the name of a parameter is expected, not the end");
    check("a eq b and", "`_filter`, character 11: the name of a parameter is expected, not the end");
    check("a eq b c eq d", "`_filter`, character 8: `and`, `or` or the end is expected, not `c eq d`");
    check("(a eq b", "`_filter`, character 8: `and`, `or` or `)` is expected, not the end");
    check("a eq b)", "`_filter`, character 7: `and`, `or` or the end is expected, not `)`");
    check("a[b eq c] eq d", "`_filter`, character 11: `.` and a name after `]` is expected, not `eq d`");
    check("a[b eq c", "`_filter`, character 9: `and`, `or` or `]` is expected, not the end");
    check("a. eq b", "`_filter`, character 3: the name of a parameter is expected, not ` eq b`");
    check("1a eq b", "`_filter`, character 1: the name of a parameter is expected, not `1a eq b`");
    check("a eq", "`_filter`, character 5: a value is expected, not the end");
    check("é eq \"b", "`_filter`, character 1: the name of a parameter is expected, not `é eq \"b`");
    check("a eq \"é", "`_filter`, character 6: a string that ends with `\"` is expected, not `\"é`");
    check(r#"a eq "\x""#, r#"`_filter`, character 6: a string as JSON writes it is expected, not `"\x"`"#);
}

#[test]
fn operators_ask_what_modifiers_and_prefixes_of_the_type_ask() {
    check_meaning("Patient", "name co pet", "name*pet");
    check_meaning("Patient", "name sw pet", "name^pet");
    check_meaning("Patient", "name eq \"Pet Er\" and name ew ER", "(name=pet er & name$er)");
    check_meaning("Patient", "birthdate po 2014", "birthdate~Date");
    check_meaning("Patient", r#"name sw "a,b|c""#, "name^a b|c");
    check_meaning("Patient", "birthdate ge 2014", "birthdate~Date");
    check_meaning("Patient", "gender eq male", "gender~Token");
    check_meaning("Observation", "value-quantity gt 5.4|ucum|mg", "value-quantity~Quantity");
    check_meaning("Observation", "subject re Patient/4", "subject~Reference");
    check_meaning("ValueSet", "url eq http://x", "url~Uri");
    check_meaning("Patient", "birthdate pr true", "(birthdate? | birthdate:present?)");
    check_meaning("Patient", "birthdate pr false", "!(birthdate? | birthdate:present?)");
    check_meaning("Patient", "gender in http://hl7.org/fhir/ValueSet/administrative-gender", "gender~Token");
    check_meaning("Patient", "gender ni http://hl7.org/fhir/ValueSet/administrative-gender", "!gender~Token");
    check_meaning("Patient", "_id eq a or _id ne b", r#"(_id["a"] | !_id["b"])"#);
    check_meaning("Patient", "_lastUpdated po 2020", "_lastUpdated");
    check_meaning("Patient", "_lastUpdated gt 2020 and _id pr true", "(_lastUpdated & ())");
}

#[test]
fn short_names_of_systems_stand_for_their_urls() {
    let of = |text: &str| {
        let resource_type = crate::parse::chain::type_called("Observation").expect("a type of R4");
        meaning::condition(&parse(text).expect("a filter"), resource_type, &Ground::new(&surroundings()))
    };
    assert_eq!(of("code eq loinc|1-2"), of("code eq http://loinc.org|1-2"));
    assert_eq!(of("value-quantity eq 5|ucum|mg"), of("value-quantity eq 5|http://unitsofmeasure.org|mg"));
    assert_ne!(of("code eq loinc"), of("code eq http://loinc.org"));
}

#[test]
fn operators_that_the_type_does_not_know_are_refused() {
    check_meaning(
        "Patient",
        "birthdate co 2014",
        "`_filter`: `co` cannot be asked of `birthdate`; its operators are eq ne gt lt ge le ap sa eb po pr",
    );
    check_meaning(
        "Observation",
        "subject ne Patient/4",
        "`_filter`: `ne` cannot be asked of `subject`; its operators are eq re pr",
    );
    check_meaning(
        "Patient",
        "gender gt male",
        "`_filter`: `gt` cannot be asked of `gender`; its operators are eq ne ss sb in ni pr",
    );
    check_meaning("Patient", "_id co a", "`_filter`: `co` cannot be asked of `_id`; eq, ne and pr are known");
    check_meaning("Patient", "name pr yes", "`pr yes`: true or false is expected");
    check_meaning("Patient", "colour eq red", "`colour` is no search parameter of Patient");
    check_meaning("Patient", "_list eq red", "`_list` cannot be asked in a `_filter`");
}

/// Which operators a parameter knows: those that are not refused for its type.
#[track_caller]
fn check_known(type_name: &str, code: &str, value: &str, expected: &str) {
    let surroundings = surroundings();
    let resource_type = crate::parse::chain::type_called(type_name).expect("a type of R4");
    let is_known = |operator: &Operator| {
        let value = if *operator == Operator::Present { "true" } else { value };
        let filter = parse(&format!("{code} {} {value}", operator.as_str())).expect("a filter");
        match meaning::condition(&filter, resource_type, &Ground::new(&surroundings)) {
            Ok(_) => true,
            Err(refusal) => !refusal.issue.message.contains("cannot be asked of"),
        }
    };
    let known = Operator::ALL.iter().map(|(operator, _)| operator).filter(|it| is_known(it));
    assert_eq!(known.map(|it| it.as_str()).collect::<Vec<_>>().join(" "), expected, "{code}");
}

#[test]
fn each_type_knows_these_operators() {
    let of_numbers = "eq ne gt lt ge le ap sa eb pr";
    check_known("RiskAssessment", "probability", "0.5", of_numbers);
    check_known("Observation", "value-quantity", "5", of_numbers);
    check_known("Observation", "date", "2020", "eq ne gt lt ge le ap sa eb pr po");
    check_known("Patient", "_lastUpdated", "2020", "eq ne gt lt ge le ap sa eb pr po");
    check_known("Patient", "name", "x", "eq ne co sw ew gt lt ge le ap sa eb pr");
    check_known("Patient", "gender", "male", "eq ne pr ss sb in ni");
    check_known("Patient", "_id", "x", "eq ne pr");
    check_known("ValueSet", "url", "http://x", "eq ne co sw ew pr");
    check_known("Observation", "subject", "Patient/4", "eq pr re");
    check_known("Observation", "code-value-quantity", "a$5", "eq pr");
    check_known("Location", "near", "1|2", "eq pr");
}

#[test]
fn paths_follow_references_and_brackets_narrow_what_they_lead_to() {
    check_meaning("Observation", "patient.name co pet", "patient->[Patient.name*pet]");
    check_meaning(
        "Observation",
        "patient[gender eq male].name co pet",
        "patient->[Patient.(gender~Token & name*pet)]",
    );
    check_meaning(
        "Observation",
        "patient[gender eq male or birthdate lt 2000].organization.name co x",
        "patient->[Patient.((gender~Token | birthdate~Date) & organization->[Organization.name*x])]",
    );
}

#[test]
fn parts_that_belong_together_are_asked_of_one_element() {
    check_meaning("Group", "characteristic[code eq x].value eq y", "characteristic-value~2");
    check_meaning("Group", "characteristic[value eq y].code eq x", "characteristic-value~2");
    check_meaning(
        "DocumentReference",
        "relatesTo[code eq replaces].target re DocumentReference/1",
        "relationship~2",
    );
    let form =
        "`_filter`: `characteristic` is asked as `characteristic[code eq x].value eq y` or the other way";
    check_meaning("Group", "characteristic.value eq y", form);
    check_meaning("Group", "characteristic[code eq x].code eq y", form);
    check_meaning("Group", "characteristic[code eq x and value eq y].value eq y", form);
    check_meaning(
        "Group",
        "characteristic[code pr true].value eq y",
        "`_filter`: `pr` of `code` cannot be asked with other parts of `characteristic`",
    );
}
