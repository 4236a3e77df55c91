//! Which patients may this person open, and what are they called?
//!
//! Read through the interactions with the person's own rights, as an app would: what may not be seen is not found here
//! either (A-LC-02).

use access::account::Account;
use access::{Bearer, Principal};
use interactions::{Answer, Interaction, Place, SearchRequest};
use model::{Code, Id, Key, ResourceType, Value, json};

use super::frame::Trouble;
use super::visit::Visit;

const PATIENT: &str = "Patient";
const RELATED_PERSON: &str = "RelatedPerson";

/// Patients that are shown at a time.
pub(super) const FOUND_MAX: usize = 20;

/// A patient, for people.
pub(super) struct Patient {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) birth_date: String,
}

/// Who stands before us, to the interactions: whoever a token for all that the person may see would be.
fn principal_of(visit: &Visit, account: &Account) -> Principal {
    let bearer = Bearer {
        number: String::new(),
        client_id: String::new(),
        account: Some(account.id.clone()),
        fhir_user: account.fhir_user.clone(),
        role: Some(account.role.clone()),
        scopes: "user/*.rs".to_owned(),
        patient: None,
        encounter: None,
        issued_at: visit.now,
        expires_at: visit.now,
        born_of: None,
    };
    interactions::principal(&visit.app.context, &bearer)
}

/// The record that belongs to the person, if it is one and no other: a patient's own, or that of the patient whom a
/// related person stands by.
pub(super) async fn own(visit: &Visit, account: &Account) -> Result<Option<Id>, Trouble> {
    let Some(key) = &account.fhir_user else { return Ok(None) };
    match key.resource_type.as_str() {
        PATIENT => Ok(Some(key.id.clone())),
        RELATED_PERSON => {
            let person = read(visit, account, key).await?;
            let patient = person.as_ref().and_then(|person| person.get("patient")?.text("reference"));
            let id = patient.and_then(|reference| reference.strip_prefix("Patient/")).and_then(Id::parse);
            Ok(id)
        }
        _ => Ok(None),
    }
}

/// The patient with this id, if the person may open that record.
pub(super) async fn patient(visit: &Visit, account: &Account, id: &Id) -> Result<Option<Patient>, Trouble> {
    let resource_type = resource_type(visit, PATIENT)?;
    let read = read(visit, account, &Key::new(resource_type, id.clone())).await?;
    Ok(read.as_ref().and_then(shown))
}

/// Patients by name and birth date, and whether there are more than are shown.
pub(super) async fn search(
    visit: &Visit,
    account: &Account,
    (name, birth_date): (&str, &str),
) -> Result<(Vec<Patient>, bool), Trouble> {
    let place = Place::Type(resource_type(visit, PATIENT)?);
    let mut parameters = vec![("_count".to_owned(), (FOUND_MAX + 1).to_string())];
    // What has a meaning in a search, such as a comma, is part of a name here.
    let words = name.split_whitespace().map(|word| ("name".to_owned(), escaped(word)));
    parameters.extend(words);
    if !birth_date.is_empty() {
        parameters.push(("birthdate".to_owned(), format!("eq{birth_date}")));
    }
    let request =
        SearchRequest::at(&place).and_then(|request| request.with(parameters).ok()).ok_or(Trouble::Server)?;
    let principal = principal_of(visit, account);
    let answer = interactions::run(&visit.app.context, &principal, Interaction::Search(request)).await;
    let Ok(Answer::Bundle(bundle)) = answer else { return Err(Trouble::Server) };
    let bundle = json::parse(&bundle).map_err(|_| Trouble::Server)?;
    let entries = bundle.get("entry").map(Value::items).unwrap_or_default();
    let mut found: Vec<_> = entries.iter().filter_map(|entry| shown(entry.get("resource")?)).collect();
    let is_more = found.len() > FOUND_MAX;
    found.truncate(FOUND_MAX);
    Ok((found, is_more))
}

async fn read(visit: &Visit, account: &Account, key: &Key) -> Result<Option<Value>, Trouble> {
    let principal = principal_of(visit, account);
    match interactions::run(&visit.app.context, &principal, Interaction::Read(key.clone())).await {
        Ok(Answer::Version(version)) => Ok(version.json.as_deref().and_then(|json| json::parse(json).ok())),
        Ok(_) => Ok(None),
        // What may not be seen does not exist.
        Err(failure) => match failure.code() {
            Code::NotFound | Code::Deleted | Code::Forbidden | Code::Unauthenticated => Ok(None),
            _ => Err(Trouble::Server),
        },
    }
}

fn shown(resource: &Value) -> Option<Patient> {
    if resource.text("resourceType") != Some(PATIENT) {
        return None;
    }
    Some(Patient {
        id: resource.text("id").and_then(Id::parse)?,
        name: name(resource),
        birth_date: resource.text("birthDate").unwrap_or_default().to_owned(),
    })
}

/// The name that a person goes by, as far as it is known.
fn name(resource: &Value) -> String {
    let names = resource.get("name").map(Value::items).unwrap_or_default();
    let official = names.iter().find(|name| name.text("use") == Some("official"));
    let Some(name) = official.or(names.first()) else { return "–".to_owned() };
    if let Some(text) = name.text("text") {
        return text.to_owned();
    }
    let given = name.get("given").map(Value::items).unwrap_or_default();
    let parts = given.iter().filter_map(Value::as_str).chain(name.text("family"));
    let whole = parts.collect::<Vec<_>>().join(" ");
    if whole.is_empty() { "–".to_owned() } else { whole }
}

/// A word of a search parameter's value: <https://hl7.org/fhir/R4/search.html#escaping>.
fn escaped(word: &str) -> String {
    let mut value = String::with_capacity(word.len());
    for letter in word.chars() {
        if matches!(letter, ',' | '|' | '$' | '\\') {
            value.push('\\');
        }
        value.push(letter);
    }
    value
}

fn resource_type(visit: &Visit, name: &str) -> Result<ResourceType, Trouble> {
    visit.app.context.definitions.resource_type(name).ok_or(Trouble::Server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_is_shown_by_the_official_name() {
        for (json, expected) in [
            (r#"{"name":[{"family":"B","given":["A","M"]}]}"#, "A M B"),
            (r#"{"name":[{"family":"B"},{"use":"official","text":"Ana B."}]}"#, "Ana B."),
            (r#"{"name":[{}]}"#, "–"),
            ("{}", "–"),
        ] {
            assert_eq!(name(&json::parse(json.as_bytes()).expect("JSON")), expected, "{json}");
        }
    }

    #[test]
    fn a_name_is_searched_for_as_it_is_written() {
        assert_eq!(escaped("O'Brien,a|b$c\\"), "O'Brien\\,a\\|b\\$c\\\\");
    }
}
