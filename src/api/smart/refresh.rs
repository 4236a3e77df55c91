//! What does an app get for a refresh token? (A-RF, A-TOK-08, A-TOK-09)

use access::client::Client;
use access::oauth::refresh::{Again, Refresh, successor};
use access::oauth::{Refused, Sent};
use serde_json::Value;

use super::Records;
use super::answer::Failed;
use super::token::issue_for;
use crate::app::App;

/// The next access token and the next refresh token.
pub(super) async fn again(
    app: &App,
    records: &Records<'_>,
    (client, sent): (&Client, &Sent),
) -> Result<Value, Failed> {
    let bad = || Refused::grant("the refresh token is not good: it was used, taken back, or is none");
    let used = sent.needed("refresh_token")?;
    let refresh = records.refresh(used).await?.ok_or_else(bad)?;
    let types = app.context.definitions.resource_types();
    let scopes = refresh.scopes(client, sent.get("scope"), types)?;
    let standing = &refresh.standing;
    if !records.stands(&standing.account, &standing.family).await? {
        return Err(bad().into());
    }
    let next = successor(used, &app.context.secret);
    let following = refresh.next(records.now);
    let until = following.until(types);
    if until <= records.now {
        return Err(bad().into());
    }
    if !records.keep_refresh(&next, &following, until).await? && !is_lost(app, records, &next).await? {
        tracing::warn!(account = standing.account, client = client.id, "a refresh token came twice");
        records.revoke_family(&standing.account, &standing.family).await?;
        return Err(bad().into());
    }
    let mut answer = issue_for(app, records, (standing, &scopes)).await?;
    answer["refresh_token"] = next.into();
    Ok(answer)
}

/// Whether a second use is one whose first answer was lost: it comes at once, and nobody has gone on from there.
async fn is_lost(app: &App, records: &Records<'_>, next: &str) -> Result<bool, Failed> {
    let following = successor(next, &app.context.secret);
    let is_last = records.refresh(&following).await?.is_none();
    let made = records.refresh(next).await?;
    Ok(is_last && made.is_some_and(|made| Refresh::again(&made, records.now) == Again::Lost))
}
