//! Are scopes read as SMART writes them, and never as more?

use super::*;

const TYPES: &[ResourceType] =
    &[ResourceType::known("Condition"), ResourceType::known("Observation"), ResourceType::known("Patient")];

/// What is understood and, behind a bar, what is not.
fn check(text: &str, expected: &str) {
    let parsed = Scopes::parse(text, TYPES);
    let dropped: Vec<_> =
        parsed.dropped.iter().map(|dropped| format!("{}:{:?}", dropped.text, dropped.why)).collect();
    assert_eq!(format!("{}|{}", parsed.scopes, dropped.join(" ")), expected, "{text}");
}

fn known(text: &str) -> Scopes {
    Scopes::known(text, TYPES)
}

fn check_allowed(asked: &str, allowed: &str, expected: &str) {
    let (asked, allowed) = (known(asked), known(allowed));
    let granted = asked.allowed_by(&allowed);
    assert_eq!(granted.to_string(), expected, "{asked} under {allowed}");
    assert!(asked.hold(&granted) && allowed.hold(&granted), "{asked} under {allowed}");
}

#[test]
fn every_scope_of_smart_is_read_and_written_alike() {
    let words = "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access";
    check(words, &format!("{words}|"));
    let clinical =
        "patient/Patient.rs user/*.cruds system/Observation.s patient/Condition.r?category=a|b&code=c,d";
    check(clinical, &format!("{clinical}|"));
}

#[test]
fn what_is_asked_in_version_1_is_answered_in_version_1_a_sc_01() {
    check("patient/*.read user/Patient.write system/*.*", "patient/*.read user/Patient.write system/*.*|");
    assert_eq!(known("patient/*.read").clinical().next().map(|it| it.letters), Some(Letters::READ));
    check_allowed("patient/*.read", "patient/Patient.cruds", "patient/Patient.read");
    check_allowed("patient/*.read", "patient/Patient.r", "patient/Patient.r");
}

#[test]
fn what_is_unknown_is_dropped_and_never_widened_a_az_06() {
    for text in [
        "patient/Patient.dus",
        "patient/Patient.rr",
        "patient/Patient.",
        "patient/Patient",
        "patient/patient.rs",
        "patient/Nothing.rs",
        "patients/Patient.rs",
        "patient/Patient.readwrite",
        "Patient.rs",
        "patient/*.cruds*",
        "fhiruser",
        "launch/practitioner",
        "*",
        "/",
    ] {
        check(text, &format!("|{text}:Unknown"));
    }
    check("openid  bogus openid", "openid|bogus:Unknown");
}

#[test]
fn a_query_that_is_not_offered_is_refused_whole_a_sc_12() {
    for text in [
        "patient/Observation.rs?category:in=x",
        "patient/Observation.rs?subject.name=x",
        "patient/Observation.rs?_filter=x",
        "patient/Observation.rs?category",
        "patient/Observation.rs?category=",
        "patient/Observation.rs?",
        "patient/Observation.rs?a=b&",
        "patient/Observation.rs?a=%20",
        "patient/Observation.read?category=x",
    ] {
        check(text, &format!("|{text}:Query"));
    }
}

#[test]
fn smart_scopes_may_be_spelled_as_uris() {
    check("http://smarthealthit.org/fhir/scopes/patient/Patient.rs", "patient/Patient.rs|");
}

#[test]
fn too_many_scopes_are_cut_off() {
    let queries: Vec<_> = (0..SCOPES_MAX + 3).map(|it| format!("patient/Patient.r?birthdate={it}")).collect();
    let parsed = Scopes::parse(&queries.join(" "), TYPES);
    assert_eq!((parsed.scopes.iter().count(), parsed.dropped.len()), (SCOPES_MAX, 3));
}

#[test]
fn what_is_granted_is_what_is_asked_and_allowed() {
    check_allowed("patient/*.rs openid", "patient/Patient.r openid fhirUser", "patient/Patient.r openid");
    check_allowed("patient/Patient.cruds", "patient/*.rs", "patient/Patient.rs");
    check_allowed("patient/Patient.rs", "user/Patient.rs", "");
    check_allowed("patient/Patient.rs", "patient/Condition.rs", "");
    check_allowed("patient/Patient.c", "patient/Patient.rs", "");
    check_allowed("offline_access", "online_access", "");
    check_allowed("patient/*.rs", "patient/*.r patient/*.s", "patient/*.r patient/*.s");
}

#[test]
fn a_query_only_narrows() {
    let lab = "patient/Observation.rs?category=laboratory";
    check_allowed(lab, "patient/*.rs", lab);
    check_allowed("patient/*.read", lab, lab);
    check_allowed(lab, "patient/Observation.r?code=x", "patient/Observation.r?category=laboratory&code=x");
    assert!(!known(lab).hold(&known("patient/Observation.r")));
    assert!(known("patient/Observation.r").hold(&known("patient/Observation.r?category=x&code=y")));
    assert!(!known(lab).hold(&known("patient/Observation.r?category=vital-signs")));
}

#[test]
fn letters_may_come_from_several_scopes() {
    assert!(known("patient/*.r patient/Patient.s").hold(&known("patient/Patient.rs")));
    assert!(!known("patient/*.r patient/Patient.s").hold(&known("patient/*.rs")));
    assert!(known("openid").hold(&Scopes::default()));
    assert!(!Scopes::default().hold(&known("openid")));
}

#[test]
fn a_union_says_each_right_once() {
    let union = known("patient/Patient.rs openid").union(&known("patient/*.rs openid patient/Patient.c"));
    assert_eq!(union.to_string(), "openid patient/*.rs patient/Patient.c");
}
