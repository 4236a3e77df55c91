//! Who may sign in, and as whom?
//!
//! Accounts of people, made and changed by whoever may write the data folder. A password is read from the terminal or
//! from standard input, never from an argument, which every user of the computer could see.

mod secret;

use std::process::ExitCode;

use access::account::{self, Account};
use access::password::{self, Cost, SALT_BYTES, Weakness, weakness};
use access::person;
use api::accounts::Accounts;
use clap::{Arg, ArgMatches};
use model::Key;

use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::{clock, random, wire};

pub(super) const COMMAND: Command = Command {
    name: "user",
    about: "Adds and lists people who may sign in, sets their passwords, and shuts them out.",
    arguments,
    run: |configured, matches| Box::pin(run(configured, matches)),
};

fn arguments(command: clap::Command) -> clap::Command {
    let action = Arg::new("action")
        .value_name("ACTION")
        .required(true)
        .value_parser(["add", "list", "password", "disable", "enable"])
        .help("add NAME --role ROLE --fhir-user TYPE/ID; list; password NAME; disable NAME; enable NAME.");
    let name = Arg::new("name").value_name("NAME").help("The name to sign in by, such as an e-mail address.");
    let role = Arg::new("role")
        .long("role")
        .value_name("ROLE")
        .value_parser(access::roles().collect::<Vec<_>>())
        .help("What the person does here, which says what they may see and change.");
    let fhir_user = Arg::new("fhir-user")
        .long("fhir-user")
        .value_name("TYPE/ID")
        .help("The resource that stands for the person: Patient/7, Practitioner/a or alike.");
    let display =
        Arg::new("display").long("display").value_name("TEXT").help("The person's name, as pages show it.");
    command.arg(action).arg(name).arg(role).arg(fhir_user).arg(display)
}

async fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let action = matches.get_one::<String>("action").map_or("", String::as_str);
    let name = matches.get_one::<String>("name").map(String::as_str);
    let login = name
        .map(|name| account::login(name).ok_or_else(|| format!("`{name}` cannot be a name to sign in by")));
    let login = match (action, login.transpose()?) {
        ("list", None) => None,
        ("list", Some(_)) => return Err("`user list` takes no name".to_owned()),
        (_, Some(login)) => Some(login),
        (_, None) => return Err(format!("say whom: user {action} NAME")),
    };
    let storage = wire::open(&configured.settings).await?;
    let accounts = Accounts::new(&*storage.database, clock::now());
    let done = match (action, login) {
        ("add", Some(login)) => add(&accounts, login, matches).await,
        ("password", Some(login)) => set_password(&accounts, &login).await,
        ("disable", Some(login)) => set_disabled(&accounts, &login, Standing::Disabled).await,
        ("enable", Some(login)) => set_disabled(&accounts, &login, Standing::Enabled).await,
        _ => list(&accounts).await,
    };
    storage.database.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn add(accounts: &Accounts<'_>, login: String, matches: &ArgMatches) -> Result<(), String> {
    if accounts.named(&login).await.map_err(failed)?.is_some() {
        return Err(format!("`{login}` is taken; `user password` sets the password of who has it"));
    }
    let text = |name| matches.get_one::<String>(name).map(String::as_str);
    let role = text("role").ok_or("say what the person does here: --role patient, --role doctor …")?;
    let fhir_user = text("fhir-user").map(fhir_user).transpose()?;
    check_role(role, fhir_user.as_ref())?;
    let mut account = Account {
        id: random::new_ids(clock::system())().as_str().to_owned(),
        name: text("display").unwrap_or(&login).to_owned(),
        login,
        role: role.to_owned(),
        fhir_user,
        password: None,
        disabled: false,
        sessions_since: clock::now(),
    };
    account.password = Some(new_password(&account)?);
    accounts.keep(&account).await.map_err(failed)?;
    tell(&format!("added {} as {}", account.login, account.role));
    Ok(())
}

async fn set_password(accounts: &Accounts<'_>, login: &str) -> Result<(), String> {
    let mut account = known(accounts, login).await?;
    account.password = Some(new_password(&account)?);
    // Whoever knew the old one is out.
    accounts.end_sessions(&mut account);
    accounts.keep(&account).await.map_err(failed)?;
    tell(&format!("{login} has a new password and must sign in anew everywhere"));
    Ok(())
}

/// Whether somebody may sign in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Enabled,
    Disabled,
}

async fn set_disabled(accounts: &Accounts<'_>, login: &str, standing: Standing) -> Result<(), String> {
    let mut account = known(accounts, login).await?;
    account.disabled = standing == Standing::Disabled;
    accounts.end_sessions(&mut account);
    accounts.keep(&account).await.map_err(failed)?;
    let told = if account.disabled { "cannot sign in any more" } else { "may sign in again" };
    tell(&format!("{login} {told}"));
    Ok(())
}

async fn list(accounts: &Accounts<'_>) -> Result<(), String> {
    let mut after = None;
    loop {
        let page = accounts.page(after.as_deref()).await.map_err(failed)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id.clone());
        page.iter().for_each(|account| tell(&line(account)));
    }
}

async fn known(accounts: &Accounts<'_>, login: &str) -> Result<Account, String> {
    let known = accounts.named(login).await.map_err(failed)?;
    known.ok_or_else(|| format!("nobody signs in as `{login}`"))
}

/// Reads a password and hashes it, if it may be one.
fn new_password(account: &Account) -> Result<String, String> {
    let password = secret::read()?;
    let names = [account.login.as_str(), account.name.as_str()];
    if let Some(weakness) = weakness(&password, account.password_length_min(), &names) {
        return Err(why_not(weakness));
    }
    let mut salt = [0; SALT_BYTES];
    salt.copy_from_slice(&random::secrets()()[..SALT_BYTES]);
    Ok(password::hash(&password, &salt, Cost::default()))
}

fn why_not(weakness: Weakness) -> String {
    match weakness {
        Weakness::TooShort(least) => format!("the password is too short: {least} characters at least"),
        Weakness::TooLong(most) => format!("the password is too long: {most} characters at most"),
        Weakness::Common => "the password is one of the first that strangers try".to_owned(),
        Weakness::Personal => "the password is the person's own name".to_owned(),
    }
}

fn fhir_user(text: &str) -> Result<Key, String> {
    person::parse_person(text).ok_or_else(|| {
        let types: Vec<_> = person::PERSON_TYPES.iter().map(|known| known.as_str()).collect();
        format!("`{text}` stands for no person: TYPE/ID was expected, with one of {}", types.join(", "))
    })
}

fn check_role(role: &str, fhir_user: Option<&Key>) -> Result<(), String> {
    if !access::roles().any(|known| known == role) {
        let known = access::roles().collect::<Vec<_>>().join(", ");
        return Err(format!("`{role}` is no role: one of {known} was expected"));
    }
    let has_record = fhir_user.is_some_and(|key| key.resource_type.as_str() == "Patient");
    match role == "patient" && !has_record {
        true => Err("a patient has a record: --fhir-user Patient/ID was expected".to_owned()),
        false => Ok(()),
    }
}

fn line(account: &Account) -> String {
    let user = account.fhir_user.as_ref().map_or("-".to_owned(), Key::to_string);
    let disabled = if account.disabled { "  disabled" } else { "" };
    format!("{}  {}  {user}  {}{disabled}", account.login, account.role, account.name)
}

fn failed(error: store::Error) -> String {
    format!("the accounts cannot be read or written: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: &str, fhir_user: Option<&str>, expected: bool) {
        let user = fhir_user.map(|user| person::parse_person(user).expect("a person"));
        assert_eq!(check_role(role, user.as_ref()).is_ok(), expected, "{role} {fhir_user:?}");
    }

    #[test]
    fn a_patient_has_a_record_and_every_role_is_one_that_there_are_rights_for() {
        check("patient", Some("Patient/7"), true);
        check("patient", Some("Practitioner/7"), false);
        check("patient", None, false);
        check("proxy", Some("RelatedPerson/7"), false);
        check("doctor", Some("Practitioner/7"), true);
        check("admin", None, true);
        check("Admin", None, false);
        check("", None, false);
    }

    #[test]
    fn what_stands_for_no_person_is_refused_with_what_does() {
        let refused = fhir_user("Device/7").expect_err("no person");
        assert!(refused.contains("Practitioner"), "{refused}");
    }
}
