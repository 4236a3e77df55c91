//! Is long work done aside, and short work on the spot?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use interactions::{Content, Interaction};
use model::limits::LONG_WORK_BYTES_MIN;
use model::{Object, ResourceType};
use validate::Level;

use crate::ground::Ground;

fn creating(family: &str) -> Interaction {
    let mut name = Object::new();
    name.set("family", family);
    let mut resource = Object::new();
    resource.set("resourceType", "Patient");
    resource.set("name", vec![name.into()]);
    Interaction::Create {
        resource_type: ResourceType::known("Patient"),
        content: Content::Resource(resource),
    }
}

/// Creates a Patient at a level and compares how much work was done aside.
async fn check(level: Level, family: &str, expected: usize) {
    let mut ground = Ground::new();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    ground.context.policy.scrutiny.level = level;
    ground.context.aside = Arc::new(move |work| {
        counted.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { work() })
    });
    ground.check(creating(family), "Created Patient/new-1/_history/1").await;
    assert_eq!(count.load(Ordering::Relaxed), expected, "{level:?}, {} letters", family.len());
}

#[tokio::test]
async fn what_is_large_or_looked_at_in_full_is_looked_at_aside() {
    let long = "a".repeat(LONG_WORK_BYTES_MIN);
    check(Level::Core, "Curie", 0).await;
    check(Level::Core, &long, 1).await;
    check(Level::Full, "Curie", 1).await;
    check(Level::Structure, "Curie", 0).await;
    check(Level::Structure, &long, 1).await;
}

#[tokio::test]
async fn nothing_is_stored_when_the_work_is_given_up() {
    let mut ground = Ground::new();
    ground.context.policy.scrutiny.level = Level::Full;
    ground.context.aside = Arc::new(|work| Box::pin(async move { drop(work) }));
    ground.check(creating("Curie"), "internal").await;
    assert_eq!(ground.stored().await, [""; 0]);
}
