//! Which resource stands for a person who signs in?
//!
//! `fhirUser` names one of five types: <https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-identity-data>
//! (A-OIDC-03). The functions here are also how records keep keys and ids in their JSON.

use model::{Id, Key, ResourceType};
use serde::{Deserialize, Deserializer, Serializer};

/// The types that a person who signs in can be.
pub const PERSON_TYPES: &[ResourceType] = &[
    ResourceType::known("Patient"),
    ResourceType::known("Practitioner"),
    ResourceType::known("PractitionerRole"),
    ResourceType::known("RelatedPerson"),
    ResourceType::known("Person"),
];

/// Reads `Practitioner/7`, where the type is one that a person can be.
pub fn parse_person(text: &str) -> Option<Key> {
    let (type_name, id) = text.split_once('/')?;
    let resource_type = PERSON_TYPES.iter().find(|known| known.as_str() == type_name)?;
    Some(Key::new(*resource_type, Id::parse(id)?))
}

/// How a record keeps the key of a person; for `#[serde(with = "…")]`.
pub(crate) mod key {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(key: &Option<Key>, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_some(&key.as_ref().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Key>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        let wrong = || serde::de::Error::custom("a person such as `Practitioner/7` was expected");
        text.map(|text| parse_person(&text).ok_or_else(wrong)).transpose()
    }
}

/// How a record keeps an id; for `#[serde(with = "…")]`.
pub(crate) mod id {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(id: &Option<Id>, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_some(&id.as_ref().map(Id::as_str))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Id>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        let wrong = || serde::de::Error::custom("an id was expected");
        text.map(|text| Id::parse(&text).ok_or_else(wrong)).transpose()
    }
}

/// How a record keeps a moment: microseconds since 1970; for `#[serde(with = "…")]`.
pub(crate) mod moment {
    use model::Instant;

    use super::*;

    pub(crate) fn serialize<S: Serializer>(moment: &Instant, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_i64(moment.0)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Instant, D::Error> {
        i64::deserialize(input).map(Instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_of_one_of_five_types_a_oidc_03() {
        assert_eq!(parse_person("Person/7").map(|key| key.to_string()), Some("Person/7".to_owned()));
        for other in ["Group/7", "Patient/", "Patient", "Patient/7/_history/1", "http://x.example/Patient/7"]
        {
            assert_eq!(parse_person(other), None, "{other}");
        }
    }
}
