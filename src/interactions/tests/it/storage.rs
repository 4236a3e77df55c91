//! How is it told that storage failed?

use interactions::{Answer, Conditional, Content, Criteria, Handling, HistoryRequest, Interaction, binary};
use model::{Severity, VersionId};
use store::Expectation::Anything;
use store::{Error, Scope};

use crate::ground::{Ground, bundle, create, delete, entry, key, object, patch, told, update};
use crate::rigged::Fault;

/// What only the operator of the server may know.
const SECRET: &str = "/var/lib/secret.db";

/// Each failure of storage with its code, and its status in an entry of a batch.
fn failures() -> [(Error, &'static str, &'static str); 4] {
    [
        (Error::Overloaded, "overloaded", "503 Service Unavailable"),
        (Error::Full, "storage-full", "507 Insufficient Storage"),
        (Error::Unavailable(SECRET.to_owned()), "storage-unavailable", "503 Service Unavailable"),
        (Error::Corrupt(key("Patient/7")), "corrupt", "500 Internal Server Error"),
    ]
}

/// One of each interaction that uses storage.
fn interactions_of_storage() -> Vec<Interaction> {
    let history = |scope| HistoryRequest { scope, parameters: Vec::new(), handling: Handling::default() };
    vec![
        Interaction::Read(key("Patient/7")),
        Interaction::Vread(key("Patient/7"), VersionId(1)),
        create(),
        update("Patient/7", Anything),
        patch("Patient/7", Anything),
        delete("Patient/7"),
        Interaction::Conditional {
            criteria: Criteria::read(key("Patient/7").resource_type, "_id=7").expect("well-formed"),
            change: Conditional::Delete { expect: Anything },
        },
        Interaction::History(history(Scope::System)),
        Interaction::History(history(Scope::Instance(key("Patient/7")))),
        bundle("transaction", &[entry::create(), entry::delete("Patient/7")]),
    ]
}

#[tokio::test]
async fn every_interaction_tells_how_storage_failed_as_a_fault_of_the_server() {
    let ground = Ground::new();
    for (error, code, _) in failures() {
        ground.store.rig(Fault::Fails(error));
        for interaction in interactions_of_storage() {
            let failure = ground.run(interaction).await.map(|answer| told(&Ok(answer)));
            let failure = failure.expect_err("storage fails");
            assert_eq!(failure.code().as_str(), code);
            assert_eq!(failure.issues[0].severity, Severity::Fatal, "{code}");
            assert!(!failure.issues[0].message.contains(SECRET), "{code}");
        }
    }
}

#[tokio::test]
async fn each_entry_of_a_batch_tells_how_storage_failed() {
    let ground = Ground::new();
    for (error, _, status) in failures() {
        ground.store.rig(Fault::Fails(error));
        let entries = [entry::create(), entry::look("Patient/7"), entry::look("metadata")];
        ground.check(bundle("batch", &entries), &format!("{status}, {status}, 200 OK")).await;
    }
}

#[tokio::test]
async fn a_binary_whose_bytes_are_gone_is_reported_as_corrupt() {
    let ground = Ground::new();
    let content = Content::Resource(object(
        r#"{"resourceType":"Binary","contentType":"text/plain","data":"SGVsbG8="}"#,
    ));
    let resource_type = key("Binary/b").resource_type;
    ground.check(Interaction::Create { resource_type, content }, "Created Binary/new-1/_history/1").await;
    let Ok(Answer::Version(version)) = ground.run(Interaction::Read(key("Binary/new-1"))).await else {
        panic!("the resource stands")
    };
    let whole = binary::whole(&ground.context, &version).await.expect("the bytes are there");
    assert!(String::from_utf8_lossy(&whole).contains(r#""data":"SGVsbG8=""#));
    for blob in ground.blobs().await {
        ground.context.blobs.remove(blob, model::Instant(i64::MAX)).await.expect("the blob is there");
    }
    let lost = binary::whole(&ground.context, &version).await.expect_err("nothing is left to serve");
    assert_eq!((lost.code().as_str(), lost.issues[0].severity), ("corrupt", Severity::Fatal));
    ground.check(patch("Binary/new-1", Anything), "corrupt").await;
}
