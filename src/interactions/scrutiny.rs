//! How closely is a resource looked at before it is stored?
//!
//! A server says a level for all types and others for some, and which profiles a type must conform to. A request
//! may ask for more, never for less.

use model::ResourceType;
use validate::Level;

/// What this server checks on every write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrutiny {
    /// The level of types that are not named.
    pub level: Level,
    /// The levels of those that are.
    pub levels: Vec<(ResourceType, Level)>,
    /// Profiles that resources of a type must conform to, whatever they claim.
    pub profiles: Vec<(ResourceType, String)>,
}

impl Scrutiny {
    /// How closely a resource of this type is looked at; a profile can only be checked at the highest level.
    pub fn level_of(&self, resource_type: ResourceType) -> Level {
        if self.profiles_of(resource_type).next().is_some() {
            return Level::Full;
        }
        let named = self.levels.iter().find(|(known, _)| *known == resource_type);
        named.map_or(self.level, |(_, level)| *level)
    }

    /// The profiles that a resource of this type must conform to.
    pub fn profiles_of(&self, resource_type: ResourceType) -> impl Iterator<Item = &str> {
        self.profiles.iter().filter(move |(known, _)| *known == resource_type).map(|(_, url)| url.as_str())
    }

    /// The same with at least this level for every type.
    pub fn at_least(&self, level: Level) -> Self {
        let raised = |(resource_type, known): &(ResourceType, Level)| (*resource_type, (*known).max(level));
        Self {
            level: self.level.max(level),
            levels: self.levels.iter().map(raised).collect(),
            profiles: self.profiles.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_raised_and_never_lowered() {
        let (patient, binary) = (ResourceType::known("Patient"), ResourceType::known("Binary"));
        let scrutiny = Scrutiny {
            level: Level::Core,
            levels: vec![(binary, Level::Structure)],
            profiles: vec![(patient, "http://example.org/p".to_owned())],
        };
        let levels = |scrutiny: &Scrutiny| {
            [patient, binary, ResourceType::known("Basic")].map(|name| scrutiny.level_of(name))
        };
        assert_eq!(levels(&scrutiny), [Level::Full, Level::Structure, Level::Core]);
        assert_eq!(
            levels(&scrutiny.at_least(Level::Structure)),
            [Level::Full, Level::Structure, Level::Core]
        );
        assert_eq!(levels(&scrutiny.at_least(Level::Core)), [Level::Full, Level::Core, Level::Core]);
        assert_eq!(levels(&scrutiny.at_least(Level::Full)), [Level::Full; 3]);
    }
}
