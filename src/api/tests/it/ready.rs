//! When should requests be sent here?

use std::sync::atomic::Ordering;

use crate::ground::Ground;
use crate::rigged::Fault;

async fn check(ground: &Ground, status: u16, body: &str) {
    let answer = ground.get("/health/ready").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body));
    // Whoever is not ready is alive all the same, or it would be killed instead of waited for.
    assert_eq!(ground.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn a_server_that_starts_or_stops_is_not_ready() {
    let ground = Ground::new();
    ground.app.ready.store(false, Ordering::Release);
    check(&ground, 503, "not ready: starting or stopping\n").await;
    ground.app.ready.store(true, Ordering::Release);
    check(&ground, 200, "ready\n").await;
}

#[tokio::test]
async fn a_server_whose_storage_fails_is_not_ready_until_it_answers() {
    let ground = Ground::new();
    ground.store.rig(Fault::Fails);
    check(&ground, 503, "not ready: storage does not answer\n").await;
    ground.store.rig(Fault::Nothing);
    check(&ground, 200, "ready\n").await;
}
