//! Are values found that belong together?

use proptest::prelude::*;

use super::super::trial::{assert_refused, condition, is_meant, parameter, rows_of};
use super::*;
use crate::catalogue::Kind;
use crate::rows::Indexed;
use crate::scan::Scan;

/// A composite of a code and an identifier, whose own parameters are `code` and `identifier` of Basic.
fn code_and_identifier() -> Parameter {
    let component = |code| Component { parameter: Some(ParameterId::of("Basic", code)), kind: Kind::Token };
    parameter(Kind::Composite, &[], vec![component("code"), component("identifier")])
}

/// The rows of occurrences, each a code and an identifier, as the composite and its components have them.
fn occurrences(parameter: &Parameter, pairs: &[(&str, &str)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (group, (code, identifier)) in (1..).zip(pairs) {
        for (component, (own, code)) in (0..).zip([("code", code), ("identifier", identifier)]) {
            let value = Indexed::Token { system: 0, code: (*code).into() };
            rows.push(Row { parameter: parameter.id, group, component, value: value.clone() });
            rows.push(Row { parameter: ParameterId::of("Basic", own), group: 0, component: 0, value });
        }
    }
    rows
}

/// Holds which queries mean a resource with these occurrences: `yes`, `no`, or a piece of the refusal.
fn check(pairs: &[(&str, &str)], cases: &[(&str, &str)]) {
    let parameter = code_and_identifier();
    for (query, expected) in cases {
        match condition(&parameter, query) {
            Ok(condition) => {
                let is_meant = is_meant(&condition, occurrences(&parameter, pairs));
                assert_eq!(if is_meant { "yes" } else { "no" }, *expected, "{query}");
            }
            Err(issue) => assert_refused(&issue, query, expected),
        }
    }
}

#[test]
fn all_components_are_found_in_one_occurrence() {
    check(&[("a", "1"), ("b", "2")], &[("=a$1", "yes"), ("=b$2", "yes"), ("=a$2", "no"), ("=b$1", "no")]);
    check(&[("a", "1")], &[("=A$|1", "yes"), ("=a$http://x|1", "no"), ("=1$a", "no")]);
    check(&[("a$", "1")], &[(r"=a\$$1", "yes")]);
    check(&[], &[("=a$1", "no")]);
}

#[test]
fn each_component_has_one_value_and_none_a_modifier() {
    check(&[], &[("=a", "2 values"), ("=a$b$c", "2 values"), ("=", "2 values"), ("=a$", "`code`")]);
    check(&[], &[(":not=a$1", "no modifier `:not`")]);
}

#[test]
fn a_component_without_a_parameter_of_its_own_is_compared_and_leads_nowhere() {
    let component = || Component { parameter: None, kind: Kind::Token };
    let parameter = parameter(Kind::Composite, &[], vec![component(), component()]);
    let condition = condition(&parameter, "=a$1").expect("it is a pair");
    assert_eq!(condition.scan(), None);
    assert!(is_meant(&condition, occurrences(&parameter, &[("a", "1")])));
}

#[test]
fn candidates_stand_where_a_code_does_rather_than_elsewhere() {
    let component = |code, kind| Component { parameter: Some(ParameterId::of("Basic", code)), kind };
    let components = vec![component("address", Kind::Uri), component("code", Kind::Token)];
    let condition =
        condition(&parameter(Kind::Composite, &[], components), "=http://x$a").expect("it is a pair");
    let Some(Scan::Ranges { ranges, exact: false }) = condition.scan() else { panic!("{condition:?}") };
    let parameters: Vec<ParameterId> = ranges.iter().map(|range| range.parameter).collect();
    assert_eq!(parameters, [ParameterId::of("Basic", "code")]);
}

#[test]
fn any_of_several_tests_of_a_component_will_do() {
    let component = |code, kind| Component { parameter: Some(ParameterId::of("Basic", code)), kind };
    let components = vec![component("code", Kind::Token), component("amount", Kind::Quantity)];
    let parameter = parameter(Kind::Composite, &[], components);
    let condition = condition(&parameter, "=a$5||mg").expect("it is a pair");
    let amount = Parameter { kind: Kind::Quantity, components: Vec::new(), ..code_and_identifier() };
    let mut found = rows_of(&amount, "Quantity", r#"{"value":5,"unit":"mg"}"#);
    found
        .iter_mut()
        .for_each(|row| *row = Row { parameter: parameter.id, group: 1, component: 1, ..row.clone() });
    found.extend(occurrences(&parameter, &[("a", "1")]).into_iter().filter(|row| row.component == 0));
    assert!(is_meant(&condition, found));
}

proptest! {
    #[test]
    fn a_pair_is_meant_when_it_is_one_of_those_there_are(
        pairs in proptest::collection::vec(("[ab]{1,2}", "[ab]{1,2}"), 0..4),
        (first, second) in ("[ab]{1,2}", "[ab]{1,2}"),
    ) {
        let parameter = code_and_identifier();
        let condition = condition(&parameter, &format!("={first}${second}")).expect("it is a pair");
        let given: Vec<(&str, &str)> = pairs.iter().map(|(one, other)| (&**one, &**other)).collect();
        let is_there = given.contains(&(&*first, &*second));
        prop_assert_eq!(is_meant(&condition, occurrences(&parameter, &given)), is_there);
    }
}
