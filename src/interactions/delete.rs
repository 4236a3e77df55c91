//! How does a resource go away? <https://hl7.org/fhir/R4/http.html#delete>

use access::Permit;
use model::Key;
use store::{Change, Expectation, Method, Transaction, Write};

use crate::{Answer, Context, HttpVerb, Offer, Result, Shape, update};

pub(crate) const OFFER: Offer = Offer { code: "delete", verb: HttpVerb::Delete, shape: Shape::Instance };
/// The resources are told by a search: <https://hl7.org/fhir/R4/http.html#3.1.0.7.1>.
pub(crate) const CONDITIONAL: Offer = Offer { code: "delete", verb: HttpVerb::Delete, shape: Shape::Type };

pub(crate) async fn run(context: &Context, permit: &Permit, key: Key, expect: Expectation) -> Result<Answer> {
    let write =
        Write { key: key.clone(), method: Method::Delete, change: Change::Delete, expect: expect.clone() };
    let transaction = Transaction { writes: vec![write], ..Transaction::default() };
    let committed = context.store.commit(permit, transaction).await;
    update::settled(context, &key, &expect, committed).map(Answer::Written)
}
