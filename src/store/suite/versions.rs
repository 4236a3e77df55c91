//! What stands where something was written?

use model::{Draft, Instant, Value, VersionId, json};

use super::promises;
use super::stage::{START, Stage, delete, draft, key, names, patient, put, told};
use crate::blobs::BlobId;
use crate::resources::Scope;
use crate::transaction::{Change, Method, Write};

promises![
    what_was_created_is_read_back,
    nothing_is_read_where_nothing_was_written,
    every_change_gets_the_next_number_and_leaves_the_earlier_versions_alone,
    ids_that_only_look_alike_are_different_resources,
    a_deletion_is_a_version,
    a_put_over_a_deletion_creates_and_goes_on_counting,
    the_same_content_makes_no_version,
    content_of_an_earlier_version_makes_a_version,
    the_same_content_over_a_deletion_makes_a_version,
    deleting_nothing_changes_nothing,
    deleting_the_deleted_keeps_the_deletion,
    the_blob_is_part_of_the_content,
    the_method_is_told,
    stored_json_is_the_draft_to_the_byte,
    a_megabyte_is_stored_whole,
    a_sound_store_has_nothing_to_complain_of,
];

async fn what_was_created_is_read_back(stage: Stage) {
    let a = patient("a");
    let written = stage.commit(vec![put(&a, "one")]).await;
    assert_eq!(told(&written), "created Patient/a#1");
    let version = written[0].version.clone();
    assert_eq!(version.as_ref().map(|it| it.committed_at), Some(START));
    assert_eq!(stage.read(&a).await, version);
    assert_eq!(stage.vread(&a, 1).await, version);
}

async fn nothing_is_read_where_nothing_was_written(stage: Stage) {
    let a = patient("a");
    assert_eq!(stage.read(&a).await, None);
    assert_eq!(stage.vread(&a, 1).await, None);
    stage.put(&a, "one").await;
    for absent in [0, 2, i64::MAX as u64, u64::MAX] {
        assert_eq!(stage.vread(&a, absent).await, None, "version {absent}");
    }
    assert_eq!(stage.read(&patient("b")).await, None);
    assert_eq!(stage.read(&key("Group", "a")).await, None);
}

async fn every_change_gets_the_next_number_and_leaves_the_earlier_versions_alone(stage: Stage) {
    let a = patient("a");
    let mut versions = Vec::new();
    for text in ["one", "two", "three", "four"] {
        versions.push(stage.put(&a, text).await);
    }
    for (number, version) in (1..).zip(&versions) {
        assert_eq!(version.version, VersionId(number));
        assert_eq!(stage.vread(&a, number).await.as_ref(), Some(version));
    }
    assert_eq!(stage.read(&a).await.as_ref(), versions.last());
}

async fn ids_that_only_look_alike_are_different_resources(stage: Stage) {
    let keys = [
        patient("a"),
        patient("A"),
        key("Group", "a"),
        patient("1"),
        patient("01"),
        patient("1.0"),
        patient("1e0"),
        patient("a.b"),
        patient("a-b"),
        patient(&"x".repeat(64)),
        patient(&"x".repeat(63)),
    ];
    for key in &keys {
        let written = stage.commit(vec![put(key, &key.to_string())]).await;
        assert_eq!(told(&written), format!("created {key}#1"));
    }
    for key in &keys {
        let version = stage.read(key).await.expect("it was written");
        assert_eq!(version.key, *key);
        assert_eq!(
            version.json,
            Some(draft(key, &key.to_string()).render(VersionId(1), version.committed_at))
        );
    }
}

async fn a_deletion_is_a_version(stage: Stage) {
    let a = patient("a");
    let first = stage.put(&a, "one").await;
    let written = stage.commit(vec![delete(&a)]).await;
    assert_eq!(told(&written), "deleted Patient/a#2-");
    let deletion = written[0].version.clone();
    assert_eq!(stage.read(&a).await, deletion);
    assert_eq!(stage.vread(&a, 2).await, deletion);
    assert_eq!(stage.vread(&a, 1).await, Some(first));
}

async fn a_put_over_a_deletion_creates_and_goes_on_counting(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    stage.delete(&a).await;
    assert_eq!(told(&stage.commit(vec![put(&a, "two")]).await), "created Patient/a#3");
    assert_eq!(told(&stage.commit(vec![delete(&a)]).await), "deleted Patient/a#4-");
    assert_eq!(names(&stage.log().await), "Patient/a#1 Patient/a#2- Patient/a#3 Patient/a#4-");
}

async fn the_same_content_makes_no_version(stage: Stage) {
    let a = patient("a");
    let first = stage.put(&a, "one").await;
    stage.set_clock(Instant(START.0 + 5_000_000));
    let written = stage.commit(vec![put(&a, "one")]).await;
    assert_eq!(told(&written), "unchanged Patient/a#1");
    assert_eq!(written[0].version, Some(first.clone()));
    assert_eq!(stage.read(&a).await, Some(first));
    assert_eq!(names(&stage.log().await), "Patient/a#1");
}

async fn content_of_an_earlier_version_makes_a_version(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    stage.put(&a, "two").await;
    assert_eq!(told(&stage.commit(vec![put(&a, "one")]).await), "updated Patient/a#3");
}

async fn the_same_content_over_a_deletion_makes_a_version(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    stage.delete(&a).await;
    assert_eq!(told(&stage.commit(vec![put(&a, "one")]).await), "created Patient/a#3");
}

async fn deleting_nothing_changes_nothing(stage: Stage) {
    let a = patient("a");
    assert_eq!(told(&stage.commit(vec![delete(&a)]).await), "unchanged nothing");
    assert_eq!(stage.read(&a).await, None);
    assert_eq!(names(&stage.log().await), "");
}

async fn deleting_the_deleted_keeps_the_deletion(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    let deletion = stage.delete(&a).await;
    let written = stage.commit(vec![delete(&a)]).await;
    assert_eq!(told(&written), "unchanged Patient/a#2-");
    assert_eq!(written[0].version, Some(deletion));
    assert_eq!(names(&stage.log().await), "Patient/a#1 Patient/a#2-");
}

async fn the_blob_is_part_of_the_content(stage: Stage) {
    let a = key("Binary", "a");
    let with = |blob| {
        let change = Change::Put { draft: draft(&a, "one"), blob, rows: search::Rows::default() };
        vec![Write { change, ..put(&a, "one") }]
    };
    let (first, second) = (Some(BlobId([1; 32])), Some(BlobId([0xff; 32])));
    assert_eq!(told(&stage.commit(with(first)).await), "created Binary/a#1");
    assert_eq!(told(&stage.commit(with(first)).await), "unchanged Binary/a#1");
    assert_eq!(told(&stage.commit(with(second)).await), "updated Binary/a#2");
    assert_eq!(told(&stage.commit(with(None)).await), "updated Binary/a#3");
    stage.delete(&a).await;
    let blobs: Vec<_> = stage.log().await.iter().map(|version| version.blob).collect();
    assert_eq!(blobs, [first, second, None, None]);
    assert_eq!(stage.vread(&a, 1).await.and_then(|version| version.blob), first);
}

async fn the_method_is_told(stage: Stage) {
    let a = patient("a");
    for (text, method) in [("1", Method::Post), ("2", Method::Put), ("3", Method::Patch)] {
        stage.write(Write { method, ..put(&a, text) }).await;
    }
    stage.delete(&a).await;
    let methods: Vec<_> = stage.log().await.iter().map(|version| version.method).collect();
    assert_eq!(methods, [Method::Post, Method::Put, Method::Patch, Method::Delete]);
    assert_eq!(stage.vread(&a, 3).await.map(|version| version.method), Some(Method::Patch));
}

async fn stored_json_is_the_draft_to_the_byte(stage: Stage) {
    let bodies = [
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":"Patient","valueDecimal":1.00,"more":-0.10e+05}"#,
        r#"{"meta":{"profile":["p"]},"id":"other","resourceType":"Patient","text":"Grüße 世界 🩺 e\u0301"}"#,
        r#"{"resourceType":"Patient","text":"\u0000 \u2028 \\ \" % _ ' -- NULL","none":null,"":""}"#,
    ];
    for (place, body) in bodies.into_iter().enumerate() {
        let a = patient(&format!("a{place}"));
        let Ok(Value::Object(resource)) = json::parse(body.as_bytes()) else {
            panic!("the body is an object: {body}")
        };
        let draft = Draft::new(resource, &a.id);
        let change = Change::Put { draft: draft.clone(), blob: None, rows: search::Rows::default() };
        let version = stage.write(Write { change, ..put(&a, "") }).await;
        assert_eq!(version.json, Some(draft.render(VersionId(1), version.committed_at)));
        assert_eq!(stage.read(&a).await.as_ref(), Some(&version), "read {body}");
        assert_eq!(stage.vread(&a, 1).await.as_ref(), Some(&version), "vread {body}");
        assert_eq!(stage.log().await.last(), Some(&version), "history {body}");
    }
}

async fn a_megabyte_is_stored_whole(stage: Stage) {
    let a = patient("a");
    // Text that no compression makes small by mere repetition.
    let mut state = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    })
    .take(1 << 16)
    .collect();
    let version = stage.put(&a, &noise).await;
    assert_eq!(version.json, Some(draft(&a, &noise).render(VersionId(1), version.committed_at)));
    assert_eq!(stage.read(&a).await, Some(version));
    assert_eq!(told(&stage.commit(vec![put(&a, &noise)]).await), "unchanged Patient/a#1");
}

async fn a_sound_store_has_nothing_to_complain_of(stage: Stage) {
    for text in ["one", "two"] {
        stage.put(&patient("a"), text).await;
        stage.put(&patient("b"), text).await;
    }
    stage.delete(&patient("a")).await;
    let complaints = stage.store.check(&|_| ()).await.expect("the store can be read");
    assert_eq!(complaints, Vec::<String>::new());
    let page = stage.history(&super::stage::everything(Scope::System)).await;
    assert_eq!(page.versions.len(), 5);
}
