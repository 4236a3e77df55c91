//! Does a grant hold until it ends or is taken, and no longer?

use bytes::Bytes;
use model::Instant;
use tokio::task::JoinSet;

use super::promises;
use super::stage::Stage;
use crate::grants::{Grant, GrantPage};

promises![
    of_racing_givers_one_is_first,
    a_grant_that_has_ended_does_not_stand_in_the_way,
    a_grant_is_seen_until_the_moment_it_ends,
    a_grant_without_an_end_holds,
    a_grant_replaces_the_one_before,
    kinds_and_ids_are_kept_apart,
    a_grant_is_redeemed_once,
    what_has_ended_is_not_redeemed,
    grants_of_a_kind_are_listed_by_id_and_by_pages,
    of_racing_redeemers_one_gets_the_grant,
    expiring_drops_what_has_ended_and_counts_it,
];

/// What the tests ask of grants, without its ceremony.
impl Stage {
    async fn grant(&self, grant: &Grant) {
        self.store.grant(&self.permit, grant.clone()).await.expect("grants are taken");
    }

    async fn grant_first(&self, grant: &Grant, now: i64) -> bool {
        let first = self.store.grant_first(&self.permit, grant.clone(), Instant(now)).await;
        first.expect("grants are taken")
    }

    async fn granted(&self, kind: &str, id: &str, now: i64) -> Option<Grant> {
        self.store.granted(&self.permit, kind, id, Instant(now)).await.expect("grants are shown")
    }

    async fn redeem(&self, kind: &str, id: &str, now: i64) -> Option<Grant> {
        self.store.redeem(&self.permit, kind, id, Instant(now)).await.expect("grants are handed out")
    }

    /// The ids of a page, from behind `after`.
    async fn list(&self, kind: &str, after: Option<&str>, (count, now): (usize, i64)) -> Vec<String> {
        let page = GrantPage { after, count, now: Instant(now) };
        let listed = self.store.list(&self.permit, kind, page).await.expect("grants are listed");
        assert!(listed.iter().all(|grant| grant.kind == kind && grant.value == grant.id));
        listed.into_iter().map(|grant| grant.id).collect()
    }

    async fn expire(&self, now: i64) -> u64 {
        self.store.expire(&self.permit, Instant(now)).await.expect("grants are dropped")
    }
}

fn grant(kind: &str, id: &str, value: &'static str, expires_at: Option<i64>) -> Grant {
    let expires_at = expires_at.map(Instant);
    Grant { kind: kind.to_owned(), id: id.to_owned(), value: Bytes::from(value), expires_at }
}

async fn of_racing_givers_one_is_first(stage: Stage) {
    for round in 0..5 {
        let used = grant("used", &format!("x{round}"), "1", Some(10));
        let givers = (0..64).map(|_| {
            let (stage, used) = (stage.clone(), used.clone());
            async move { stage.grant_first(&used, 0).await }
        });
        let first = givers.collect::<JoinSet<_>>().join_all().await;
        assert_eq!(first.into_iter().filter(|first| *first).count(), 1, "round {round}");
    }
}

async fn a_grant_that_has_ended_does_not_stand_in_the_way(stage: Stage) {
    let (old, new) = (grant("used", "x", "old", Some(10)), grant("used", "x", "new", None));
    assert!(stage.grant_first(&old, 0).await);
    assert!(!stage.grant_first(&new, 9).await);
    assert_eq!(stage.granted("used", "x", 9).await, Some(old));
    assert!(stage.grant_first(&new, 10).await);
    assert!(!stage.grant_first(&new, i64::MAX).await);
    assert_eq!(stage.granted("used", "x", 10).await, Some(new));
}

async fn a_grant_is_seen_until_the_moment_it_ends(stage: Stage) {
    let code = grant("code", "x", "for\0 Anna Grüße", Some(10));
    stage.grant(&code).await;
    assert_eq!(stage.granted("code", "x", 0).await, Some(code.clone()));
    assert_eq!(stage.granted("code", "x", 9).await, Some(code));
    assert_eq!(stage.granted("code", "x", 10).await, None);
}

async fn a_grant_without_an_end_holds(stage: Stage) {
    let client = grant("client", "app", "", None);
    stage.grant(&client).await;
    assert_eq!(stage.expire(i64::MAX).await, 0);
    assert_eq!(stage.granted("client", "app", i64::MAX).await, Some(client));
}

async fn a_grant_replaces_the_one_before(stage: Stage) {
    stage.grant(&grant("session", "x", "old", Some(10))).await;
    let new = grant("session", "x", "new", None);
    stage.grant(&new).await;
    assert_eq!(stage.granted("session", "x", 50).await, Some(new));
    stage.grant(&grant("session", "x", "short", Some(20))).await;
    assert_eq!(stage.granted("session", "x", 50).await, None);
}

async fn kinds_and_ids_are_kept_apart(stage: Stage) {
    let grants =
        [grant("code", "x", "1", None), grant("token", "x", "2", None), grant("code", "X", "3", None)];
    for grant in &grants {
        stage.grant(grant).await;
    }
    assert_eq!(stage.redeem("token", "x", 0).await.as_ref(), Some(&grants[1]));
    assert_eq!(stage.granted("token", "x", 0).await, None);
    assert_eq!(stage.granted("code", "x", 0).await.as_ref(), Some(&grants[0]));
    assert_eq!(stage.granted("code", "X", 0).await.as_ref(), Some(&grants[2]));
    assert_eq!(stage.granted("code", "y", 0).await, None);
}

async fn a_grant_is_redeemed_once(stage: Stage) {
    let code = grant("code", "x", "1", Some(10));
    stage.grant(&code).await;
    assert_eq!(stage.redeem("code", "x", 9).await, Some(code.clone()));
    assert_eq!(stage.redeem("code", "x", 9).await, None);
    assert_eq!(stage.granted("code", "x", 9).await, None);
    stage.grant(&code).await;
    assert_eq!(stage.redeem("code", "x", 9).await, Some(code));
}

async fn what_has_ended_is_not_redeemed(stage: Stage) {
    stage.grant(&grant("code", "x", "1", Some(10))).await;
    assert_eq!(stage.redeem("code", "x", 10).await, None);
    assert_eq!(stage.redeem("code", "x", 11).await, None);
}

async fn grants_of_a_kind_are_listed_by_id_and_by_pages(stage: Stage) {
    for (kind, id, end) in [
        ("family", "b", None),
        ("family", "a.2", Some(10)),
        ("family", "a.10", Some(20)),
        ("family", "Z", None),
        ("family", "é", None),
        ("client", "c", None),
    ] {
        stage.grant(&grant(kind, id, id, end)).await;
    }
    assert_eq!(stage.list("family", None, (9, 0)).await, ["Z", "a.10", "a.2", "b", "é"]);
    assert_eq!(stage.list("family", None, (9, 10)).await, ["Z", "a.10", "b", "é"]);
    assert_eq!(stage.list("family", None, (2, 0)).await, ["Z", "a.10"]);
    assert_eq!(stage.list("family", Some("a.10"), (2, 0)).await, ["a.2", "b"]);
    assert_eq!(stage.list("family", Some("a."), (9, 20)).await, ["b", "é"]);
    assert_eq!(stage.list("family", Some("é"), (9, 0)).await, [""; 0]);
    assert_eq!(stage.list("nothing", None, (9, 0)).await, [""; 0]);
}

async fn of_racing_redeemers_one_gets_the_grant(stage: Stage) {
    for round in 0..5 {
        let code = grant("code", &format!("x{round}"), "1", Some(10));
        stage.grant(&code).await;
        let redeemers = (0..64).map(|_| {
            let (stage, id) = (stage.clone(), code.id.clone());
            async move { stage.redeem("code", &id, 0).await }
        });
        let redeemed = redeemers.collect::<JoinSet<_>>().join_all().await;
        assert_eq!(redeemed.into_iter().flatten().collect::<Vec<_>>(), [code], "round {round}");
    }
}

async fn expiring_drops_what_has_ended_and_counts_it(stage: Stage) {
    for (id, end) in [("a", Some(5)), ("b", Some(10)), ("c", Some(11)), ("d", None)] {
        stage.grant(&grant("token", id, "1", end)).await;
    }
    assert_eq!(stage.expire(4).await, 0);
    assert_eq!(stage.expire(10).await, 2);
    assert_eq!(stage.expire(10).await, 0);
    assert!(stage.granted("token", "c", 10).await.is_some());
    assert_eq!(stage.expire(11).await, 1);
    assert!(stage.granted("token", "d", 99).await.is_some());
}
