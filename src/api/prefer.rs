//! What does the client prefer? <https://hl7.org/fhir/R4/http.html#ops>, RFC 7240

use axum::http::HeaderMap;
use interactions::{Handling, Returning};
use model::{Code, Issue};
use validate::Level;

/// What `Prefer` asks for, as far as this server can follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub returning: Option<Returning>,
    pub handling: Handling,
    /// How closely a write is to be looked at, where that is more than the server does by itself.
    pub validation: Option<Level>,
}

/// Reads every `Prefer` header; preferences of others are none of ours and passed over.
pub(crate) fn preferences(headers: &HeaderMap) -> Result<Preferences, Issue> {
    let mut preferences = Preferences::default();
    for value in headers.get_all("prefer") {
        let value = value.to_str().map_err(|_| Issue::error(Code::InvalidHeader, "`Prefer` is not text"))?;
        for preference in value.split([',', ';']).map(str::trim) {
            read_one(preference, &mut preferences)?;
        }
    }
    Ok(preferences)
}

fn read_one(preference: &str, preferences: &mut Preferences) -> Result<(), Issue> {
    let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
    match (name.trim(), value.trim().trim_matches('"')) {
        ("return", "minimal") => preferences.returning = Some(Returning::Minimal),
        ("return", "representation") => preferences.returning = Some(Returning::Representation),
        ("return", "OperationOutcome") => preferences.returning = Some(Returning::OperationOutcome),
        ("handling", "strict") => preferences.handling = Handling::Strict,
        ("handling", "lenient") => preferences.handling = Handling::Lenient,
        ("validation", "structure") => preferences.validation = Some(Level::Structure),
        ("validation", "core") => preferences.validation = Some(Level::Core),
        ("validation", "full") => preferences.validation = Some(Level::Full),
        ("return" | "handling" | "validation", other) => {
            let message = format!("`Prefer: {name}={other}` is not a preference that this server knows");
            return Err(Issue::error(Code::InvalidHeader, message));
        }
        _ => {}
    }
    Ok(())
}
