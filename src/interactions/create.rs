//! How does a new resource come in? <https://hl7.org/fhir/R4/http.html#create>

use access::Permit;
use model::{Key, ResourceType};
use store::{Expectation, Method};

use crate::update::{self, Put};
use crate::{Answer, Content, Context, HttpVerb, Offer, Result, Shape};

pub(crate) const OFFER: Offer = Offer { code: "create", verb: HttpVerb::Post, shape: Shape::Type };

pub(crate) async fn run(
    context: &Context,
    permit: &Permit,
    resource_type: ResourceType,
    content: Content,
) -> Result<Answer> {
    let key = Key::new(resource_type, (context.new_id)());
    let (expect, asked) = (Expectation::Absent, Expectation::Absent);
    let put = Put { key, method: Method::Post, content, expect, asked };
    update::put(context, permit, put).await.map(Answer::Written)
}
