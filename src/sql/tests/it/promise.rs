//! Do both databases keep what every store promises?

use std::sync::Arc;
use std::sync::Mutex;

use store::{Store, suite};

use crate::ground::{self, Ground};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_promise() {
    let grounds = Mutex::new(Vec::new());
    suite::run_all(async |clock| {
        let ground = ground::sqlite();
        let store: Arc<dyn Store> = Arc::new(ground.open(clock).await);
        grounds.lock().expect("sound").push(ground);
        store
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_promise_without_a_cache() {
    let grounds = Mutex::new(Vec::new());
    suite::run_all(async |clock| {
        let ground = ground::sqlite();
        let store: Arc<dyn Store> = Arc::new(ground.open_with(clock, 0, 10).await);
        grounds.lock().expect("sound").push(ground);
        store
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_keeps_the_promise() {
    if ground::postgres().await.is_none() {
        return;
    }
    let grounds = Mutex::new(Vec::new());
    suite::run_all(async |clock| {
        let ground: Ground = ground::postgres().await.expect("there was one a moment ago");
        let store: Arc<dyn Store> = Arc::new(ground.open_with(clock, 0, 10).await);
        grounds.lock().expect("sound").push(ground);
        store
    })
    .await;
}
