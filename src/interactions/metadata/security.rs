//! How do programs get in? <https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html>
//!
//! The CapabilityStatement's part of SMART's discovery, which programs of its first version read (A-EP-02).

use model::{Object, Value, value::object};

use crate::Context;

const SERVICE: &str = "http://terminology.hl7.org/CodeSystem/restful-security-service";
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

/// Tells where tokens are asked for, on a server with sign-in.
pub(super) fn tell(context: &Context, rest: &mut Object) {
    let uris = &context.policy.oauth_uris;
    if uris.is_empty() {
        return;
    }
    let uri =
        |(name, url): &(&str, String)| object([("url", (*name).into()), ("valueUri", url.as_str().into())]);
    let uris: Vec<Value> = uris.iter().map(uri).collect();
    let extension = object([("url", OAUTH_URIS.into()), ("extension", uris.into())]);
    let coding = object([("system", SERVICE.into()), ("code", "SMART-on-FHIR".into())]);
    let service = object([("coding", vec![coding].into()), ("text", "SMART on FHIR".into())]);
    let security =
        [("extension", vec![extension].into()), ("cors", true.into()), ("service", vec![service].into())];
    rest.set("security", object(security));
}
