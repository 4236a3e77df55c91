//! Is a transaction whole or absent?

use model::Instant;

use super::promises;
use super::stage::{EVERYTHING, START, Stage, delete, expecting, key, names, patient, put, refusal, told};
use crate::transaction::{Expectation, Write};

promises![
    a_transaction_answers_each_write_in_order,
    an_empty_transaction_changes_nothing,
    two_writes_to_one_resource_are_refused,
    one_refused_write_leaves_nothing_of_the_others,
    a_refused_transaction_uses_up_no_number,
    expectations_are_weighed_before_the_transaction_itself,
    two_thousand_writes_are_one_transaction,
    two_thousand_writes_and_a_refusal_leave_nothing,
];

async fn a_transaction_answers_each_write_in_order(stage: Stage) {
    let [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(patient);
    stage.commit(vec![put(&c, "c"), put(&a, "a"), put(&b, "b")]).await;
    let writes = vec![delete(&c), put(&d, "d"), put(&a, "a"), delete(&e), put(&b, "new")];
    let written = stage.commit(writes).await;
    assert_eq!(
        told(&written),
        "deleted Patient/c#2-, created Patient/d#1, unchanged Patient/a#1, unchanged nothing, updated Patient/b#2"
    );
    let log = stage.log().await;
    assert_eq!(names(&log), "Patient/c#1 Patient/a#1 Patient/b#1 Patient/c#2- Patient/d#1 Patient/b#2");
    assert!(log.is_sorted_by(|one, next| one.committed_at < next.committed_at));
}

async fn an_empty_transaction_changes_nothing(stage: Stage) {
    assert_eq!(told(&stage.commit(Vec::new()).await), "");
    assert_eq!(names(&stage.log().await), "");
}

async fn two_writes_to_one_resource_are_refused(stage: Stage) {
    let [a, b] = ["a", "b"].map(patient);
    for (writes, expected) in [
        (vec![put(&a, "one"), put(&a, "one")], "write 1 is the second on its resource"),
        (
            vec![put(&b, "b"), delete(&a), put(&key("Group", "a"), "g"), put(&a, "one")],
            "write 3 is the second on its resource",
        ),
    ] {
        assert_eq!(refusal(stage.try_commit(writes).await), expected);
        assert_eq!(names(&stage.log().await), "");
        assert_eq!(stage.read(&b).await, None);
    }
    let alike = vec![put(&a, "one"), put(&key("Group", "a"), "one"), put(&patient("A"), "one")];
    assert_eq!(
        told(&stage.commit(alike).await),
        "created Patient/a#1, created Group/a#1, created Patient/A#1"
    );
}

async fn one_refused_write_leaves_nothing_of_the_others(stage: Stage) {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(patient);
    let first = stage.put(&a, "one").await;
    stage.put(&b, "one").await;
    let writes =
        vec![put(&a, "two"), put(&c, "one"), expecting(Expectation::Absent, put(&b, "two")), delete(&d)];
    assert_eq!(refusal(stage.try_commit(writes).await), "write 2 found 1");
    assert_eq!(stage.read(&a).await, Some(first));
    assert_eq!(stage.vread(&a, 2).await, None);
    assert_eq!(stage.read(&c).await, None);
    assert_eq!(names(&stage.log().await), "Patient/a#1 Patient/b#1");
}

async fn a_refused_transaction_uses_up_no_number(stage: Stage) {
    let [a, b] = ["a", "b"].map(patient);
    for _ in 0..3 {
        let outcome =
            stage.try_commit(vec![put(&a, "one"), expecting(Expectation::Present, put(&b, "one"))]).await;
        assert_eq!(refusal(outcome), "write 1 found nothing");
    }
    assert_eq!(told(&stage.commit(vec![put(&a, "one")]).await), "created Patient/a#1");
    assert_eq!(told(&stage.commit(vec![put(&a, "two")]).await), "updated Patient/a#2");
}

async fn expectations_are_weighed_before_the_transaction_itself(stage: Stage) {
    let [a, b] = ["a", "b"].map(patient);
    let writes =
        |text| -> Vec<Write> { [&a, &b].map(|key| expecting(Expectation::Absent, put(key, text))).into() };
    assert_eq!(told(&stage.commit(writes("one")).await), "created Patient/a#1, created Patient/b#1");
    stage.delete(&a).await;
    assert_eq!(refusal(stage.try_commit(writes("two")).await), "write 1 found 1");
    assert_eq!(names(&stage.log().await), "Patient/a#1 Patient/b#1 Patient/a#2-");
}

fn two_thousand() -> Vec<Write> {
    (0..2_000).map(|number| put(&patient(&format!("p{number}")), &format!("number {number}"))).collect()
}

async fn two_thousand_writes_are_one_transaction(stage: Stage) {
    let written = stage.commit(two_thousand()).await;
    let expected: Vec<_> = (0..2_000).map(|number| format!("created Patient/p{number}#1")).collect();
    assert_eq!(told(&written), expected.join(", "));
    let versions: Vec<_> = written.into_iter().filter_map(|it| it.version).collect();
    assert_eq!(versions[0].committed_at, START);
    assert!(versions.is_sorted_by(|one, next| one.committed_at < next.committed_at));
    assert_eq!(stage.log().await, versions);
    for number in [0, 1, 511, 512, 999, 1_999] {
        assert_eq!(stage.read(&versions[number].key).await.as_ref(), Some(&versions[number]));
    }
}

async fn two_thousand_writes_and_a_refusal_leave_nothing(stage: Stage) {
    let mut writes = two_thousand();
    writes.push(expecting(Expectation::Present, put(&patient("last"), "never")));
    assert_eq!(refusal(stage.try_commit(writes).await), "write 2000 found nothing");
    assert_eq!(stage.changes(Instant(0), EVERYTHING).await, []);
    assert_eq!(stage.read(&patient("p0")).await, None);
    assert_eq!(stage.read(&patient("p1999")).await, None);
}
