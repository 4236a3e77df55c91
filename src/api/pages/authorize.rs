//! How does an app's request begin, and what is known of it at each step?
//!
//! `/auth/authorize`, by GET and by POST (A-EP-05). What may be asked is decided by [`access::oauth::authorize`]; here it
//! is kept until somebody has signed in and answered, and looked at anew at each step, so that an app that is shut out
//! meanwhile gets nothing.

use access::client::{self, Client};
use access::oauth::authorize::{Asked, Failed, Here, Prompt, check};
use access::oauth::{ErrorCode, Refused};

use super::frame::{self, Trouble};
use super::kept::{Aim, Request};
use super::visit::{SignedIn, Visit};
use super::{Answer, sign_in};

/// `GET` and `POST /auth/authorize`
pub(super) async fn begin(visit: &Visit) -> Answer {
    let pairs = visit.sent().clone();
    let (asked, _) = match look(visit, &pairs).await? {
        Ok(asked) => asked,
        Err(Failed::Back(url)) => return Ok(frame::go(&url)),
        Err(Failed::Here(refused)) => {
            return Ok(frame::trouble_told(visit, Trouble::Request, Some(&refused.description)));
        }
    };
    if asked.prompt == Prompt::Never {
        return never(visit, &asked).await;
    }
    sign_in::begin(visit, Aim::Authorize(pairs)).await
}

/// Nobody is to be bothered, and nothing is shared without asking (A-AZ-11).
async fn never(visit: &Visit, asked: &Asked) -> Answer {
    let refused = match visit.signed_in().await? {
        Some(_) => Refused::new(ErrorCode::ConsentRequired, "the person has to be asked"),
        None => Refused::new(ErrorCode::LoginRequired, "nobody is signed in"),
    };
    Ok(frame::go(&asked.refused(&refused, visit.origin())))
}

/// A request that was kept, as it stands now.
pub(super) async fn understood(
    visit: &Visit,
    pairs: &[(String, String)],
) -> Result<(Asked, Client), Trouble> {
    look(visit, pairs).await?.map_err(|_| Trouble::Gone)
}

/// Whether the person signed in lately enough for what was asked.
pub(super) async fn is_fresh_enough(
    visit: &Visit,
    request: &Request,
    signed_in: &SignedIn,
) -> Result<bool, Trouble> {
    let Aim::Authorize(pairs) = &request.aim else { return Ok(true) };
    let (asked, _) = understood(visit, pairs).await?;
    let began_at = signed_in.session.began_at;
    let age = visit.now.0.saturating_sub(began_at.0);
    let is_young = asked.max_age.is_none_or(|seconds| age <= seconds.saturating_mul(1_000_000));
    // A password that was given for this very request counts, however little `max_age` allows.
    let is_new = began_at.0 >= request.begun_at;
    Ok(is_new || (asked.prompt != Prompt::SignIn && is_young))
}

async fn look(visit: &Visit, pairs: &[(String, String)]) -> Result<Result<(Asked, Client), Failed>, Trouble> {
    let named = pairs.iter().find(|(name, _)| name == "client_id").map(|(_, id)| id.as_str());
    let kept = match named {
        Some(id) => visit.keeper().get(client::KIND, id).await?,
        None => None,
    };
    let client = kept.and_then(|kept| Client::from_json(&kept));
    let context = &visit.app.context;
    let here = Here {
        issuer: visit.origin(),
        base: &context.policy.base_url,
        types: context.definitions.resource_types(),
    };
    let checked = check(pairs.to_vec(), client.as_ref(), here);
    Ok(checked.and_then(|asked| match client {
        Some(client) => Ok((asked, client)),
        None => Err(Failed::Here(Refused::request("the app is not known"))),
    }))
}
