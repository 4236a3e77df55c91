//! What may a token be used for?
//!
//! SMART's scopes, version 1 and 2, as one set of rights: <https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html>.
//! What is not understood is left out and told, and never read as something wider (A-AZ-06). A query behind a scope is
//! kept as it is; one with modifiers, chains or `_filter` is not taken at all, for without it the scope would be wider
//! (A-SC-12).

mod letters;
mod sets;

use std::fmt;

use model::ResourceType;

pub use letters::{Letter, Letters};

/// Characters of a scope parameter at most; the longest that SMART apps send is a tenth of it.
pub const SCOPE_TEXT_MAX: usize = 8 * 1024;

/// Scopes in one request at most: each resource type in each context, and the few that are not clinical.
pub const SCOPES_MAX: usize = 512;

/// The prefix under which SMART's own scopes may be spelled as URIs.
const URI_PREFIX: &str = "http://smarthealthit.org/fhir/scopes/";

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Rights on resources.
    Clinical(Clinical),
    /// Take over the context of an EHR launch.
    Launch,
    /// Have a patient in context.
    LaunchPatient,
    /// Have an encounter in context.
    LaunchEncounter,
    /// Be told who signed in.
    OpenId,
    /// Be told which resource stands for who signed in.
    FhirUser,
    /// The older name of the same.
    Profile,
    /// Go on when the person has gone.
    OfflineAccess,
    /// Go on for as long as the person is signed in.
    OnlineAccess,
}

/// Rights on resources: `patient/Observation.rs?category=laboratory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clinical {
    /// Whose.
    pub context: ScopeContext,
    /// Of which type; of every type, when none.
    pub resource_type: Option<ResourceType>,
    /// What may be done.
    pub letters: Letters,
    /// What the resources must match, all of it; anything, when empty.
    pub query: Vec<(String, String)>,
    /// How it was written.
    pub spelling: Spelling,
}

/// Whose resources a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeContext {
    /// Those of the patient in context.
    Patient,
    /// Those that the person who signed in may reach.
    User,
    /// Those that the client itself may reach.
    System,
}

/// Which version of SMART a scope is written in; what is asked in one is answered in it (A-SC-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `.read`, `.write`, `.*`.
    V1,
    /// `.cruds` and parts of it.
    V2,
}

/// Scopes that belong together, each once, in the order in which they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

/// What came of reading scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What was understood.
    pub scopes: Scopes,
    /// What was left out.
    pub dropped: Vec<Dropped>,
}

/// A scope that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// How it was written.
    pub text: String,
    /// Why.
    pub why: Why,
}

/// Why a scope was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is none that this server knows.
    Unknown,
    /// Its query asks for what is not offered; whoever asks is refused, and not given something else.
    Query,
    /// There were too many before it.
    TooMany,
}

/// The scopes that are words.
const WORDS: &[(&str, Scope)] = &[
    ("launch", Scope::Launch),
    ("launch/patient", Scope::LaunchPatient),
    ("launch/encounter", Scope::LaunchEncounter),
    ("openid", Scope::OpenId),
    ("fhirUser", Scope::FhirUser),
    ("profile", Scope::Profile),
    ("offline_access", Scope::OfflineAccess),
    ("online_access", Scope::OnlineAccess),
];

impl Scopes {
    /// Reads scopes separated by spaces; `types` are the resource types that there are.
    pub fn parse(text: &str, types: &[ResourceType]) -> Parsed {
        let mut parsed = Parsed::default();
        for text in text.split(' ').filter(|text| !text.is_empty()) {
            let scope = match parsed.scopes.0.len() < SCOPES_MAX {
                true => Scope::parse(text, types),
                false => Err(Why::TooMany),
            };
            match scope {
                Ok(scope) => parsed.scopes.insert(scope),
                Err(why) => parsed.dropped.push(Dropped { text: text.to_owned(), why }),
            }
        }
        parsed
    }

    /// Reads scopes that this server wrote or a person configured; nothing is said of what is unknown.
    pub fn known(text: &str, types: &[ResourceType]) -> Self {
        Self::parse(text, types).scopes
    }

    /// Adds a scope, unless it is there.
    pub fn insert(&mut self, scope: Scope) {
        if !self.0.contains(&scope) {
            self.0.push(scope);
        }
    }

    /// The scopes.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// The scopes that are about resources.
    pub fn clinical(&self) -> impl Iterator<Item = &Clinical> {
        self.0.iter().filter_map(|scope| match scope {
            Scope::Clinical(clinical) => Some(clinical),
            _ => None,
        })
    }

    /// Whether this very scope is among them.
    pub fn has(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that `keep` says yes to.
    pub fn filtered(&self, keep: impl Fn(&Scope) -> bool) -> Self {
        Self(self.0.iter().filter(|scope| keep(scope)).cloned().collect())
    }
}

impl Scope {
    /// Reads one scope.
    pub fn parse(text: &str, types: &[ResourceType]) -> Result<Self, Why> {
        let text = text.strip_prefix(URI_PREFIX).unwrap_or(text);
        if let Some((_, word)) = WORDS.iter().find(|(name, _)| *name == text) {
            return Ok(word.clone());
        }
        clinical(text, types).map(Scope::Clinical)
    }
}

fn clinical(text: &str, types: &[ResourceType]) -> Result<Clinical, Why> {
    let (context, rest) = text.split_once('/').ok_or(Why::Unknown)?;
    let context =
        ScopeContext::ALL.into_iter().find(|known| known.as_str() == context).ok_or(Why::Unknown)?;
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (type_name, rights) = rest.split_once('.').ok_or(Why::Unknown)?;
    let resource_type = match type_name {
        "*" => None,
        name => Some(*types.iter().find(|known| known.as_str() == name).ok_or(Why::Unknown)?),
    };
    let (letters, spelling) = match rights {
        "read" => (Letters::READ, Spelling::V1),
        "write" => (Letters::WRITE, Spelling::V1),
        "*" => (Letters::ALL, Spelling::V1),
        letters => (Letters::parse(letters).ok_or(Why::Unknown)?, Spelling::V2),
    };
    // Version 1 has no queries.
    if query.is_some() && spelling == Spelling::V1 {
        return Err(Why::Query);
    }
    let query = query.map(pairs).transpose()?.unwrap_or_default();
    Ok(Clinical { context, resource_type, letters, query, spelling })
}

/// The query behind a scope: plain parameters with plain values.
fn pairs(query: &str) -> Result<Vec<(String, String)>, Why> {
    let is_plain = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let mut pairs = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').ok_or(Why::Query)?;
        // An escape would have to be understood alike by everyone who compares scopes.
        let is_offered = is_plain(name) && !value.is_empty() && !value.contains(['%', '+', '"', '\\']);
        if !is_offered {
            return Err(Why::Query);
        }
        pairs.push((name.to_owned(), value.to_owned()));
    }
    Ok(pairs)
}

impl ScopeContext {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Patient, Self::User, Self::System];

    /// The word before the slash.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(out, "{space}{scope}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Clinical(clinical) => clinical.fmt(out),
            word => {
                let known = WORDS.iter().find(|(_, known)| known == word);
                out.write_str(known.map_or("", |(name, _)| name))
            }
        }
    }
}

impl fmt::Display for Clinical {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let type_name = self.resource_type.map_or("*", ResourceType::as_str);
        write!(out, "{}/{type_name}.", self.context.as_str())?;
        match (self.spelling, self.letters) {
            (Spelling::V1, Letters::READ) => out.write_str("read")?,
            (Spelling::V1, Letters::WRITE) => out.write_str("write")?,
            (Spelling::V1, Letters::ALL) => out.write_str("*")?,
            (_, letters) => letters.fmt(out)?,
        }
        for (place, (name, value)) in self.query.iter().enumerate() {
            let mark = if place == 0 { '?' } else { '&' };
            write!(out, "{mark}{name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
