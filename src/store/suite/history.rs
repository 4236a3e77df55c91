//! Which versions does a history tell, and in which order?

use model::{Instant, ResourceType};

use super::promises;
use super::stage::{START, Stage, delete, everything, key, names, patient, put};
use crate::resources::{HistoryQuery, Scope, Version};

promises![
    history_is_told_newest_first_for_each_scope,
    the_history_of_what_never_was_is_empty,
    since_is_inclusive_and_before_exclusive,
    since_and_before_keep_to_the_scope,
    a_page_has_at_most_count_versions_and_tells_of_more,
    a_page_of_none_tells_of_more,
    paging_finds_each_version_once_while_writes_go_on,
    versions_of_one_transaction_are_paged_one_by_one,
    at_a_moment_the_versions_current_then_are_told,
    before_the_first_version_nothing_was_current,
    at_a_period_what_was_current_at_its_start_is_told_too,
    paging_at_a_moment_finds_each_version_once,
];

/// The moment so many microseconds after the tests begin.
fn at(micros: i64) -> Instant {
    Instant(START.0 + micros)
}

/// Writes `a#1 b#1 Group/a#1 a#2 b#2- a#3` at 0, 10, 20, 30, 40 and 50.
async fn write_six(stage: &Stage) {
    let [a, b, group] = [patient("a"), patient("b"), key("Group", "a")];
    let writes = [put(&a, "1"), put(&b, "1"), put(&group, "1"), put(&a, "2"), delete(&b), put(&a, "3")];
    for (time, write) in (0..).step_by(10).zip(writes) {
        stage.set_clock(at(time));
        assert_eq!(stage.write(write).await.committed_at, at(time));
    }
}

/// Asks for a part of what [`write_six`] wrote and compares it.
async fn check(stage: &Stage, query: HistoryQuery, expected: &str) {
    let page = stage.history(&query).await;
    let more = if page.more { " …" } else { "" };
    assert_eq!(format!("{}{more}", names(&page.versions)), expected, "{query:?}");
}

async fn history_is_told_newest_first_for_each_scope(stage: Stage) {
    write_six(&stage).await;
    let system = "Patient/a#3 Patient/b#2- Patient/a#2 Group/a#1 Patient/b#1 Patient/a#1";
    check(&stage, everything(Scope::System), system).await;
    let patients = everything(Scope::Type(ResourceType::known("Patient")));
    check(&stage, patients, "Patient/a#3 Patient/b#2- Patient/a#2 Patient/b#1 Patient/a#1").await;
    check(&stage, everything(Scope::Type(ResourceType::known("Group"))), "Group/a#1").await;
    check(&stage, everything(Scope::Instance(patient("a"))), "Patient/a#3 Patient/a#2 Patient/a#1").await;
    check(&stage, everything(Scope::Instance(patient("b"))), "Patient/b#2- Patient/b#1").await;
    let page = stage.history(&everything(Scope::System)).await;
    for version in page.versions {
        assert_eq!(stage.vread(&version.key, version.version.0).await, Some(version));
    }
}

async fn the_history_of_what_never_was_is_empty(stage: Stage) {
    check(&stage, everything(Scope::System), "").await;
    write_six(&stage).await;
    check(&stage, everything(Scope::Type(ResourceType::known("Basic"))), "").await;
    check(&stage, everything(Scope::Instance(patient("A"))), "").await;
    check(&stage, everything(Scope::Instance(key("Group", "b"))), "").await;
}

async fn since_is_inclusive_and_before_exclusive(stage: Stage) {
    write_six(&stage).await;
    let part = |since: Option<i64>, before: Option<i64>| HistoryQuery {
        since: since.map(at),
        before: before.map(at),
        ..everything(Scope::System)
    };
    check(&stage, part(Some(40), None), "Patient/a#3 Patient/b#2-").await;
    check(&stage, part(Some(41), None), "Patient/a#3").await;
    check(&stage, part(Some(51), None), "").await;
    check(&stage, part(None, Some(10)), "Patient/a#1").await;
    check(&stage, part(None, Some(11)), "Patient/b#1 Patient/a#1").await;
    check(&stage, part(None, Some(0)), "").await;
    check(&stage, part(Some(20), Some(40)), "Patient/a#2 Group/a#1").await;
    check(&stage, part(Some(40), Some(20)), "").await;
}

async fn since_and_before_keep_to_the_scope(stage: Stage) {
    write_six(&stage).await;
    let part = |scope| HistoryQuery { since: Some(at(10)), before: Some(at(50)), ..everything(scope) };
    check(&stage, part(Scope::Instance(patient("a"))), "Patient/a#2").await;
    let patients = part(Scope::Type(ResourceType::known("Patient")));
    check(&stage, patients, "Patient/b#2- Patient/a#2 Patient/b#1").await;
}

async fn a_page_has_at_most_count_versions_and_tells_of_more(stage: Stage) {
    write_six(&stage).await;
    let first = |scope, count| HistoryQuery { count, ..everything(scope) };
    let a = || Scope::Instance(patient("a"));
    check(&stage, first(a(), 1), "Patient/a#3 …").await;
    check(&stage, first(a(), 2), "Patient/a#3 Patient/a#2 …").await;
    check(&stage, first(a(), 3), "Patient/a#3 Patient/a#2 Patient/a#1").await;
    check(&stage, first(Scope::System, 2), "Patient/a#3 Patient/b#2- …").await;
    let recent = HistoryQuery { since: Some(at(40)), ..first(Scope::System, 2) };
    check(&stage, recent, "Patient/a#3 Patient/b#2-").await;
}

async fn a_page_of_none_tells_of_more(stage: Stage) {
    let none = || HistoryQuery { count: 0, ..everything(Scope::System) };
    check(&stage, none(), "").await;
    write_six(&stage).await;
    check(&stage, none(), " …").await;
}

/// Follows a history page by page, doing something to the store between the pages.
async fn follow(stage: &Stage, mut query: HistoryQuery, between: impl AsyncFn(usize)) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    // More pages than versions cannot be, unless some version comes again and again.
    for page_number in 0..100 {
        let page = stage.history(&query).await;
        assert!(page.versions.len() <= query.count);
        versions.extend(page.versions);
        if !page.more {
            return versions;
        }
        query.before = versions.last().map(|version| version.committed_at);
        between(page_number).await;
    }
    panic!("the history does not end")
}

async fn paging_finds_each_version_once_while_writes_go_on(stage: Stage) {
    write_six(&stage).await;
    for (scope, count) in [
        (Scope::System, 1),
        (Scope::System, 4),
        (Scope::Type(ResourceType::known("Patient")), 2),
        (Scope::Instance(patient("a")), 1),
    ] {
        let before = stage.history(&everything(scope.clone())).await.versions;
        let query = HistoryQuery { count, ..everything(scope) };
        let followed = follow(&stage, query, async |page| {
            stage.put(&patient("a"), &format!("{count} {page}")).await;
            stage.put(&patient("b"), &format!("{count} {page}")).await;
        });
        assert_eq!(names(&followed.await), names(&before));
    }
}

async fn versions_of_one_transaction_are_paged_one_by_one(stage: Stage) {
    let writes = (0..10).map(|number| put(&patient(&number.to_string()), "one")).collect();
    stage.commit(writes).await;
    let query = HistoryQuery { count: 3, ..everything(Scope::System) };
    let followed = follow(&stage, query, async |_| ()).await;
    let expected: Vec<_> = (0..10).rev().map(|number| format!("Patient/{number}#1")).collect();
    assert_eq!(names(&followed), expected.join(" "));
}

/// Asks what was current from `start` on, up to `end`, which is not part of it.
fn period(scope: Scope, start: i64, end: i64) -> HistoryQuery {
    HistoryQuery {
        since: Some(at(start)),
        before: Some(at(end)),
        current_at: Some(at(start)),
        ..everything(scope)
    }
}

async fn at_a_moment_the_versions_current_then_are_told(stage: Stage) {
    write_six(&stage).await;
    check(&stage, period(Scope::System, 0, 1), "Patient/a#1").await;
    check(&stage, period(Scope::System, 25, 26), "Group/a#1 Patient/b#1 Patient/a#1").await;
    check(&stage, period(Scope::System, 30, 31), "Patient/a#2 Group/a#1 Patient/b#1").await;
    check(&stage, period(Scope::System, 99, 100), "Patient/a#3 Patient/b#2- Group/a#1").await;
    check(&stage, period(Scope::Instance(patient("a")), 49, 50), "Patient/a#2").await;
    check(&stage, period(Scope::Instance(patient("b")), 39, 40), "Patient/b#1").await;
    let groups = Scope::Type(ResourceType::known("Group"));
    check(&stage, period(groups, 99, 100), "Group/a#1").await;
}

async fn before_the_first_version_nothing_was_current(stage: Stage) {
    write_six(&stage).await;
    check(&stage, period(Scope::System, -1, 0), "").await;
    check(&stage, period(Scope::Instance(patient("b")), 9, 10), "").await;
    check(&stage, period(Scope::Instance(patient("b")), 10, 11), "Patient/b#1").await;
}

async fn at_a_period_what_was_current_at_its_start_is_told_too(stage: Stage) {
    write_six(&stage).await;
    check(&stage, period(Scope::Instance(patient("a")), 5, 50), "Patient/a#2 Patient/a#1").await;
    check(&stage, period(Scope::Instance(patient("a")), 30, 51), "Patient/a#3 Patient/a#2").await;
    let expected = "Patient/a#3 Patient/b#2- Patient/a#2 Group/a#1 Patient/b#1";
    check(&stage, period(Scope::System, 30, 99), expected).await;
}

async fn paging_at_a_moment_finds_each_version_once(stage: Stage) {
    write_six(&stage).await;
    let whole = stage.history(&period(Scope::System, 30, 99)).await.versions;
    for count in 1..=5 {
        let query = HistoryQuery { count, ..period(Scope::System, 30, 99) };
        let followed = follow(&stage, query, async |_| ()).await;
        assert_eq!(names(&followed), names(&whole), "{count} a page");
    }
}
