//! What does a client see of a bug, and who else does?

use crate::ground::{Ground, PATIENT, request};
use crate::rigged::Fault;

#[tokio::test]
async fn a_panic_fails_one_request_and_the_next_is_answered() {
    let ground = Ground::new();
    for method in ["GET", "PUT", "DELETE"] {
        ground.store.rig(Fault::Panics);
        let answer = ground.ask(request(method, "/fhir/Patient/7", PATIENT)).await;
        assert_eq!(answer.complaint(), "500 internal fatal", "{method}");
        assert!(!answer.body.contains("a bug that the test put here"), "{method}: {}", answer.body);
        ground.store.rig(Fault::Nothing);
        let answer = ground.ask(request("PUT", "/fhir/Patient/7", PATIENT)).await;
        assert!(answer.status.is_success(), "{method}: {}", answer.body);
    }
}

#[tokio::test]
async fn storage_that_fails_is_told_with_advice_to_come_back() {
    let ground = Ground::new();
    ground.store.rig(Fault::Fails);
    let answer = ground.get("/fhir/Patient/7").await;
    assert_eq!(answer.complaint(), "503 storage-unavailable fatal");
    assert_eq!(answer.header("retry-after"), Some("1"));
}
