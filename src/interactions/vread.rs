//! What did this version say? <https://hl7.org/fhir/R4/http.html#vread>

use access::Permit;
use model::{Code, Issue, Key, VersionId};

use crate::{Answer, Context, HttpVerb, Offer, Result, Shape};

pub(crate) const OFFER: Offer = Offer { code: "vread", verb: HttpVerb::Get, shape: Shape::Version };

pub(crate) async fn run(context: &Context, permit: &Permit, key: &Key, version: VersionId) -> Result<Answer> {
    let Some(found) = context.store.vread(permit, key, version).await? else {
        return Err(Issue::error(Code::VersionNotFound, format!("{key} has no version {version}")).into());
    };
    if found.json.is_none() {
        return Err(Issue::error(Code::Deleted, format!("version {version} of {key} is its deletion")).into());
    }
    Ok(Answer::Version(found))
}
