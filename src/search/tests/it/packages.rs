//! Are the parameters of published packages understood?

use fhir_profiles::{Registry, package};
use search::Catalogue;

use crate::suite;

fn check(names: &[&str], expected: &[&str]) {
    let mut registry = Registry::clone(&Registry::r4());
    for name in names {
        let Some(archive) = suite(&format!("packages/{name}.tgz")) else { return };
        let package =
            package::read(&archive, |name| name == "SearchParameter").expect("the package is readable");
        registry = registry.with(package.resources);
    }
    let catalogue = Catalogue::new(&registry);
    assert_eq!(catalogue.complaints(), expected, "{names:?}");
}

#[test]
fn those_of_us_core_and_ips_are_compiled_without_complaint() {
    check(&["hl7.fhir.us.core-3.1.1"], &[]);
    check(&["hl7.fhir.us.core-3.1.1", "hl7.fhir.us.core-6.1.0"], &[]);
    check(&["hl7.fhir.uv.ips-2.0.0"], &[]);
}

#[test]
fn of_the_extensions_those_are_left_out_that_ask_for_what_r4_does_not_have() {
    // A reference is no concept as well, before R5.
    let complaint = |code: &str| {
        let url = format!("http://hl7.org/fhir/SearchParameter/{code}");
        let types = "CarePlan, CommunicationRequest, Goal";
        format!("the search parameter `{url}` is left out of {types}: `expression` leads to nothing")
    };
    let complaints = [complaint("workflow-barrierCode"), complaint("workflow-protectiveFactorCode")];
    check(&["hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1"], &complaints.each_ref().map(String::as_str));
}
