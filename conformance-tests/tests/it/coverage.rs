//! Is every promise shown by an example, and nothing promised that is not kept?
//!
//! What the server can complain about, its URLs and its interactions come from its own lists; the examples
//! are the scenarios. Whatever has none stands in `coverage/exempt_codes.txt` with its reason.

mod capabilities;

use std::collections::{BTreeMap, BTreeSet};

use conformance_tests::run::{chapters, read_chapter};
use conformance_tests::scenario::Exchange;
use fhir_profiles::Definitions;
use interactions::{HttpVerb, parse_place};
use model::Code;
use serde_json::Value;

/// Codes that no scenario can provoke, each with the reason.
const EXEMPT_CODES: &str = include_str!("coverage/exempt_codes.txt");

/// The codes in which terminology complains, by a convention that is not ours.
const CONVENTION: &str = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type";

/// The table of URLs, whose lines are read as text.
const ROUTES: &str = include_str!("../../../src/api/routes.rs");

#[test]
fn every_complaint_is_provoked_by_a_scenario_or_exempt_with_a_reason() {
    let provoked = provoked_codes();
    let exempt = exempt_codes(EXEMPT_CODES);
    let mut breaches = Vec::new();
    for code in Code::ALL.iter().map(|code| code.as_str()) {
        match (provoked.contains(code), exempt.contains_key(code)) {
            (false, false) => breaches.push(format!("`{code}` is provoked by no scenario")),
            (true, true) => breaches.push(format!("`{code}` is exempt and provoked all the same")),
            _ => {}
        }
    }
    let known: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let unknown = provoked.iter().map(String::as_str).chain(exempt.keys().copied());
    breaches.extend(unknown.filter(|code| !known.contains(code)).map(|code| format!("`{code}` is no code")));
    let without_reason = exempt.iter().filter(|(_, reason)| reason.len() < 20);
    breaches.extend(without_reason.map(|(code, _)| format!("`{code}` is exempt without a reason")));
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn every_url_is_asked_for_by_a_scenario() {
    let targets: Vec<_> = exchanges().iter().filter_map(target).collect();
    let asked = |route: &str| match route.strip_prefix("/fhir") {
        Some("") => targets.iter().any(|(_, target)| target == "/"),
        Some(_) => targets.iter().any(|(_, target)| target.starts_with("/") && target.len() > 1),
        None => {
            targets.iter().any(|(_, target)| target.strip_prefix('/').is_some_and(|path| fits(path, route)))
        }
    };
    let routes = routes(ROUTES);
    let missing: Vec<_> = routes.iter().filter(|route| !asked(route)).collect();
    assert!(routes.len() > 2 && missing.is_empty(), "no scenario asks for {missing:?} of {routes:?}");
}

#[test]
fn every_interaction_is_asked_for_by_a_scenario() {
    let asked: Vec<_> = exchanges().iter().filter_map(target).filter_map(interaction).collect();
    let unasked = interactions::ALL
        .iter()
        .filter(|offer| !asked.iter().any(|(verb, shape)| offer.answers(*verb, *shape)));
    let missing: Vec<_> = unasked.map(|offer| offer.code).collect();
    assert!(missing.is_empty(), "no scenario asks for {missing:?}");
}

/// Whether a path is one that the route stands for: a name in braces stands for anything.
fn fits(path: &str, route: &str) -> bool {
    match route.split_once('{') {
        Some((begin, _)) => path.len() > begin.len() && path.starts_with(begin),
        None => path == route,
    }
}

fn exchanges() -> Vec<Exchange> {
    let chapters = chapters().into_iter().map(|chapter| read_chapter(&chapter));
    let files = chapters.flat_map(|files| files.unwrap_or_else(|wrong| panic!("{wrong}")));
    files.flat_map(|(_, scenarios)| scenarios).flat_map(|scenario| scenario.exchanges).collect()
}

/// Every code that an expected OperationOutcome holds, wherever in the body it stands.
fn provoked_codes() -> BTreeSet<String> {
    let bodies = exchanges().into_iter().map(|exchange| exchange.expected.body);
    let values = bodies.filter_map(|body| serde_json::from_str::<Value>(&body).ok());
    let mut codes = BTreeSet::new();
    values.for_each(|value| collect_codes(&value, &mut codes));
    codes
}

fn collect_codes(value: &Value, codes: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for issue in members.get("issue").and_then(Value::as_array).into_iter().flatten() {
                let coding =
                    issue.pointer("/details/coding/0").filter(|coding| coding["system"] != CONVENTION);
                let code = coding.and_then(|coding| coding["code"].as_str());
                codes.extend(code.map(str::to_owned));
            }
            members.values().for_each(|member| collect_codes(member, codes));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_codes(item, codes)),
        _ => {}
    }
}

fn exempt_codes(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").unwrap_or((line, ""))).collect()
}

/// The method and target of a request, without its query.
fn target(exchange: &Exchange) -> Option<(String, String)> {
    let (method, target) = exchange.request.head.split_once(' ')?;
    let path = target.split('?').next()?;
    (!exchange.request.options.raw).then(|| (method.to_owned(), path.to_owned()))
}

fn interaction((method, target): (String, String)) -> Option<(HttpVerb, interactions::Shape)> {
    // A captured id stands in braces and is as good as any other.
    let path = target.strip_prefix('/')?.replace(['{', '}'], "");
    let place = parse_place(&path, Definitions::r4()).ok()?;
    Some((HttpVerb::parse(&method)?, place.shape()))
}

fn routes(source: &str) -> Vec<&str> {
    let calls = source.split(".route(\"").skip(1);
    calls.filter_map(|call| call.split('"').next()).collect()
}

#[test]
fn what_stands_in_lists_is_read() {
    assert_eq!(routes("x.route(\"/a\", get(b)).route(\"/c/{*d}\", e)"), ["/a", "/c/{*d}"]);
    let exempt = exempt_codes("# why\n\ntimeout: takes a minute\nbare\n");
    assert_eq!(exempt, BTreeMap::from([("timeout", "takes a minute"), ("bare", "")]));
    let mut codes = BTreeSet::new();
    let body =
        serde_json::json!({ "entry": [{ "issue": [{ "details": { "coding": [{ "code": "x" }] } }] }] });
    collect_codes(&body, &mut codes);
    assert_eq!(codes, BTreeSet::from(["x".to_owned()]));
}
