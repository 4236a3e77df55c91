//! Which programs may ask for tokens?
//!
//! Clients, registered by whoever may write the data folder. A secret is made here and told once; keys are read from a
//! file, for what is fetched from elsewhere could be changed there.

use std::process::ExitCode;

use access::client::{self, Client, GrantType, KeySource, Kind, REDIRECT_URIS_MAX, check_redirect_uri};
use access::keys::KeySet;
use access::scope::Scopes;
use access::{Permit, token};
use clap::{Arg, ArgAction, ArgMatches};
use fhir_profiles::Definitions;
use model::Instant;
use store::{Grant, GrantPage, Grants};

use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::{clock, random, wire};

pub(super) const COMMAND: Command = Command {
    name: "client",
    about: "Adds, lists, shows and removes programs that may ask for tokens.",
    arguments,
    run: |configured, matches| Box::pin(run(configured, matches)),
};

/// Clients that are listed at a time.
const PAGE: usize = 100;

/// Characters of a client's name at most: people see it where they agree.
const NAME_LENGTH_MAX: usize = 100;

fn arguments(command: clap::Command) -> clap::Command {
    let action = Arg::new("action")
        .value_name("ACTION")
        .required(true)
        .value_parser(["add", "list", "show", "remove"])
        .help("add NAME --kind KIND --scope SCOPES …; list; show ID; remove ID.");
    let which = Arg::new("which")
        .value_name("NAME")
        .help("The name of a new client, or the id of one that is there.");
    let kind = Arg::new("kind")
        .long("kind")
        .value_name("KIND")
        .value_parser(["public", "symmetric", "asymmetric"])
        .help("Whether it keeps no secret, a secret that is made here, or keys of its own.");
    let named = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let many = |name, value, help| named(name, value, help).action(ArgAction::Append);
    command
        .arg(action)
        .arg(which)
        .arg(kind)
        .arg(named("id", "ID", "Its `client_id`; made up, when none is given."))
        .arg(named("scope", "SCOPES", "What it may be granted at most, such as \"system/*.rs\"."))
        .arg(named("jwks", "FILE", "The file with its public keys, a JSON Web Key Set."))
        .arg(many("redirect-uri", "URI", "Where browsers may be sent back to; may be given several times."))
        .arg(many("grant-type", "TYPE", "authorization_code, refresh_token or client_credentials."))
        .arg(many("origin", "ORIGIN", "The origin of the web pages that it calls from."))
        .arg(named("launch-url", "URL", "Where an EHR opens it."))
}

async fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let action = matches.get_one::<String>("action").map_or("", String::as_str);
    let which = matches.get_one::<String>("which").map(String::as_str);
    // What is wrong with the command line is told before anything is opened.
    let new = match (action, which) {
        ("add", Some(name)) => Some(new(name, matches)?),
        ("list", None) | ("show" | "remove", Some(_)) => None,
        ("list", Some(_)) => return Err("`client list` takes no name".to_owned()),
        _ => return Err(format!("say which client: client {action} NAME")),
    };
    let storage = wire::open(&configured.settings).await?;
    let clients = Clients {
        store: &*storage.database,
        permit: Permit::for_the_server("clients are registered by whoever may write the data folder"),
        now: clock::now(),
    };
    let done = match (action, new, which) {
        ("add", Some(new), _) => clients.add(new).await,
        ("show", _, Some(id)) => clients.show(id).await,
        ("remove", _, Some(id)) => clients.remove(id).await,
        _ => clients.list().await,
    };
    storage.database.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// A client to be added, and the secret that is told once.
struct New {
    client: Client,
    secret: Option<String>,
}

fn new(name: &str, matches: &ArgMatches) -> Result<New, String> {
    let text = |name| matches.get_one::<String>(name).map(String::as_str);
    let many = |name| matches.get_many::<String>(name).into_iter().flatten().cloned().collect::<Vec<_>>();
    if name.trim().is_empty() || name.chars().count() > NAME_LENGTH_MAX || name.chars().any(char::is_control)
    {
        return Err(format!("`{name}` cannot be a name: 1 to {NAME_LENGTH_MAX} characters were expected"));
    }
    let id = text("id").map_or_else(made_up_id, str::to_owned);
    if !client::is_id(&id) {
        return Err(format!("`{id}` cannot be an id: letters, digits, `-`, `.`, `_` and `~` were expected"));
    }
    let (kind, secret) = kind(text("kind"), text("jwks"))?;
    let redirect_uris = many("redirect-uri");
    let scopes = scopes(text("scope").ok_or("say what it may be granted: --scope \"patient/*.rs\"")?)?;
    let grant_types = grant_types(&many("grant-type"), (&kind, &redirect_uris))?;
    check_redirect_uris(&redirect_uris, &grant_types)?;
    if grant_types.contains(&GrantType::ClientCredentials) && !matches!(kind, Kind::Asymmetric(_)) {
        return Err("`client_credentials` is for clients with keys: --kind asymmetric".to_owned());
    }
    let client = Client {
        id,
        name: name.to_owned(),
        kind,
        redirect_uris,
        scopes: scopes.to_string(),
        grant_types,
        origins: many("origin"),
        launch_url: text("launch-url").map(str::to_owned),
        disabled: false,
        registered_at: clock::now(),
    };
    Ok(New { client, secret })
}

fn made_up_id() -> String {
    let chance = (random::secrets())();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&chance[..16]);
    random::dashed(bytes).to_string()
}

fn kind(kind: Option<&str>, jwks: Option<&str>) -> Result<(Kind, Option<String>), String> {
    match (kind, jwks) {
        (Some("public"), None) => Ok((Kind::Public, None)),
        (Some("symmetric"), None) => {
            let secret = token::text((random::secrets())());
            Ok((Kind::Symmetric { secret: token::digest(&secret) }, Some(secret)))
        }
        (Some("asymmetric"), Some(file)) => {
            let json =
                std::fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
            KeySet::parse(&json).map_err(|why| {
                format!("{file} is not a set of public keys for RS384 or ES384, each with a `kid`: {why:?}")
            })?;
            Ok((Kind::Asymmetric(KeySource::Inline(json)), None))
        }
        (Some("asymmetric"), None) => Err("say where its public keys are: --jwks FILE".to_owned()),
        (Some(_), Some(_)) => Err("only clients with keys have a --jwks".to_owned()),
        (_, _) => Err("say how it shows who it is: --kind public, symmetric or asymmetric".to_owned()),
    }
}

fn scopes(text: &str) -> Result<Scopes, String> {
    let parsed = Scopes::parse(text, Definitions::r4().resource_types());
    match parsed.dropped.first() {
        Some(dropped) => Err(format!("`{}` is not a scope that can be granted", dropped.text)),
        None if parsed.scopes.is_empty() => {
            Err("a client that may be granted nothing is of no use".to_owned())
        }
        None => Ok(parsed.scopes),
    }
}

/// The grant types that are named, or those that the client's kind and redirect URIs speak for.
fn grant_types(
    named: &[String],
    (kind, redirect_uris): (&Kind, &[String]),
) -> Result<Vec<GrantType>, String> {
    if named.is_empty() {
        return Ok(match (kind, redirect_uris) {
            (Kind::Asymmetric(_), []) => vec![GrantType::ClientCredentials],
            _ => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        });
    }
    let read = |text: &String| GrantType::parse(text).ok_or_else(|| format!("`{text}` is not a grant type"));
    named.iter().map(read).collect()
}

fn check_redirect_uris(uris: &[String], grant_types: &[GrantType]) -> Result<(), String> {
    if grant_types.contains(&GrantType::AuthorizationCode) && uris.is_empty() {
        return Err("say where browsers are sent back to: --redirect-uri URI".to_owned());
    }
    if uris.len() > REDIRECT_URIS_MAX {
        return Err(format!("a client has at most {REDIRECT_URIS_MAX} redirect URIs"));
    }
    let check = |uri: &String| {
        check_redirect_uri(uri).map_err(|why| format!("`{uri}` cannot be a redirect URI: {why}"))
    };
    uris.iter().try_for_each(check)
}

/// The clients of a store.
struct Clients<'a> {
    store: &'a dyn Grants,
    permit: Permit,
    now: Instant,
}

impl Clients<'_> {
    async fn add(&self, new: New) -> Result<(), String> {
        let New { client, secret } = new;
        let (kind, id) = (client::KIND.to_owned(), client.id.clone());
        let grant = Grant { kind, id, value: client.to_json().into(), expires_at: None };
        if !self.store.grant_first(&self.permit, grant, self.now).await.map_err(failed)? {
            return Err(format!("`{}` is taken; remove that client first", client.id));
        }
        tell(&format!("client_id: {}", client.id));
        if let Some(secret) = secret {
            tell(&format!("client_secret: {secret}"));
            tell("The secret is not kept and cannot be told again.");
        }
        Ok(())
    }

    async fn list(&self) -> Result<(), String> {
        let mut after: Option<String> = None;
        loop {
            let page = GrantPage { after: after.as_deref(), count: PAGE, now: self.now };
            let found = self.store.list(&self.permit, client::KIND, page).await.map_err(failed)?;
            let Some(last) = found.last() else { return Ok(()) };
            after = Some(last.id.clone());
            for client in found.iter().filter_map(|grant| Client::from_json(&grant.value)) {
                tell(&format!("{}  {}  {}", client.id, shown(&client.kind), client.name));
            }
        }
    }

    async fn show(&self, id: &str) -> Result<(), String> {
        let found = self.store.granted(&self.permit, client::KIND, id, self.now).await.map_err(failed)?;
        let client = found.and_then(|grant| Client::from_json(&grant.value));
        let client = client.ok_or_else(|| format!("`{id}` is not a client"))?;
        tell(&format!("client_id: {}", client.id));
        tell(&format!("name: {}", client.name));
        tell(&format!("kind: {}", shown(&client.kind)));
        tell(&format!("scope: {}", client.scopes));
        let grant_types = client.grant_types.iter().map(|grant_type| grant_type.as_str());
        grant_types.for_each(|grant_type| tell(&format!("grant_type: {grant_type}")));
        client.redirect_uris.iter().for_each(|uri| tell(&format!("redirect_uri: {uri}")));
        client.origins.iter().for_each(|origin| tell(&format!("origin: {origin}")));
        client.launch_url.iter().for_each(|url| tell(&format!("launch_url: {url}")));
        tell(&format!("registered: {}", client.registered_at));
        Ok(())
    }

    /// Its tokens end with it.
    async fn remove(&self, id: &str) -> Result<(), String> {
        let taken = self.store.redeem(&self.permit, client::KIND, id, self.now).await.map_err(failed)?;
        taken.ok_or_else(|| format!("`{id}` is not a client"))?;
        tell(&format!("removed {id}"));
        Ok(())
    }
}

fn shown(kind: &Kind) -> &'static str {
    match kind {
        Kind::Public => "public",
        Kind::Symmetric { .. } => "symmetric",
        Kind::Asymmetric(_) => "asymmetric",
    }
}

fn failed(error: store::Error) -> String {
    format!("the clients could not be reached: {error}")
}
