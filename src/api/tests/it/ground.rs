//! On what ground do these tests stand?
//!
//! The router over a store in memory, asked without a network.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use access::{Demand, Permit, Principal, Verb};
use api::{App, Origins, Settings};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use blobs::Folder;
use fhir_profiles::Definitions;
use http_body_util::BodyExt as _;
use interactions::operation::{Level, Operation};
use interactions::{Context, Library, Policy, Scrutiny, aside};
use model::{Clock, Id, Instant};
use serde_json::Value;
use store::{Blobs as _, Resources as _};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::rigged::Rigged;

/// An operation that answers its own call.
static OPERATIONS: &[Operation] = &[Operation {
    name: "probe",
    definition: "urn:example:probe",
    verb: Verb::Read,
    levels: &[Level::System],
    types: &[],
    run: |_, _, call| Box::pin(async { Ok(interactions::Answer::Resource(call.arguments.clone().into())) }),
}];

/// A Patient as a body.
pub(crate) const PATIENT: &str = r#"{"resourceType":"Patient","id":"7"}"#;

/// Bytes that differ each time and repeat from run to run.
fn counted() -> interactions::Random {
    let count = std::sync::atomic::AtomicU64::new(1);
    Arc::new(move || {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&count.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        bytes
    })
}

/// A server without a network.
pub(crate) struct Ground {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<Rigged>,
    router: Router,
    folder: Arc<Folder>,
    time: Arc<AtomicI64>,
    _place: TempDir,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Ground {
    /// An open server for pages of this machine.
    pub(crate) fn new() -> Self {
        Self::with(Settings { body_bytes_max: 1 << 20, cors_origins: Origins::Loopback, open: true })
    }

    /// A server where people sign in; no key signs anything there.
    pub(crate) fn with_sign_in() -> Self {
        let settings = Settings { body_bytes_max: 1 << 20, cors_origins: Origins::Loopback, open: false };
        Self::made(settings, |app| app.with_sign_in(api::SignIn::new(access::keys::Signing::new([]))))
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::made(settings, |app| app)
    }

    fn made(settings: Settings, finish: impl FnOnce(App) -> App) -> Self {
        let place = tempfile::tempdir().expect("a temporary folder can be made");
        let folder = Arc::new(Folder::open(place.path()).expect("the folder is new"));
        let time = Arc::new(AtomicI64::new(0));
        let clock: Clock = {
            let time = Arc::clone(&time);
            Arc::new(move || Instant(time.load(Ordering::Relaxed)))
        };
        let store = Arc::new(Rigged::new(Arc::clone(&clock)));
        let number = AtomicUsize::new(1);
        let library = Arc::new(Library::r4());
        let base_url = "http://here.example/fhir".to_owned();
        let context = Context {
            store: interactions::kept(store.clone(), Arc::clone(&library), &base_url),
            blobs: folder.clone(),
            definitions: Definitions::r4(),
            library,
            operations: OPERATIONS,
            aside: aside::on_the_spot(),
            clock,
            random: counted(),
            new_id: Arc::new(move || {
                let id = format!("new-{}", number.fetch_add(1, Ordering::Relaxed));
                Id::parse(&id).expect("letters, a dash and digits")
            }),
            words: Arc::new(interactions::words::Nowhere),
            secret: Arc::new([7; 32]),
            policy: Policy {
                base_url,
                client_ids: true,
                scrutiny: Scrutiny::default(),
                oauth_uris: Vec::new(),
                software_version: "0".to_owned(),
                started_at: Instant(0),
            },
        };
        let app = Arc::new(finish(App::new(context, settings)));
        app.ready.store(true, Ordering::Release);
        Self { router: api::router(Arc::clone(&app)), app, store, folder, time, _place: place }
    }

    /// Lets so many microseconds go by.
    pub(crate) fn wind(&self, micros: i64) {
        self.time.fetch_add(micros, Ordering::Relaxed);
    }

    /// The work for a request, not begun.
    pub(crate) fn begin(&self, request: Request<Body>) -> impl Future<Output = Response> + use<> {
        let answer = self.router.clone().oneshot(request);
        async { answer.await.expect("the router answers everything") }
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.begin(request).await.into_parts();
        let body = body.collect().await.expect("the answer is whole").to_bytes();
        let body = String::from_utf8(body.into()).expect("the answer is text");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.ask(request("GET", url, Body::empty())).await
    }

    /// How many versions are stored.
    pub(crate) async fn versions(&self) -> usize {
        let permit: Permit =
            access::decide(&Principal::Open, &Demand::System(Verb::History)).expect("an open server permits");
        let versions = self.store.changes(&permit, Instant(i64::MIN), usize::MAX).await;
        versions.expect("memory answers").len()
    }

    /// How many blobs are stored.
    pub(crate) async fn blobs(&self) -> usize {
        self.folder.list(Instant(i64::MAX)).await.expect("the folder is there").len()
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("our headers are text"))
    }

    /// Status, code and severity of a complaint: `504 timeout error`.
    pub(crate) fn complaint(&self) -> String {
        let outcome: Value = serde_json::from_str(&self.body).expect("a complaint is JSON");
        assert_eq!(outcome["resourceType"], "OperationOutcome");
        let issue = &outcome["issue"][0];
        let text = |value: &Value| value.as_str().expect("an OperationOutcome says it").to_owned();
        let code = text(&issue["details"]["coding"][0]["code"]);
        format!("{} {code} {}", self.status.as_u16(), text(&issue["severity"]))
    }
}

/// A request with a body of FHIR's JSON, if it has one.
pub(crate) fn request(method: &str, url: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(method).uri(url).header("content-type", "application/fhir+json");
    request.body(body.into()).expect("the test's request is well-formed")
}
