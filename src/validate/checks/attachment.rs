//! Is the attachment as large as it says?
//!
//! <https://hl7.org/fhir/R4/datatypes.html#Attachment>: `size` is the number of bytes before base64.

use model::{Code, Value};

use super::Subject;
use super::format::base64_bytes;
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(_: &Subject<'_>, attachment: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(data) = attachment.text("data") else {
        if attachment.get("url").is_none()
            && attachment.get("contentType").is_none()
            && attachment.get("language").is_none()
            && attachment.get("extension").is_none()
        {
            let message = "an attachment without data and url says neither contentType nor language";
            findings.warning(Code::BestPractice, place, message);
        }
        return;
    };
    let stated = match attachment.get("size") {
        Some(Value::Number(size)) => size.as_str().parse::<usize>().ok(),
        _ => None,
    };
    if let (Some(stated), Some(found)) = (stated, base64_bytes(data))
        && stated != found
    {
        let message = format!("the attachment says that it has {stated} bytes, and its data has {found}");
        findings.error(Code::RuleBroken, place, message);
    }
}
