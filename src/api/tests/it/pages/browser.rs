//! How does a browser go through the pages?
//!
//! It keeps cookies, sends forms with what they hold, and says whose page it was on, as browsers do.

use std::collections::BTreeMap;

use access::account::Account;
use access::client::{Client, GrantType, Kind};
use access::password::{Cost, SALT_BYTES, hash};
use access::{Permit, Principal, client, person};
use api::accounts::Accounts;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use interactions::{Content, Interaction};
use model::{Id, Instant, Key, ResourceType, Value, json};
use store::{Expectation, Grant, Grants as _};

use crate::ground::{Answer, Ground, request};

pub(super) const ORIGIN: &str = "http://here.example";
pub(super) const PASSWORD: &str = "yellow tractor on a hill";
pub(super) const BACK: &str = "https://app.example/back";

/// What a patient's app asks for, unless a test says otherwise.
pub(super) const SCOPE: &str = "openid fhirUser offline_access launch/patient patient/Patient.rs patient/Observation.rs patient/Condition.rs";

/// A browser with its cookies.
#[derive(Default)]
pub(super) struct Browser {
    pub(super) cookies: BTreeMap<String, String>,
}

/// A form on a page: where it goes, and what it holds.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Form {
    /// The same with a field set.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without these fields.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }
}

impl Browser {
    pub(super) async fn get(&mut self, ground: &Ground, url: &str) -> Answer {
        let mut request = request("GET", path(url), Body::empty());
        request.headers_mut().remove("content-type");
        self.send(ground, request).await
    }

    /// Goes on until a page is shown, or a place beyond this server is named.
    pub(super) async fn follow(&mut self, ground: &Ground, mut answer: Answer) -> Answer {
        for _ in 0..8 {
            let Some(next) = answer.header("location").filter(|next| next.starts_with('/')) else { break };
            let next = next.to_owned();
            answer = self.get(ground, &next).await;
        }
        answer
    }

    /// Sends a form from the page it stands on.
    pub(super) async fn submit(&mut self, ground: &Ground, form: &Form) -> Answer {
        self.submit_from(ground, form, Some(ORIGIN)).await
    }

    /// Sends a form from a page at this origin, or from one that hides it.
    pub(super) async fn submit_from(&mut self, ground: &Ground, form: &Form, origin: Option<&str>) -> Answer {
        let pairs = form.fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
        let mut request = request("POST", &form.action, pairs.collect::<Vec<_>>().join("&"));
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().expect("a header"));
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().expect("a header"));
        }
        self.send(ground, request).await
    }

    async fn send(&mut self, ground: &Ground, mut request: Request<Body>) -> Answer {
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert("cookie", cookies.join("; ").parse().expect("a header"));
        }
        let answer = ground.ask(request).await;
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().expect("cookies are text");
            let (pair, attributes) = set.split_once(';').expect("cookies have attributes");
            let (name, value) = pair.split_once('=').expect("cookies have values");
            match attributes.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    /// Opens the app's request and gives name and password.
    pub(super) async fn sign_in(&mut self, ground: &Ground, (scope, login): (&str, &str)) -> Answer {
        let begun = self.get(ground, &authorize(&[("scope", scope)])).await;
        let page = self.follow(ground, begun).await;
        let form = forms(&page).remove(0).with("login", login).with("password", PASSWORD);
        let answer = self.submit(ground, &form).await;
        self.follow(ground, answer).await
    }
}

/// An authorization request with some parameters changed, or left out where the value is empty.
pub(super) fn authorize(changes: &[(&str, &str)]) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", BACK),
        ("scope", SCOPE),
        ("state", "st&te"),
        ("aud", "http://here.example/fhir"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let mut pairs: BTreeMap<&str, &str> = usual.into_iter().collect();
    pairs.extend(changes.iter().copied());
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", escape(value))).collect();
    format!("/auth/authorize?{}", pairs.join("&"))
}

/// A server with an app, two patients and the people who sign in.
pub(super) async fn ground() -> Ground {
    let ground = Ground::with_sign_in();
    for patient in [
        r#"{"resourceType":"Patient","id":"7","name":[{"family":"Gómez","given":["Ana"]}],"birthDate":"1985-04-23"}"#,
        r#"{"resourceType":"Patient","id":"8","name":[{"text":"<b>Bob</b>","family":"Bobson"}],"birthDate":"1990-01-01"}"#,
    ] {
        put(&ground, patient).await;
    }
    keep_client(&ground, &app()).await;
    for (login, role, user) in [
        ("ana", "patient", Some("Patient/7")),
        ("doctor", "doctor", Some("Practitioner/1")),
        ("away", "patient", Some("Patient/404")),
    ] {
        keep_account(&ground, &account(login, role, user)).await;
    }
    ground
}

/// Stores a resource behind the server's back.
async fn put(ground: &Ground, resource: &str) {
    let Ok(Value::Object(resource)) = json::parse(resource.as_bytes()) else { panic!("an object") };
    let id = resource.get("id").and_then(Value::as_str).and_then(Id::parse).expect("an id");
    let key = Key::new(ResourceType::known("Patient"), id);
    let content = Content::Resource(resource);
    let put = Interaction::Update { key, content, expect: Expectation::Anything };
    let stored = interactions::run(&ground.app.context, &Principal::Open, put).await;
    assert!(stored.is_ok(), "the patient is stored");
}

pub(super) fn app() -> Client {
    Client {
        id: "app".to_owned(),
        name: "Heart <i>App</i>".to_owned(),
        kind: Kind::Public,
        redirect_uris: vec![BACK.to_owned()],
        scopes: "openid fhirUser offline_access online_access launch/patient patient/*.cruds user/*.cruds"
            .to_owned(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        origins: Vec::new(),
        launch_url: None,
        disabled: false,
        registered_at: Instant(0),
    }
}

pub(super) async fn keep_client(ground: &Ground, app: &Client) {
    let value = Bytes::from(app.to_json());
    let grant = Grant { kind: client::KIND.to_owned(), id: app.id.clone(), value, expires_at: None };
    ground.store.grant(&Permit::for_the_server("tests"), grant).await.expect("memory answers");
}

pub(super) fn account(login: &str, role: &str, user: Option<&str>) -> Account {
    Account {
        id: format!("account-{login}"),
        login: login.to_owned(),
        name: format!("Name of {login}"),
        role: role.to_owned(),
        fhir_user: user.map(|user| person::parse_person(user).expect("a person")),
        // Cheap, so that the hash is made again at the first sign-in.
        password: Some(hash(PASSWORD, &[1; SALT_BYTES], Cost { kibibytes: 8, passes: 1 })),
        disabled: false,
        sessions_since: Instant(0),
    }
}

pub(super) async fn keep_account(ground: &Ground, account: &Account) {
    accounts(ground).keep(account).await.expect("memory answers");
}

pub(super) fn accounts(ground: &Ground) -> Accounts<'_> {
    Accounts::new(&*ground.store, Instant(0))
}

/// The grants of a kind, as text.
pub(super) async fn kept(ground: &Ground, kind: &str) -> Vec<String> {
    let page = store::GrantPage { after: None, count: 1000, now: Instant(0) };
    let kept = ground.store.list(&Permit::for_the_server("tests"), kind, page).await.expect("memory answers");
    kept.iter().map(|grant| String::from_utf8_lossy(&grant.value).into_owned()).collect()
}

/// The forms of a page, with what they hold before anybody types.
pub(super) fn forms(page: &Answer) -> Vec<Form> {
    let parts = page.body.split("<form ").skip(1);
    let form = |part: &str| {
        let inside = part.split("</form>").next().unwrap_or_default();
        let action = attribute(inside, "action").expect("a form says where it goes");
        let inputs = inside.split("<input ").skip(1).map(|input| input.split('>').next().unwrap_or_default());
        let sent = inputs.filter(|input| !input.contains("type=\"checkbox\"") || input.contains(" checked"));
        let field =
            |input: &str| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()));
        Form { action, fields: sent.filter_map(field).collect() }
    };
    parts.map(form).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(|value| value.replace("&amp;", "&"))
}

fn path(url: &str) -> &str {
    url.strip_prefix(ORIGIN).unwrap_or(url)
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
