//! Which writes go ahead, and which are refused?

use model::VersionId;

use super::promises;
use super::stage::{Stage, delete, expecting, patient, put, refusal, told};
use crate::transaction::{Expectation, Write};

promises![
    anything_holds_always,
    absent_holds_over_nothing_and_over_a_deletion,
    present_holds_over_a_resource_only,
    one_of_holds_over_the_version_that_it_names,
    one_of_several_holds_over_any_of_them,
    one_of_an_earlier_version_never_holds,
    one_of_none_never_holds,
    a_deletions_own_version_is_never_expected,
    an_expectation_is_weighed_even_where_nothing_would_change,
    a_refused_write_uses_up_no_number,
];

/// What became of a write: over nothing, over version 2, over the deletion that is version 2.
type Outcomes = [&'static str; 3];

const REFUSED: Outcomes = ["write 0 found nothing", "write 0 found 2", "write 0 found nothing"];

/// Tries a put and a deletion under one expectation over each state that a resource can be in.
async fn check(stage: &Stage, expect: &Expectation, on_put: Outcomes, on_delete: Outcomes) {
    for (deed, outcomes) in [("put", on_put), ("delete", on_delete)] {
        for (place, expected) in outcomes.into_iter().enumerate() {
            let key = patient(&format!("{deed}{place}"));
            if place > 0 {
                stage.put(&key, "one").await;
            }
            match place {
                0 => {}
                1 => drop(stage.put(&key, "two").await),
                _ => drop(stage.delete(&key).await),
            }
            let before = stage.read(&key).await;
            let write = if deed == "put" { put(&key, "new") } else { delete(&key) };
            let outcome = stage.try_commit(vec![expecting(expect.clone(), write)]).await;
            let refused = outcome.is_err();
            let told = match outcome {
                Ok(written) => told(&written).replace(&key.to_string(), ""),
                refused => refusal(refused),
            };
            assert_eq!(told, expected, "{expect:?} at {key}");
            assert!(!refused || stage.read(&key).await == before, "{expect:?} changed {key}");
        }
    }
}

fn one_of(versions: &[u64]) -> Expectation {
    Expectation::OneOf(versions.iter().copied().map(VersionId).collect())
}

async fn anything_holds_always(stage: Stage) {
    let on_put = ["created #1", "updated #3", "created #3"];
    check(&stage, &Expectation::Anything, on_put, ["unchanged nothing", "deleted #3-", "unchanged #2-"])
        .await;
}

async fn absent_holds_over_nothing_and_over_a_deletion(stage: Stage) {
    let on_put = ["created #1", "write 0 found 2", "created #3"];
    let on_delete = ["unchanged nothing", "write 0 found 2", "unchanged #2-"];
    check(&stage, &Expectation::Absent, on_put, on_delete).await;
}

async fn present_holds_over_a_resource_only(stage: Stage) {
    let [nothing, _, deletion] = REFUSED;
    let on_put = [nothing, "updated #3", deletion];
    check(&stage, &Expectation::Present, on_put, [nothing, "deleted #3-", deletion]).await;
}

async fn one_of_holds_over_the_version_that_it_names(stage: Stage) {
    let [nothing, _, deletion] = REFUSED;
    let on_put = [nothing, "updated #3", deletion];
    check(&stage, &one_of(&[2]), on_put, [nothing, "deleted #3-", deletion]).await;
}

async fn one_of_several_holds_over_any_of_them(stage: Stage) {
    let [nothing, _, deletion] = REFUSED;
    let on_put = [nothing, "updated #3", deletion];
    check(&stage, &one_of(&[7, 1, 2, u64::MAX]), on_put, [nothing, "deleted #3-", deletion]).await;
}

async fn one_of_an_earlier_version_never_holds(stage: Stage) {
    check(&stage, &one_of(&[1, 3, 0, u64::MAX]), REFUSED, REFUSED).await;
}

async fn one_of_none_never_holds(stage: Stage) {
    check(&stage, &one_of(&[]), REFUSED, REFUSED).await;
}

async fn a_deletions_own_version_is_never_expected(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    stage.delete(&a).await;
    for write in [put(&a, "two"), delete(&a)] {
        let outcome = stage.try_commit(vec![expecting(one_of(&[1, 2, 3]), write)]).await;
        assert_eq!(refusal(outcome), "write 0 found nothing");
    }
}

async fn an_expectation_is_weighed_even_where_nothing_would_change(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    let same = |expect| -> Vec<Write> { vec![expecting(expect, put(&a, "one"))] };
    assert_eq!(refusal(stage.try_commit(same(Expectation::Absent)).await), "write 0 found 1");
    assert_eq!(refusal(stage.try_commit(same(one_of(&[2]))).await), "write 0 found 1");
    assert_eq!(told(&stage.commit(same(one_of(&[1]))).await), "unchanged Patient/a#1");
}

async fn a_refused_write_uses_up_no_number(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    for _ in 0..3 {
        let outcome = stage.try_commit(vec![expecting(one_of(&[9]), put(&a, "never"))]).await;
        assert_eq!(refusal(outcome), "write 0 found 1");
    }
    assert_eq!(told(&stage.commit(vec![put(&a, "two")]).await), "updated Patient/a#2");
}
