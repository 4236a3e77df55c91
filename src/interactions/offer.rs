//! What does the server offer, and where does it answer?

use model::{Code, Issue};

use crate::HttpVerb;
use crate::place::{Place, Shape};

/// An interaction as the CapabilityStatement names it, and the request that asks for it.
///
/// One `const` in the file that does it, listed in [`crate::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The code from FHIR's restful-interaction value set.
    pub code: &'static str,
    /// The method that asks for it, in a request or in an entry of a Bundle.
    pub verb: HttpVerb,
    /// Where it is asked for.
    pub shape: Shape,
}

impl Offer {
    /// Whether this is what `verb` asks for at a place of this shape; HEAD asks as GET does.
    pub fn answers(&self, verb: HttpVerb, shape: Shape) -> bool {
        let asked = if verb == HttpVerb::Head { HttpVerb::Get } else { verb };
        self.verb == asked && self.shape == shape
    }
}

/// Why nothing is offered here: FHIR does not know it, or this server does not do it yet.
pub fn not_offered(verb: HttpVerb, place: &Place) -> Issue {
    let missing = match (verb, place) {
        (HttpVerb::Put | HttpVerb::Patch | HttpVerb::Delete, Place::Type(_)) => "write on a condition",
        _ => {
            let message = format!("{} is not answered here", verb.as_str());
            return Issue::error(Code::MethodNotAllowed, message);
        }
    };
    Issue::error(Code::NotSupported, format!("this server does not {missing} yet"))
}
