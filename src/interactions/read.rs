//! What is the current version? <https://hl7.org/fhir/R4/http.html#read>

use access::Permit;
use model::{Code, Issue, Key};

use crate::{Answer, Context, HttpVerb, Offer, Result, Shape};

pub(crate) const OFFER: Offer = Offer { code: "read", verb: HttpVerb::Get, shape: Shape::Instance };

pub(crate) async fn run(context: &Context, permit: &Permit, key: &Key) -> Result<Answer> {
    let Some(version) = context.store.read(permit, key).await? else {
        return Err(Issue::error(Code::NotFound, format!("{key} does not exist")).into());
    };
    if version.json.is_none() {
        return Err(Issue::error(Code::Deleted, format!("{key} was deleted")).into());
    }
    Ok(Answer::Version(version))
}
