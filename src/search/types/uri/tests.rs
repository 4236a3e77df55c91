//! Are URIs found by what is asked for?

use proptest::prelude::*;

use super::super::trial::{self, condition, is_meant, known, parameter};
use super::*;
use crate::rows::Row;

fn check(uri: &str, cases: &[(&str, &str)]) {
    let parameter = parameter(Kind::Uri, &[], Vec::new());
    trial::check(&parameter, ("uri", &format!("\"{uri}\"")), cases);
}

#[test]
fn a_uri_is_found_letter_by_letter() {
    check(
        "http://a.org/b",
        &[("=http://a.org/b", "yes"), ("=http://a.org/B", "no"), ("=http://a.org/", "no")],
    );
    check("urn:oid:1.2.3", &[("=urn:oid:1.2.3", "yes"), ("=urn:oid:1.2", "no")]);
    check("http://a.org/b,c|1", &[(r"=http://a.org/b\,c\|1", "yes"), ("=http://a.org/b,c|1", "yes")]);
}

#[test]
fn below_are_those_that_continue_with_whole_segments() {
    let below = ":below=http://a.org/b";
    check("http://a.org/b", &[(below, "yes"), (":below=http://a.org/b/", "no")]);
    check(
        "http://a.org/b/c",
        &[(below, "yes"), (":below=http://a.org/b/", "yes"), (":below=http://a.org", "yes")],
    );
    check("http://a.org/b?c", &[(below, "yes")]);
    check("http://a.org/bc", &[(below, "no")]);
    check("http://a.org/", &[(below, "no")]);
}

#[test]
fn above_are_those_that_the_value_continues() {
    let above = ":above=http://a.org/b/c/_history/5";
    for uri in ["http://a.org/b/c/_history/5", "http://a.org/b/c", "http://a.org/b/", "http://a.org"] {
        check(uri, &[(above, "yes")]);
    }
    check("http://a.org/b/c/_hist", &[(above, "no")]);
    check("http://a.org/b/c/_history/5/6", &[(above, "no")]);
}

#[test]
fn what_is_no_uri_or_has_no_hierarchy_is_refused() {
    check("urn:oid:1.2", &[(":below=urn:oid:1", "URNs have no hierarchy"), (":above=URN:oid:1", "URNs")]);
    check("http://a", &[("=", "a URI"), ("=a b", "a URI"), (":exact=a", "no modifier `:exact`")]);
}

#[test]
fn the_version_of_a_canonical_is_looked_for_in_its_own_parameter() {
    let url = Parameter {
        id: ParameterId::of("ValueSet", "url"),
        resource_type: known("ValueSet"),
        code: "url".into(),
        ..parameter(Kind::Uri, &[], Vec::new())
    };
    let row =
        |code, value| Row { parameter: ParameterId::of("ValueSet", code), group: 0, component: 0, value };
    let found = |query: &str| {
        let version = Indexed::Token { system: 0, code: "1.0".into() };
        let rows = vec![row("url", Indexed::Uri("http://a/b".into())), row("version", version)];
        is_meant(&condition(&url, query).expect("it is a URI"), rows)
    };
    assert!(found("=http://a/b|1.0") && found("=http://a/b"));
    assert!(!found("=http://a/b|2.0") && !found("=http://a|1.0"));
}

#[test]
fn ancestors_are_told_once_each() {
    let told = |uri| ancestors(uri).collect::<Vec<_>>();
    assert_eq!(
        told("http://a/b#c"),
        ["http:", "http:/", "http://", "http://a", "http://a/", "http://a/b", "http://a/b#c"]
    );
    assert_eq!(told("/a/"), ["/", "/a", "/a/"]);
    assert_eq!(told("a"), ["a"]);
    let id = ParameterId(1);
    let long = UriTest::Above("a/".repeat(ANCESTORS_MAX).into());
    assert_eq!(ranges(&long, id), Some((vec![Range::whole(Index::Strings, id)], false)));
}

proptest! {
    #[test]
    fn no_way_to_a_uri_misses_it(
        uris in proptest::collection::vec("(http://a)?([/?#|ab]{0,3}|[x]{248,258}|(ä/){80,90})", 0..4),
        query in "(|:above|:below)=http://a([/?#|ab]{0,4}|[x]{241,251}|(ä/){80,90})",
    ) {
        let parameter = parameter(Kind::Uri, &[], Vec::new());
        let condition = condition(&parameter, &query).expect("it is a URI");
        let row = |uri: &String| Row {
            parameter: parameter.id,
            group: 0,
            component: 0,
            value: Indexed::Uri(uri.as_str().into()),
        };
        is_meant(&condition, uris.iter().map(row).collect());
    }

    #[test]
    fn the_ancestors_of_a_uri_are_those_that_it_is_below(uri in "[/?#|a]{1,6}", other in "[/?#|a]{1,6}") {
        prop_assert_eq!(ancestors(&uri).any(|it| it == other), is_below(&uri, &other));
    }
}
