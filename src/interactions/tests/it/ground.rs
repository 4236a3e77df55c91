//! On what ground do these tests stand?
//!
//! A context over a store in memory, and what came of an interaction as a line of text.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use access::{Demand, Permit, Principal, Verb};
use blobs::Folder;
use fhir_profiles::Definitions;
use fulltext::Index;
use interactions::operation::Level;
use interactions::words::Following;
use interactions::{
    Answer, Content, Context, Failure, Interaction, Library, Operation, PatchDocument, Place, Policy,
    Returning, Scrutiny, SearchRequest, aside, parse_pairs, parse_place,
};
use model::{Clock, Id, Instant, Key, Object, Value, json};
use store::blobs::Blobs as _;
use store::{BlobId, Expectation, Resources as _, Version};
use tempfile::TempDir;

use crate::rigged::Rigged;

/// An operation that answers its own call.
pub(crate) static OPERATIONS: &[Operation] = &[Operation {
    name: "probe",
    definition: "urn:example:probe",
    verb: Verb::Read,
    levels: &[Level::System],
    types: &[],
    run: |_, _, call| Box::pin(async { Ok(Answer::Resource(call.arguments.clone().into())) }),
}];

/// Read once: what the rules compile at their first use need not be compiled for each test.
static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| Arc::new(Library::r4()));

/// A server without HTTP, which calls new resources `new-1`, `new-2` and so on.
pub(crate) struct Ground {
    pub(crate) context: Context,
    pub(crate) store: Arc<Rigged>,
    folder: Arc<Folder>,
    _place: TempDir,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().expect("a temporary folder can be made");
        let folder = Arc::new(Folder::open(place.path()).expect("the folder is new"));
        let clock: Clock = Arc::new(|| Instant(1));
        let store = Arc::new(Rigged::new(Arc::clone(&clock)));
        let number = AtomicUsize::new(1);
        let base_url = "http://here.example/fhir".to_owned();
        let context = Context {
            store: interactions::kept(store.clone(), Arc::clone(&LIBRARY), &base_url),
            blobs: folder.clone(),
            words: Arc::new(Following(Index::in_memory().expect("an index in memory"))),
            definitions: Definitions::r4(),
            library: Arc::clone(&LIBRARY),
            operations: OPERATIONS,
            aside: aside::on_the_spot(),
            clock,
            random: Arc::new(|| [7; 32]),
            new_id: Arc::new(move || {
                let id = format!("new-{}", number.fetch_add(1, Ordering::Relaxed));
                Id::parse(&id).expect("letters, a dash and digits")
            }),
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
        Self { context, store, folder, _place: place }
    }

    /// A server that chooses all ids itself.
    pub(crate) fn without_client_ids() -> Self {
        let mut ground = Self::new();
        ground.context.policy.client_ids = false;
        ground
    }

    pub(crate) async fn run(&self, interaction: Interaction) -> Result<Answer, Failure> {
        interactions::run(&self.context, &Principal::Open, interaction).await
    }

    /// Runs the interaction and compares what came of it, as [`told`] tells it.
    pub(crate) async fn check(&self, interaction: Interaction, expected: &str) {
        assert_eq!(told(&self.run(interaction).await), expected);
    }

    /// Every version that is stored, as `Patient/7/_history/1`, oldest first.
    pub(crate) async fn stored(&self) -> Vec<String> {
        let versions = self.store.changes(&permit(), Instant(i64::MIN), usize::MAX).await;
        versions.expect("memory answers").iter().map(place).collect()
    }

    /// Every blob that is stored.
    pub(crate) async fn blobs(&self) -> Vec<BlobId> {
        self.folder.list(Instant(i64::MAX)).await.expect("the folder is there")
    }

    /// The JSON of the current version.
    pub(crate) async fn json(&self, of: &str) -> String {
        let version = self.store.read(&permit(), &key(of)).await.expect("memory answers");
        let json = version.and_then(|version| version.json).expect("the resource stands");
        String::from_utf8(json.into()).expect("JSON is UTF-8")
    }
}

/// What came of an interaction: the version, the statuses of a Bundle, or the code and place of the
/// first complaint.
pub(crate) fn told(outcome: &Result<Answer, Failure>) -> String {
    match outcome {
        Ok(Answer::Version(version)) => place(version),
        Ok(Answer::Written(written)) => {
            let version = written.version.as_ref().map(place).unwrap_or_default();
            format!("{:?} {version}", written.effect)
        }
        Ok(Answer::Bundle(bytes)) => of_bundle(&json::parse(bytes).expect("the answer is JSON")),
        Ok(Answer::Again(bytes)) => {
            let resource = json::parse(bytes).expect("the answer is JSON");
            resource.text("resourceType").unwrap_or_default().to_owned()
        }
        Ok(Answer::Resource(resource)) => resource.text("resourceType").unwrap_or_default().to_owned(),
        Err(failure) => {
            let at = failure.issues[0].expression.as_ref().map(|at| format!(" at {at}"));
            format!("{}{}", failure.code().as_str(), at.unwrap_or_default())
        }
    }
}

fn place(version: &Version) -> String {
    format!("{}/_history/{}", version.key, version.version)
}

/// What was found, as `Found Patient/7 Patient/8+` where the second is included; or the status of each entry.
fn of_bundle(bundle: &Value) -> String {
    let entries = bundle.get("entry").map(Value::items).unwrap_or_default();
    let statuses = |entry: &Value| entry.get("response")?.text("status").map(str::to_owned);
    if bundle.text("type") != Some("searchset") {
        let statuses = entries.iter().map(|entry| statuses(entry).expect("each entry has a status"));
        return statuses.collect::<Vec<_>>().join(", ");
    }
    let found = entries.iter().map(|entry| {
        let resource = entry.get("resource").expect("each entry has a resource");
        let part = |name| resource.text(name).unwrap_or_default();
        match entry.get("search").and_then(|search| search.text("mode")) {
            Some("match") => format!(" {}/{}", part("resourceType"), part("id")),
            Some("include") => format!(" {}/{}+", part("resourceType"), part("id")),
            _ => format!(" {}", codes(resource).join(" ")),
        }
    });
    format!("Found{}", found.collect::<String>())
}

/// The stable codes of an OperationOutcome.
fn codes(outcome: &Value) -> Vec<&str> {
    fn code(issue: &Value) -> Option<&str> {
        issue.get("details")?.get("coding")?.items().first()?.text("code")
    }
    outcome.get("issue").map(Value::items).unwrap_or_default().iter().filter_map(code).collect()
}

pub(crate) fn permit() -> Permit {
    access::decide(&Principal::Open, &Demand::System(Verb::History)).expect("an open server permits")
}

pub(crate) fn key(text: &str) -> Key {
    match parse_place(text, Definitions::r4()) {
        Ok(Place::Instance(key)) => key,
        other => panic!("{text} is no resource but {other:?}"),
    }
}

pub(crate) fn object(text: &str) -> Object {
    match json::parse(text.as_bytes()).expect("the test's JSON is well-formed") {
        Value::Object(object) => object,
        other => panic!("{other:?} is no object"),
    }
}

/// A POST of a Patient.
pub(crate) fn create() -> Interaction {
    let content = Content::Resource(object(r#"{"resourceType":"Patient"}"#));
    Interaction::Create { resource_type: key("Patient/x").resource_type, content }
}

/// A PUT of a resource that says nothing but what it is.
pub(crate) fn update(of: &str, expect: Expectation) -> Interaction {
    let key = key(of);
    let text = format!(r#"{{"resourceType":"{}","id":"{}"}}"#, key.resource_type, key.id);
    Interaction::Update { content: Content::Resource(object(&text)), key, expect }
}

/// A PATCH that makes a Patient active.
pub(crate) fn patch(of: &str, expect: Expectation) -> Interaction {
    let patch = PatchDocument::Merge(object(r#"{"active":true}"#).into());
    Interaction::Patch { key: key(of), patch, expect }
}

pub(crate) fn delete(of: &str) -> Interaction {
    Interaction::Delete { key: key(of), expect: Expectation::Anything }
}

/// A search at a place, by a query.
pub(crate) fn search(place: &str, query: &str) -> Interaction {
    let place = parse_place(place, Definitions::r4()).expect("the test's place is one");
    let pairs = parse_pairs(query).expect("the test's query is well-formed");
    let request = SearchRequest::at(&place).expect("it can be searched").with(pairs);
    Interaction::Search(request.expect("what only shapes the answer is understood"))
}

/// A Bundle of entries, each given as its JSON.
pub(crate) fn bundle(kind: &str, entries: &[impl AsRef<str>]) -> Interaction {
    let entries: Vec<_> = entries.iter().map(AsRef::as_ref).collect();
    let text = format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","));
    Interaction::Bundle { bundle: object(&text), returning: Returning::Minimal }
}

/// Entries that ask for what [`create`], [`update`], [`patch`] and [`delete`] ask for.
pub(crate) mod entry {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    pub(crate) fn create() -> String {
        r#"{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}"#.to_owned()
    }

    pub(crate) fn update(of: &str) -> String {
        let (resource_type, id) = of.split_once('/').expect("type and id");
        let resource = format!(r#"{{"resourceType":"{resource_type}","id":"{id}"}}"#);
        format!(r#"{{"resource":{resource},"request":{{"method":"PUT","url":"{of}"}}}}"#)
    }

    /// The same as [`update`], on the condition that this version is current.
    pub(crate) fn update_if(of: &str, version: u64) -> String {
        let method = r#""method":"PUT""#;
        update(of).replace(method, &format!(r#"{method},"ifMatch":"W/\"{version}\"""#))
    }

    pub(crate) fn patch(of: &str) -> String {
        let data = STANDARD.encode(r#"{"active":true}"#);
        let content_type = "application/merge-patch+json";
        let resource =
            format!(r#"{{"resourceType":"Binary","contentType":"{content_type}","data":"{data}"}}"#);
        format!(r#"{{"resource":{resource},"request":{{"method":"PATCH","url":"{of}"}}}}"#)
    }

    pub(crate) fn delete(of: &str) -> String {
        asks("DELETE", of)
    }

    pub(crate) fn look(url: &str) -> String {
        asks("GET", url)
    }

    fn asks(method: &str, url: &str) -> String {
        format!(r#"{{"request":{{"method":"{method}","url":"{url}"}}}}"#)
    }
}
