//! How is a patch document applied to a tree?
//!
//! Value in, value out: neither form knows resources, storage or HTTP. Both spend a common allowance of
//! work, because a short patch can ask for much: by copying a copy of a copy, or by looking a thousand
//! times through a wide object. <https://hl7.org/fhir/R4/http.html#patch>.

pub mod fhirpath_patch;
pub mod json_patch;
pub mod merge_patch;
mod pointer;
pub mod xml_patch;

use model::limits::{DEPTH_MAX, PATCH_WORK_MAX};
use model::{Code, Issue, Value};

/// What is left of the work that one patch may cause.
struct Allowance(usize);

impl Allowance {
    fn new() -> Self {
        Self(PATCH_WORK_MAX)
    }

    /// Takes `units` away: a member looked at, an item moved aside, a node or byte copied.
    fn spend(&mut self, units: usize) -> Result<(), Issue> {
        let message = format!("the patch asks for more than the limit of {PATCH_WORK_MAX} steps of work");
        self.0 = self.0.checked_sub(units).ok_or_else(|| Issue::error(Code::PatchFailed, message))?;
        Ok(())
    }
}

/// Spends what a copy of `value` costs and checks that it fits `levels` below the root.
///
/// The walk goes no deeper than the limit allows, so it cannot exhaust the stack.
fn weigh(value: &Value, levels: usize, allowance: &mut Allowance) -> Result<(), Issue> {
    let inner = levels + 1;
    match value {
        Value::Null | Value::Bool(_) => allowance.spend(1),
        Value::Number(number) => allowance.spend(1 + number.as_str().len()),
        Value::String(text) => allowance.spend(1 + text.len()),
        Value::Array(_) | Value::Object(_) if inner > DEPTH_MAX => {
            let message = format!("the result is nested deeper than the limit of {DEPTH_MAX} levels");
            Err(Issue::error(Code::PatchFailed, message))
        }
        Value::Array(items) => {
            allowance.spend(1)?;
            items.iter().try_for_each(|item| weigh(item, inner, allowance))
        }
        Value::Object(object) => {
            allowance.spend(1)?;
            object.iter().try_for_each(|(name, member)| {
                allowance.spend(name.len())?;
                weigh(member, inner, allowance)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: String, left: usize, fits: bool) {
        let weighed = weigh(&Value::from(text.as_str()), 0, &mut Allowance(left));
        let code = weighed.map_err(|issue| issue.code);
        assert_eq!(code, if fits { Ok(()) } else { Err(Code::PatchFailed) }, "{} of {left}", text.len());
    }

    #[test]
    fn work_is_done_up_to_what_is_allowed_and_no_step_further() {
        check("four".to_owned(), 5, true);
        check("four".to_owned(), 4, false);
        let most = Allowance::new().0;
        assert_eq!(most, PATCH_WORK_MAX);
        check("a".repeat(most - 1), most, true);
        check("a".repeat(most), most, false);
    }
}
