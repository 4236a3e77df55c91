//! Does a grant hold until it ends or is taken, and no longer?

use bytes::Bytes;
use model::Instant;
use tokio::task::JoinSet;

use super::promises;
use super::stage::Stage;
use crate::grants::Grant;

promises![
    a_grant_is_seen_until_the_moment_it_ends,
    a_grant_without_an_end_holds,
    a_grant_replaces_the_one_before,
    kinds_and_ids_are_kept_apart,
    a_grant_is_redeemed_once,
    what_has_ended_is_not_redeemed,
    of_racing_redeemers_one_gets_the_grant,
    expiring_drops_what_has_ended_and_counts_it,
];

/// What the tests ask of grants, without its ceremony.
impl Stage {
    async fn grant(&self, grant: &Grant) {
        self.store.grant(&self.permit, grant.clone()).await.expect("grants are taken");
    }

    async fn granted(&self, kind: &str, id: &str, now: i64) -> Option<Grant> {
        self.store.granted(&self.permit, kind, id, Instant(now)).await.expect("grants are shown")
    }

    async fn redeem(&self, kind: &str, id: &str, now: i64) -> Option<Grant> {
        self.store.redeem(&self.permit, kind, id, Instant(now)).await.expect("grants are handed out")
    }

    async fn expire(&self, now: i64) -> u64 {
        self.store.expire(&self.permit, Instant(now)).await.expect("grants are dropped")
    }
}

fn grant(kind: &str, id: &str, value: &'static str, expires_at: Option<i64>) -> Grant {
    let expires_at = expires_at.map(Instant);
    Grant { kind: kind.to_owned(), id: id.to_owned(), value: Bytes::from(value), expires_at }
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
