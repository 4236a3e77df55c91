//! Who chooses the ids, on a server that was told to choose them all itself?

use store::Expectation::{Absent, Anything, Present};

use crate::ground::{Ground, bundle, create, delete, entry, patch, update};

#[tokio::test]
async fn a_put_creates_nothing_where_the_server_chooses_ids() {
    let ground = Ground::without_client_ids();
    ground.check(update("Patient/7", Anything), "client-id-refused").await;
    ground.check(patch("Patient/7", Anything), "not-found").await;
    assert_eq!(ground.stored().await, [""; 0]);
}

#[tokio::test]
async fn a_put_creates_where_clients_may_choose_ids() {
    Ground::new().check(update("Patient/7", Anything), "Created Patient/7/_history/1").await;
}

#[tokio::test]
async fn if_match_of_any_version_finds_none_whoever_chooses_ids() {
    for ground in [Ground::without_client_ids(), Ground::new()] {
        ground.check(update("Patient/7", Present), "stale-version").await;
        assert_eq!(ground.stored().await, [""; 0]);
    }
}

#[tokio::test]
async fn the_server_creates_under_its_own_id_and_takes_updates_there() {
    let ground = Ground::without_client_ids();
    ground.check(create(), "Created Patient/new-1/_history/1").await;
    ground.check(patch("Patient/new-1", Anything), "Updated Patient/new-1/_history/2").await;
    ground.check(update("Patient/new-1", Anything), "Updated Patient/new-1/_history/3").await;
    ground.check(update("Patient/new-1", Absent), "already-exists").await;
}

#[tokio::test]
async fn a_put_does_not_bring_back_what_was_deleted_where_the_server_chooses_ids() {
    let ground = Ground::without_client_ids();
    ground.check(create(), "Created Patient/new-1/_history/1").await;
    ground.check(delete("Patient/new-1"), "Deleted Patient/new-1/_history/2").await;
    ground.check(update("Patient/new-1", Anything), "client-id-refused").await;
    ground.check(update("Patient/new-1", Present), "stale-version").await;
    assert_eq!(ground.stored().await, ["Patient/new-1/_history/1", "Patient/new-1/_history/2"]);
}

#[tokio::test]
async fn if_none_match_does_not_create_under_a_chosen_id_where_the_server_chooses_ids() {
    let ground = Ground::without_client_ids();
    ground.check(update("Patient/7", Absent), "client-id-refused").await;
    assert_eq!(ground.stored().await, [""; 0]);
}

#[tokio::test]
async fn a_transaction_with_a_chosen_id_is_refused_whole_and_names_the_entry() {
    let ground = Ground::without_client_ids();
    let entries = [entry::create(), entry::update("Patient/7"), entry::create()];
    ground.check(bundle("transaction", &entries), "client-id-refused at Bundle.entry[1]").await;
    assert_eq!(ground.stored().await, [""; 0]);
}

#[tokio::test]
async fn a_batch_with_a_chosen_id_does_the_rest() {
    let ground = Ground::without_client_ids();
    let entries = [entry::update("Patient/7"), entry::create()];
    ground.check(bundle("batch", &entries), "405 Method Not Allowed, 201 Created").await;
    assert_eq!(ground.stored().await, ["Patient/new-1/_history/1"]);
}
