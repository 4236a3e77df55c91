//! How does a resource go away? <https://hl7.org/fhir/R4/http.html#delete>

use access::Permit;
use model::Key;
use store::{Change, Expectation, Method, Write};

use crate::{Answer, Context, HttpVerb, Offer, Result, Shape, update};

pub(crate) const OFFER: Offer = Offer { code: "delete", verb: HttpVerb::Delete, shape: Shape::Instance };

pub(crate) async fn run(context: &Context, permit: &Permit, key: Key, expect: Expectation) -> Result<Answer> {
    let write = Write { key, method: Method::Delete, change: Change::Delete, expect: expect.clone() };
    update::commit_one(context, permit, write, &expect).await.map(Answer::Written)
}
