//! What is asked?
//!
//! Each request once about the patient within reach and once about the other, or by words that only the other has.

use fhir_profiles::Definitions;
use search::{Catalogue, Kind};

use super::Request;
use super::world::{CANARY, OF_A_PATIENT};

/// Places of both patients' resources, and of some that moved or went.
fn places() -> Vec<String> {
    let of = |id: &'static str| OF_A_PATIENT.iter().map(move |(place, _)| place.replace("ID", id));
    let others = ["Basic/moved-p2", "Basic/gone-p2", "Group/group-p2", "Basic/never"];
    of("p1").chain(of("p2")).chain(others.map(str::to_owned)).collect()
}

/// The types that there is something of.
fn types() -> Vec<&'static str> {
    let types = OF_A_PATIENT.iter().filter_map(|(place, _)| place.split('/').next());
    types.chain(["Group", "Practitioner", "Organization", "Location", "Medication"]).collect()
}

/// Entries that look.
pub(super) fn entries(urls: &[String]) -> Vec<Request> {
    let look = |url: &String| {
        let url = url.replace('\\', "\\\\").replace('"', "\\\"");
        Request(format!(r#"{{"request":{{"method":"GET","url":"{url}"}}}}"#))
    };
    urls.iter().map(look).collect()
}

pub(super) fn reads() -> Vec<Request> {
    let ways = ["", "/_history/1", "/_history/2", "/_history", "?_summary=true", "?_elements=id"];
    let urls: Vec<_> = places().iter().flat_map(|place| ways.map(|way| format!("{place}{way}"))).collect();
    entries(&urls)
}

pub(super) fn histories() -> Vec<Request> {
    let mut urls: Vec<_> = types().iter().map(|name| format!("{name}/_history")).collect();
    urls.extend(types().iter().map(|name| format!("{name}/_history?_count=1")));
    urls.extend(
        ["_history", "_history?_count=1", "_history?_since=2000", "_history?_at=1970"].map(str::to_owned),
    );
    entries(&urls)
}

/// Values that would find something of the other patient.
fn values(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Number | Kind::Quantity => &["7", "gt1"],
        Kind::Date => &["2020-01-01", "gt1960", "1970-01-01"],
        Kind::String => &["kanarie", "k"],
        Kind::Token => &["kanarie", "|kanarie", "laboratory"],
        Kind::Reference => &["Patient/p2", "p2", "Condition/ill-p2", "Observation/lab-p2"],
        Kind::Uri => &["kanarie"],
        Kind::Composite => &["kanarie$7"],
        Kind::Special => &[],
    }
}

pub(super) fn searches() -> Vec<Request> {
    let catalogue = Catalogue::r4();
    let mut urls = Vec::new();
    for name in types() {
        let resource_type = Definitions::r4().resource_type(name).expect("a type");
        urls.push(format!("{name}?_total=accurate"));
        urls.push(format!("{name}?_total=estimate&_count=1"));
        urls.push(format!("{name}?_summary=count"));
        urls.push(format!("{name}?_id=p2,p1,lab-p2,ill-p2&_total=accurate"));
        urls.push(format!("{name}?_text={CANARY}"));
        urls.push(format!("{name}?_content={CANARY}&_total=accurate"));
        urls.push(format!("{name}?_list=list-p2"));
        urls.push(format!("{name}?_filter=_id eq p2 or _lastUpdated gt 1960&_total=accurate"));
        urls.push(format!("{name}?_contained=both&_total=accurate"));
        for parameter in catalogue.of_type(resource_type) {
            let code = &parameter.code;
            for missing in ["true", "false"] {
                urls.push(format!("{name}?{code}:missing={missing}&_total=accurate"));
            }
            urls.push(format!("{name}?_sort={code}&_count=1&_total=accurate"));
            urls.push(format!("{name}?_sort=-{code}&_count=2"));
            for value in values(parameter.kind) {
                urls.push(format!("{name}?{code}={value}&_total=accurate"));
                urls.push(format!("{name}?{code}:not={value}"));
            }
        }
    }
    for name in ["Observation", "Condition", "Basic", "*"] {
        urls.push(format!("Patient/p1/{name}?_total=accurate"));
        urls.push(format!("Patient/p2/{name}?_total=accurate"));
        urls.push(format!("Encounter/visit-p2/{name}?_total=accurate"));
        urls.push(format!("Practitioner/dr/{name}?_total=accurate"));
    }
    urls.push("?_total=accurate".to_owned());
    urls.push("?_type=Patient,Observation&_total=accurate&_count=1".to_owned());
    urls.push(format!("?_content={CANARY}&_type=Patient,Observation,Basic"));
    entries(&urls)
}

pub(super) fn joins() -> Vec<Request> {
    let catalogue = Catalogue::r4();
    let mut urls = Vec::new();
    for name in types() {
        let resource_type = Definitions::r4().resource_type(name).expect("a type");
        urls.push(format!("{name}?_include=*"));
        urls.push(format!("{name}?_revinclude=*"));
        urls.push(format!("{name}?_include=*&_include:iterate=*&_revinclude:iterate=*"));
        for parameter in catalogue.of_type(resource_type).filter(|it| it.kind == Kind::Reference) {
            let code = &parameter.code;
            urls.push(format!("{name}?{code}:Patient.name={CANARY}&_total=accurate"));
            urls.push(format!("{name}?{code}:Patient.identifier={CANARY}"));
            urls.push(format!("{name}?{code}:Patient._has:Condition:subject:code={CANARY}"));
            urls.push(format!("{name}?{code}:Patient.general-practitioner.name=Doctor&_total=accurate"));
            urls.push(format!("{name}?_sort={code}:Patient.name&_total=accurate"));
            for target in ["Patient", "Encounter", "Practitioner", "Condition", "Organization", "Medication"]
            {
                urls.push(format!(
                    "{target}?_has:{name}:{code}:_id=lab-p2,ill-p2,p2,visit-p2&_total=accurate"
                ));
                urls.push(format!("{target}?_has:{name}:{code}:_lastUpdated=gt1960&_total=accurate"));
                urls.push(format!("{target}?_revinclude={name}:{code}"));
            }
        }
    }
    urls.push(format!("Practitioner?_has:Patient:general-practitioner:name={CANARY}"));
    urls.push(format!("Practitioner?_has:Patient:general-practitioner:_has:Condition:subject:code={CANARY}"));
    urls.push(
        "Practitioner?_revinclude=Patient:general-practitioner&_revinclude:iterate=Condition:subject"
            .to_owned(),
    );
    urls.push(format!("Medication?_has:MedicationRequest:medication:identifier={CANARY}"));
    urls.push(format!("Observation?encounter.subject:Patient.name={CANARY}"));
    entries(&urls)
}

pub(super) fn writes() -> Vec<Request> {
    let sent = |method: &str, url: &str, more: &str, resource: &str| {
        let resource = if resource.is_empty() { String::new() } else { format!(r#""resource":{resource},"#) };
        Request(format!(r#"{{{resource}"request":{{"method":"{method}","url":"{url}"{more}}}}}"#))
    };
    let condition = |id: &str, patient: &str| {
        format!(r#"{{"resourceType":"Condition"{id},"subject":{{"reference":"Patient/{patient}"}}}}"#)
    };
    let named = |id: &str, patient: &str| condition(&format!(r#","id":"{id}""#), patient);
    let patch = r#"{"resourceType":"Binary","contentType":"application/merge-patch+json","data":"eyJsYW5ndWFnZSI6ImVuIn0="}"#;
    let mut requests = Vec::new();
    for patient in ["p1", "p2"] {
        requests.push(sent("POST", "Condition", "", &condition("", patient)));
        requests.push(sent(
            "POST",
            "Condition",
            &format!(r#","ifNoneExist":"code={CANARY}""#),
            &condition("", patient),
        ));
        requests.push(sent(
            "POST",
            "Condition",
            r#","ifNoneExist":"_lastUpdated=gt1960""#,
            &condition("", patient),
        ));
        for id in ["ill-p1", "ill-p2", "never"] {
            requests.push(sent("PUT", &format!("Condition/{id}"), "", &named(id, patient)));
            requests.push(sent(
                "PUT",
                &format!("Condition/{id}"),
                r#","ifMatch":"W/\"1\"""#,
                &named(id, patient),
            ));
            requests.push(sent(
                "PUT",
                &format!("Condition/{id}"),
                r#","ifNoneMatch":"*""#,
                &named(id, patient),
            ));
        }
        requests.push(sent("PUT", &format!("Condition?code={CANARY}"), "", &condition("", patient)));
        requests.push(sent("PUT", "Condition?_id=ill-p2", "", &condition("", patient)));
    }
    // A conditional reference tells whether somebody is meant.
    requests.push(sent(
        "POST",
        "Condition",
        "",
        &condition("", "x").replace("Patient/x", &format!("Patient?name={CANARY}")),
    ));
    for id in ["ill-p2", "never"] {
        requests.push(sent("PATCH", &format!("Condition/{id}"), "", patch));
        requests.push(sent("DELETE", &format!("Condition/{id}"), "", ""));
        requests.push(sent("DELETE", &format!("Condition/{id}"), r#","ifMatch":"W/\"1\"""#, ""));
    }
    requests.push(sent("PATCH", &format!("Condition?code={CANARY}"), "", patch));
    requests.push(sent("DELETE", &format!("Condition?code={CANARY}"), "", ""));
    requests.push(sent("DELETE", "Basic/gone-p2", "", ""));
    requests.push(sent("DELETE", "Basic/moved-p2", "", ""));
    requests.push(sent("PUT", "Patient/p2", "", r#"{"resourceType":"Patient","id":"p2"}"#));
    requests.push(sent("PUT", "Patient/p3", "", r#"{"resourceType":"Patient","id":"p3"}"#));
    requests.push(sent("POST", "Patient", "", r#"{"resourceType":"Patient"}"#));
    requests.push(sent(
        "POST",
        "Patient",
        r#","ifNoneExist":"name=kanarie""#,
        r#"{"resourceType":"Patient"}"#,
    ));
    requests
}
