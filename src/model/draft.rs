//! What is stored of a resource, and what is added when it is committed?
//!
//! A draft is the compact JSON of a resource with one gap, where the commit's version and time belong.
//! It is made while requests still run side by side; the committer only fills the gap. The server owns
//! `meta.versionId` and `meta.lastUpdated`: <https://hl7.org/fhir/R4/resource.html#Meta>.

use bytes::Bytes;

use crate::instant::Instant;
use crate::json;
use crate::resource::{Id, VersionId};
use crate::value::{Object, Value};

/// Compact JSON with a gap for version and time.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    json: Bytes,
    gap: usize,
}

impl Draft {
    /// Prepares `resource` for storage under `id`.
    ///
    /// What the client says of version and time is dropped; every other member keeps its place.
    pub fn new(mut resource: Object, id: &Id) -> Self {
        place_id(&mut resource, id);
        let mut json = Vec::with_capacity(1024);
        let mut gap = 0;
        json.push(b'{');
        for (place, (name, value)) in resource.iter().enumerate() {
            if place > 0 {
                json.push(b',');
            }
            json::write_string(name, &mut json);
            json.push(b':');
            if let ("meta", Value::Object(meta)) = (name, value) {
                gap = write_meta(meta, &mut json);
            } else {
                json::write_compact(value, &mut json);
            }
        }
        json.push(b'}');
        Self { json: json.into(), gap }
    }

    /// Takes the parts of a draft back from storage.
    pub fn from_parts(json: Bytes, gap: usize) -> Option<Self> {
        (gap > 0 && gap < json.len() && json[gap - 1] == b'{').then_some(Self { json, gap })
    }

    /// The JSON around the gap.
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// Where the gap is, in bytes from the start.
    pub fn gap(&self) -> usize {
        self.gap
    }

    /// The resource's JSON as the version that was committed at `at`.
    pub fn render(&self, version: VersionId, at: Instant) -> Bytes {
        let mut json = Vec::with_capacity(self.json.len() + 80);
        json.extend_from_slice(&self.json[..self.gap]);
        json.extend_from_slice(b"\"versionId\":\"");
        json.extend_from_slice(version.to_string().as_bytes());
        json.extend_from_slice(b"\",\"lastUpdated\":\"");
        json.extend_from_slice(at.write(&mut [0; 24]).as_bytes());
        json.extend_from_slice(if self.json[self.gap] == b'}' { b"\"" } else { b"\"," });
        json.extend_from_slice(&self.json[self.gap..]);
        json.into()
    }
}

/// Sets the id where it stands or after the type, and makes sure that there is a `meta`.
fn place_id(resource: &mut Object, id: &Id) {
    let after_type = resource.position("resourceType").map_or(0, |place| place + 1);
    match resource.get_mut("id") {
        Some(member) => *member = id.as_str().into(),
        None => resource.insert_at(after_type, "id", id.as_str()),
    }
    if !matches!(resource.get("meta"), Some(Value::Object(_))) {
        resource.remove("meta");
        let after_id = resource.position("id").map_or(0, |place| place + 1);
        resource.insert_at(after_id, "meta", Object::new());
    }
}

/// Writes `meta` and returns where in it the gap is: before everything else.
fn write_meta(meta: &Object, json: &mut Vec<u8>) -> usize {
    json.push(b'{');
    let gap = json.len();
    let kept = meta.iter().filter(|(name, _)| !matches!(*name, "versionId" | "lastUpdated"));
    for (place, (name, value)) in kept.enumerate() {
        if place > 0 {
            json.push(b',');
        }
        json::write_string(name, json);
        json.push(b':');
        json::write_compact(value, json);
    }
    json.push(b'}');
    gap
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        let Value::Object(resource) = json::parse(input.as_bytes()).expect("valid JSON") else {
            panic!("an object")
        };
        let id = Id::parse("7").expect("valid");
        let rendered = Draft::new(resource, &id).render(VersionId(3), Instant(0));
        assert_eq!(std::str::from_utf8(&rendered).expect("UTF-8"), expected);
    }

    #[test]
    fn a_resource_without_id_and_meta_gets_both_after_its_type() {
        check(
            r#"{"resourceType":"Basic","language":"de"}"#,
            r#"{"resourceType":"Basic","id":"7","meta":{"versionId":"3","lastUpdated":"1970-01-01T00:00:00.000Z"},"language":"de"}"#,
        );
    }

    #[test]
    fn what_the_client_says_of_version_and_time_is_replaced_and_the_rest_of_meta_kept() {
        check(
            r#"{"id":"x","meta":{"profile":["p"],"versionId":"9","lastUpdated":"2000-01-01T00:00:00Z"},"resourceType":"Basic"}"#,
            r#"{"id":"7","meta":{"versionId":"3","lastUpdated":"1970-01-01T00:00:00.000Z","profile":["p"]},"resourceType":"Basic"}"#,
        );
    }
}
