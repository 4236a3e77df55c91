//! Which profile does the code of an observation imply?
//!
//! Whoever reports a vital sign with one of these codes claims its profile by that, as the reference validator has it:
//! <https://hl7.org/fhir/R4/observation-vitalsigns.html>.

use model::{Object, Value};

const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";

/// Codes and the profiles they imply.
static IMPLIED: &[(&str, &str, &str)] = &[
    (LOINC, "85353-1", "http://hl7.org/fhir/StructureDefinition/vitalspanel"),
    (LOINC, "9279-1", "http://hl7.org/fhir/StructureDefinition/resprate"),
    (LOINC, "8867-4", "http://hl7.org/fhir/StructureDefinition/heartrate"),
    (LOINC, "2708-6", "http://hl7.org/fhir/StructureDefinition/oxygensat"),
    (LOINC, "8310-5", "http://hl7.org/fhir/StructureDefinition/bodytemp"),
    (SNOMED, "386725007", "http://hl7.org/fhir/StructureDefinition/bodytemp"),
    (SNOMED, "276885007", "http://hl7.org/fhir/StructureDefinition/bodytemp"),
    (LOINC, "8302-2", "http://hl7.org/fhir/StructureDefinition/bodyheight"),
    (LOINC, "9843-4", "http://hl7.org/fhir/StructureDefinition/headcircum"),
    (LOINC, "29463-7", "http://hl7.org/fhir/StructureDefinition/bodyweight"),
    (LOINC, "39156-5", "http://hl7.org/fhir/StructureDefinition/bmi"),
    (LOINC, "85354-9", "http://hl7.org/fhir/StructureDefinition/bp"),
    (LOINC, "76534-7", "http://hl7.org/fhir/StructureDefinition/bp"),
];

/// The profiles that the codes of an Observation imply; none for other resources.
pub(crate) fn profiles(resource: &Object) -> impl Iterator<Item = &'static str> {
    let is_observation = resource.get("resourceType").and_then(Value::as_str) == Some("Observation");
    let codings = resource.get("code").filter(|_| is_observation).and_then(|code| code.get("coding"));
    let codings = codings.map_or(&[][..], Value::items);
    let implied = IMPLIED.iter().filter(move |(system, code, _)| {
        codings
            .iter()
            .any(|coding| coding.text("system") == Some(system) && coding.text("code") == Some(code))
    });
    implied.map(|(_, _, profile)| *profile)
}
