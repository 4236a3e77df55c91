//! Which guides does this server know?
//!
//! The profiles and statements of requirements of installed packages, and the profiles that clients stored:
//! <https://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.instantiates>. What a server says to
//! instantiate it may do in part, as the specification has it; which part, the rest of its own statement tells. R4's own
//! profiles are not named: they come with the version of FHIR.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fhir_profiles::Registry;
use fhir_profiles::registry::Entry;
use model::{Object, Value};

/// What is known besides R4 itself.
pub(super) struct Guides {
    /// The canonicals of profiles, by the type that they are of.
    profiles: BTreeMap<String, BTreeSet<Box<str>>>,
    /// Those of what servers are required to do.
    requirements: BTreeSet<String>,
    /// Those of the guides themselves.
    guides: BTreeSet<String>,
}

impl Guides {
    /// Looks through all that is laid over R4. It decodes every profile, so this is not for the threads of requests.
    pub(super) fn new(registry: &Registry) -> Self {
        let alone = Registry::r4();
        let is_r4 = |layer| alone.layers().iter().any(|known| Arc::ptr_eq(known, layer));
        let mut found =
            Self { profiles: BTreeMap::new(), requirements: BTreeSet::new(), guides: BTreeSet::new() };
        for layer in registry.layers().iter().filter(|layer| !is_r4(layer)) {
            layer.of_type("StructureDefinition").for_each(|entry| found.add_profile(entry));
            let required =
                layer.of_type("CapabilityStatement").filter(|it| is_required_of_servers(&it.resource()));
            found.requirements.extend(required.filter_map(canonical));
            found.guides.extend(layer.of_type("ImplementationGuide").filter_map(canonical));
        }
        found
    }

    /// Tells what the guides require of servers.
    pub(super) fn tell_requirements(&self, statement: &mut Object) {
        tell("instantiates", &self.requirements, statement);
    }

    /// Tells which guides are known.
    pub(super) fn tell_guides(&self, statement: &mut Object) {
        tell("implementationGuide", &self.guides, statement);
    }

    /// Tells of a type which profiles of it are known.
    pub(super) fn of_type(&self, resource: &mut Value, resource_type: &str) {
        let profiles = self.profiles.get(resource_type);
        if let (Some(profiles), Some(resource)) = (profiles, resource.as_object_mut()) {
            let told: Vec<Value> = profiles.iter().map(|url| (&**url).into()).collect();
            resource.set("supportedProfile", told);
        }
    }

    fn add_profile(&mut self, entry: &Entry) {
        let definition = entry.resource();
        let is = |name, code| definition.text(name) == Some(code);
        let is_profile = is("kind", "resource") && is("derivation", "constraint") && !is("status", "retired");
        if let (true, false, Some(name)) = (is_profile, entry.url.is_empty(), definition.text("type")) {
            self.profiles.entry(name.to_owned()).or_default().insert(entry.url.clone());
        }
    }
}

fn tell(name: &str, canonicals: &BTreeSet<String>, statement: &mut Object) {
    let told: Vec<Value> = canonicals.iter().map(|it| it.as_str().into()).collect();
    if !told.is_empty() {
        statement.set(name, told);
    }
}

/// Whether a statement tells what servers have to do, and not what some server does.
fn is_required_of_servers(statement: &Value) -> bool {
    let sides = statement.get("rest").map_or(&[][..], Value::items);
    statement.text("kind") == Some("requirements")
        && statement.text("status") != Some("retired")
        && sides.iter().any(|side| side.text("mode") == Some("server"))
}

fn canonical(entry: &Entry) -> Option<String> {
    match (&*entry.url, &*entry.version) {
        ("", _) => None,
        (url, "") => Some(url.to_owned()),
        (url, version) => Some([url, "|", version].concat()),
    }
}

#[cfg(test)]
mod tests {
    use model::json;

    use super::*;

    /// What is told when `definitions` are laid over R4: of the server, and of Patients.
    #[track_caller]
    fn check(definitions: &[&str], server: &str, patient: &str) {
        let parse = |text: &&str| json::parse(text.as_bytes()).expect("it is JSON");
        let guides = Guides::new(&Registry::r4().with(definitions.iter().map(parse).collect::<Vec<_>>()));
        let (mut statement, mut resource) = (Object::new(), Value::Object(Object::new()));
        guides.tell_requirements(&mut statement);
        guides.tell_guides(&mut statement);
        guides.of_type(&mut resource, "Patient");
        let told = |value: &Value| String::from_utf8(json::to_compact(value)).expect("it is text");
        assert_eq!((told(&statement.into()).as_str(), told(&resource).as_str()), (server, patient));
    }

    fn profile(rest: &str) -> String {
        format!(
            r#"{{"resourceType":"StructureDefinition","kind":"resource","type":"Patient","derivation":"constraint",{rest}}}"#
        )
    }

    #[test]
    fn r4_alone_has_no_guide() {
        check(&[], "{}", "{}");
    }

    #[test]
    fn profiles_of_resources_are_told_of_their_type() {
        let own = profile(r#""url":"http://p/a","version":"1""#);
        let other = own.replace("Patient", "Group").replace("p/a", "p/b");
        let newer = own.replace(r#""1""#, r#""2""#);
        check(&[&own, &other, &newer], "{}", r#"{"supportedProfile":["http://p/a"]}"#);
    }

    #[test]
    fn what_is_no_profile_of_a_resource_is_not_told() {
        let own = profile(r#""url":"http://p/a""#);
        let retired = profile(r#""url":"http://p/a","status":"retired""#);
        let nameless = profile(r#""name":"A""#);
        let kind = own.replace(r#""kind":"resource""#, r#""kind":"complex-type""#);
        let logical = own.replace("constraint", "specialization");
        check(&[&retired, &nameless, &kind, &logical], "{}", "{}");
    }

    #[test]
    fn guides_and_what_they_require_of_servers_are_told_with_their_versions() {
        let guide = r#"{"resourceType":"ImplementationGuide","url":"http://g","version":"6.1.0"}"#;
        let required = r#"{"resourceType":"CapabilityStatement","url":"http://c/server","version":"6.1.0",
            "kind":"requirements","rest":[{"mode":"server"}]}"#;
        let told = r#"{"instantiates":["http://c/server|6.1.0"],"implementationGuide":["http://g|6.1.0"]}"#;
        check(&[guide, required], told, "{}");
        let client = required.replace(r#""server""#, r#""client""#);
        let instance = required.replace("requirements", "instance");
        check(&[&client, &instance], "{}", "{}");
    }
}
