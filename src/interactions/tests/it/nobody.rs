//! Is whoever is not signed in refused, whatever they ask for?

use access::{Principal, Verb};
use bytes::Bytes;
use futures_util::stream;
use interactions::operation::{Call, Target};
use interactions::{
    Conditional, Content, Criteria, Handling, HistoryRequest, Interaction, MetadataMode, Offer,
    PatchDocument, Shape, binary,
};
use model::VersionId;
use store::Expectation::Anything;
use store::Scope;

use crate::ground::{
    Ground, OPERATIONS, bundle, create, delete, entry, key, object, patch, search, told, update,
};

const REFUSED: &str = "unauthenticated";

/// A server that holds `Patient/7` and the bytes of no blob.
async fn ground() -> Ground {
    let ground = Ground::new();
    ground.check(update("Patient/7", Anything), "Created Patient/7/_history/1").await;
    ground
}

/// Asks as nobody, and makes sure that nothing comes of it.
async fn check(ground: &Ground, interaction: Interaction, what: &str) {
    let answer = interactions::run(&ground.context, &Principal::Nobody, interaction).await;
    assert_eq!(told(&answer), REFUSED, "{what}");
    assert_eq!(ground.stored().await, ["Patient/7/_history/1"], "{what}");
    assert!(ground.blobs().await.is_empty(), "{what}");
}

/// Requests that an open server does.
fn asks_for(offer: &Offer) -> Interaction {
    let history = |scope| {
        let handling = Handling::default();
        Interaction::History(HistoryRequest { scope, parameters: Vec::new(), handling })
    };
    let patient = key("Patient/7");
    match offer.code {
        "update" | "patch" | "delete" if offer.shape == Shape::Type => on_condition(offer.code),
        "read" => Interaction::Read(patient),
        "vread" => Interaction::Vread(patient, VersionId(1)),
        "create" => create(),
        "update" => update("Patient/8", Anything),
        "patch" => patch("Patient/7", Anything),
        "delete" => delete("Patient/7"),
        "history-instance" => history(Scope::Instance(patient)),
        "history-type" => history(Scope::Type(patient.resource_type)),
        "history-system" => history(Scope::System),
        "search-type" | "search-system" => search("Patient", "_id=7"),
        "batch" | "transaction" => bundle(offer.code, &entries()),
        "capabilities" => Interaction::Metadata(MetadataMode::Full),
        "operation" => Interaction::Operation(&OPERATIONS[0], Call::new(Target::System, None, &Vec::new())),
        code => panic!("`{code}` is new: say here how it is asked for"),
    }
}

/// A write on a condition, which `Patient/7` is the only one to meet.
fn on_condition(code: &str) -> Interaction {
    let criteria = Criteria::read(key("Patient/7").resource_type, "_id=7").expect("well-formed");
    let resource = || object(r#"{"resourceType":"Patient"}"#);
    let expect = Anything;
    let change = match code {
        "update" => Conditional::Update { content: Content::Resource(resource()), expect },
        "patch" => Conditional::Patch { patch: PatchDocument::Merge(resource().into()), expect },
        "delete" => Conditional::Delete { expect },
        _ => Conditional::Create(Content::Resource(resource())),
    };
    Interaction::Conditional { criteria, change }
}

/// What a Bundle can ask for, a Binary with its bytes included.
fn entries() -> Vec<String> {
    let binary = r#"{"resourceType":"Binary","contentType":"text/plain","data":"SGVsbG8="}"#;
    let request = r#"{"method":"POST","url":"Binary"}"#;
    let upload = format!(r#"{{"resource":{binary},"request":{request}}}"#);
    vec![
        entry::create(),
        entry::update("Patient/8"),
        entry::patch("Patient/7"),
        entry::delete("Patient/9"),
        entry::update("Patient/10").replace("Patient/10", "Patient?_id=10"),
        entry::delete("Patient?_id=9"),
        entry::create().replace(r#""url""#, r#""ifNoneExist":"_id=7","url""#),
        entry::look("Patient/7"),
        entry::look("Patient/7/_history/1"),
        entry::look("Patient/7/_history"),
        entry::look("Patient/_history"),
        entry::look("_history"),
        entry::look("Patient?_id=7"),
        entry::look("?_type=Patient"),
        entry::look("Patient/7/Observation"),
        entry::look("metadata"),
        entry::look("$probe"),
        upload,
    ]
}

#[tokio::test]
async fn nobody_is_refused_every_interaction() {
    let ground = ground().await;
    for offer in interactions::ALL {
        check(&ground, asks_for(offer), offer.code).await;
    }
}

#[tokio::test]
async fn nobody_is_refused_a_create_on_a_condition() {
    check(&ground().await, on_condition("create"), "create").await;
}

#[tokio::test]
async fn the_same_requests_are_done_where_anyone_may() {
    for offer in interactions::ALL {
        let answer = ground().await.run(asks_for(offer)).await;
        let answer = told(&answer);
        // A Bundle answers with the status of each entry, everything else with the name of what it did.
        let is_done = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase() || first == '2');
        assert!(answer.split(", ").all(is_done), "{}: {answer}", offer.code);
    }
}

#[tokio::test]
async fn nobody_is_refused_every_entry_of_a_bundle() {
    let ground = ground().await;
    for entry in entries() {
        for kind in ["batch", "transaction"] {
            check(&ground, bundle(kind, &[&entry]), &entry).await;
        }
    }
}

#[tokio::test]
async fn the_raw_bytes_that_nobody_sends_are_not_kept() {
    let ground = ground().await;
    for verb in [Verb::Create, Verb::Update] {
        let sent = || Box::pin(stream::once(async { Ok(Bytes::from_static(b"raw")) }));
        let demand = (verb, key("Binary/b").resource_type);
        let refused = binary::receive(&ground.context, &Principal::Nobody, demand, sent()).await;
        assert_eq!(refused.expect_err("refused").code().as_str(), REFUSED);
        assert!(ground.blobs().await.is_empty());
        let kept = binary::receive(&ground.context, &Principal::Open, demand, sent()).await;
        let kept = kept.expect("an open server keeps them").id;
        assert_eq!(ground.blobs().await, [kept]);
        ground.context.blobs.remove(kept, model::Instant(i64::MAX)).await.expect("the blob is there");
    }
}
