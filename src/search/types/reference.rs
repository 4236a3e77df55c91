//! Which resources are referred to?
//!
//! References and canonicals: <https://hl7.org/fhir/R4/search.html#reference>. A URL below the server's own base is
//! the same as the relative reference. A reference to a version is also one to its resource, and a canonical with
//! a version also one without. Hierarchies of resources (`location:below=42`) are refused: no row tells them.

mod elements;
#[cfg(test)]
mod tests;

use fhir_profiles::Definitions;
use model::reference::{Canonical, Reference, Target};
use model::resource::Id;
use model::{Issue, Key, ResourceType, Text};

use super::token::{beginning, is_whole_in_key, kept, plain, refuse_modifier, refuse_value};
use super::{Asked, unescape};
use crate::condition::{Condition, Test};
use crate::hash;
use crate::rows::{ParameterId, key_text};
use crate::scan::{Index, Part, Range};

pub use elements::index;

/// What the rows of references to a version are under, beside those of the resource.
const VERSION: &str = "version";

const FORMS: &str = "an id, `Type/id` or a URL";

/// A test of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceTest {
    /// It leads to a resource of this server with this id, of whatever type.
    Id(Text),
    /// It leads to exactly this.
    Target {
        /// The number of the type; 0 when the target is a URL.
        target_type: u32,
        /// The id or the URL.
        target: Text,
    },
    /// It is this canonical with its version, or one with further parts of a version.
    Version(Text),
    /// It is this canonical with any version.
    Versions(Text),
}

impl ReferenceTest {
    /// The test that a reference leads to a resource of this server.
    pub fn to(key: &Key) -> Self {
        Self::local(key.resource_type, key.id.as_str())
    }

    /// Whether a reference passes.
    pub fn holds(&self, target_type: u32, target: &str) -> bool {
        match self {
            ReferenceTest::Id(id) => target_type != 0 && *id == *target,
            ReferenceTest::Target { target_type: wanted_type, target: wanted } => {
                *wanted_type == target_type && *wanted == *target
            }
            ReferenceTest::Version(canonical) => {
                let rest = target.strip_prefix(&**canonical);
                target_type == 0 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            ReferenceTest::Versions(url) => {
                target_type == 0 && target.strip_prefix(&**url).is_some_and(|rest| rest.starts_with('|'))
            }
        }
    }

    fn local(resource_type: ResourceType, id: &str) -> Self {
        Self::Target { target_type: hash::short(resource_type.as_str()), target: id.into() }
    }

    fn url(url: &str) -> Self {
        Self::Target { target_type: 0, target: kept(url).into() }
    }
}

/// What one value asks for.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    match asked.modifier {
        None => literal(asked),
        Some("identifier") => Ok(asked.clause_under("identifier", Test::Token(plain(asked)?))),
        Some("below") => below(asked),
        Some(name) => {
            match Definitions::r4().resource_type(name).filter(|found| may_lead_to(asked, *found)) {
                Some(resource_type) => typed(asked, resource_type),
                None => Err(refuse_modifier(asked, &modifiers(asked))),
            }
        }
    }
}

/// Where candidates stand, and whether all that stand there pass.
pub fn ranges(test: &ReferenceTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    let target_part = |target: &Text| Part::Text(key_text(target));
    Some(match test {
        ReferenceTest::Id(id) => {
            // Numbers of types begin at 1.
            let local = Range::equal(Index::Links, parameter, vec![target_part(id)]);
            (vec![Range { from: Some(Part::Int(1)), ..local }], is_whole_in_key(id))
        }
        ReferenceTest::Target { target_type, target } => {
            let prefix = vec![target_part(target), Part::Int(i64::from(*target_type))];
            (vec![Range::equal(Index::Links, parameter, prefix)], is_whole_in_key(target))
        }
        ReferenceTest::Version(canonical) | ReferenceTest::Versions(canonical) => {
            (vec![beginning(Index::Links, parameter, canonical)], false)
        }
    })
}

/// What a reference or canonical says, wherever it stands.
#[derive(Clone, Copy)]
enum Place<'t> {
    /// A resource of this server.
    Local(Target<'t>),
    /// A resource of another server.
    Foreign { base: &'t str, target: Target<'t> },
    /// An address or name, perhaps a canonical.
    Url(&'t str),
}

fn place<'t>(text: &'t str, base_url: &str) -> Option<Place<'t>> {
    match Reference::parse(text)? {
        Reference::Relative(target) => Some(Place::Local(target)),
        Reference::Absolute { base, target } if base == base_url => Some(Place::Local(target)),
        Reference::Absolute { base, target } => Some(Place::Foreign { base, target }),
        Reference::Url(url) | Reference::Urn(url) => Some(Place::Url(url)),
        Reference::Contained(_) | Reference::Conditional { .. } => None,
    }
}

/// The id of a version, which cannot be mistaken for that of a resource.
fn versioned(id: &str, version: &str) -> String {
    [id, "/_history/", version].concat()
}

fn literal(asked: &Asked<'_>) -> Result<Condition, Issue> {
    let text = unescape(asked.value);
    match place(&text, asked.surroundings.base_url) {
        Some(Place::Local(target)) => local(asked, target),
        Some(Place::Foreign { base, target }) => {
            let url = [base, "/", target.resource_type, "/", target.id].concat();
            Ok(match target.version {
                Some(version) => under_version(asked, ReferenceTest::url(&versioned(&url, version))),
                None => clause(asked, ReferenceTest::url(&url)),
            })
        }
        Some(Place::Url(url)) => {
            let url = canonical(url).ok_or_else(|| refuse_value(asked, FORMS))?;
            Ok(clause(asked, ReferenceTest::url(&url)))
        }
        None => by_id(asked, &text),
    }
}

fn by_id(asked: &Asked<'_>, id: &str) -> Result<Condition, Issue> {
    if Id::parse(id).is_none() {
        return Err(refuse_value(asked, FORMS));
    }
    let test = match asked.parameter.targets.as_slice() {
        [only] => ReferenceTest::local(*only, id),
        _ => ReferenceTest::Id(id.into()),
    };
    Ok(clause(asked, test))
}

fn local(asked: &Asked<'_>, target: Target<'_>) -> Result<Condition, Issue> {
    let known = Definitions::r4().resource_type(target.resource_type);
    let Some(resource_type) = known.filter(|found| may_lead_to(asked, *found)) else {
        return Err(refuse_value(asked, &types(asked)));
    };
    Ok(match target.version {
        Some(version) => {
            under_version(asked, ReferenceTest::local(resource_type, &versioned(target.id, version)))
        }
        None => clause(asked, ReferenceTest::local(resource_type, target.id)),
    })
}

/// With a type as modifier, the value is an id; the whole reference is accepted when it says the same.
fn typed(asked: &Asked<'_>, resource_type: ResourceType) -> Result<Condition, Issue> {
    let text = unescape(asked.value);
    if Id::parse(&text).is_some() {
        return Ok(clause(asked, ReferenceTest::local(resource_type, &text)));
    }
    match place(&text, asked.surroundings.base_url) {
        Some(Place::Local(target)) if target.resource_type == resource_type.as_str() => local(asked, target),
        _ => {
            Err(refuse_value(asked, &format!("the id of a resource of type {resource_type} on this server")))
        }
    }
}

/// A canonical without a version means all versions, one with a version all that begin with its parts:
/// <https://hl7.org/fhir/R4/search.html#versions>.
fn below(asked: &Asked<'_>) -> Result<Condition, Issue> {
    let text = unescape(asked.value);
    match place(&text, asked.surroundings.base_url) {
        Some(Place::Foreign { .. } | Place::Url(_)) => {
            let url = canonical(&text).ok_or_else(|| refuse_value(asked, "a canonical"))?;
            let has_version = url.contains('|');
            let test = if has_version {
                ReferenceTest::Version(kept(&url).into())
            } else {
                ReferenceTest::url(&url)
            };
            Ok(clause(asked, test))
        }
        _ => Err(refuse_value(asked, "a canonical, since hierarchies of resources are not searched here")),
    }
}

/// A canonical without the part of the resource that is meant.
fn canonical(text: &str) -> Option<Text> {
    let canonical = Canonical::parse(text)?;
    Some(match canonical.version {
        Some(version) => Text::from([canonical.url, "|", version].concat()),
        None => canonical.url.into(),
    })
}

fn clause(asked: &Asked<'_>, test: ReferenceTest) -> Condition {
    asked.clause(Test::Reference(test))
}

fn under_version(asked: &Asked<'_>, test: ReferenceTest) -> Condition {
    asked.clause_under(VERSION, Test::Reference(test))
}

fn may_lead_to(asked: &Asked<'_>, resource_type: ResourceType) -> bool {
    let targets = &asked.parameter.targets;
    targets.is_empty() || targets.contains(&resource_type)
}

fn types(asked: &Asked<'_>) -> String {
    match asked.parameter.targets.as_slice() {
        [] => "a reference to a type of FHIR R4".to_owned(),
        targets => format!("a reference to {}", names(targets)),
    }
}

fn modifiers(asked: &Asked<'_>) -> String {
    match asked.parameter.targets.as_slice() {
        [] => "`:identifier`, `:below` or the name of a type".to_owned(),
        targets => format!("`:identifier`, `:below` or one of the types {}", names(targets)),
    }
}

fn names(types: &[ResourceType]) -> String {
    types.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
}
