//! How does a new resource come in? <https://hl7.org/fhir/R4/http.html#create>

use access::Permit;
use model::{Key, ResourceType};
use store::{Expectation, Method};

use crate::{Answer, Content, Context, HttpVerb, Offer, Result, Shape, prepare, update};

pub(crate) const OFFER: Offer = Offer { code: "create", verb: HttpVerb::Post, shape: Shape::Type };

pub(crate) async fn run(
    context: &Context,
    permit: &Permit,
    resource_type: ResourceType,
    content: Content,
) -> Result<Answer> {
    let key = Key::new(resource_type, (context.new_id)());
    let change = prepare::put(context, &key, content).await?;
    let write = store::Write { key, method: Method::Post, change, expect: Expectation::Absent };
    update::commit_one(context, permit, write, &Expectation::Absent).await.map(Answer::Written)
}
