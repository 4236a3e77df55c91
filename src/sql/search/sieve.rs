//! Which code of a parameter comes next that may be in a set?
//!
//! A set of codes may be larger than what a parameter has of codes, or smaller: from a code on, the next few that the
//! parameter has are looked up, each found at once by the order of the index; where the set has none of them, it tells
//! from where to look on. So neither is ever read through for the other's sake.

use search::condition::Within;
use search::scan::Direction;
use search::{Part, Range};
use store::Result;

use super::Searching;
use super::scan;
use crate::failure::Failure;

/// Codes that are looked up at once: reading on costs as much as a few of them.
const CODES_AT_ONCE: usize = 16;

impl Searching<'_> {
    /// The least code at or behind `from` in a range of tokens that may be in the set.
    pub(super) async fn next_code(
        &self,
        range: &Range,
        within: &Within,
        from: &str,
    ) -> Result<Option<String>> {
        // What is young first: an entry that comes to its table meanwhile is met there.
        let young = self.next_young(range, within, from)?;
        let mut from = from.to_owned();
        while let Some(next) = within.next(&from) {
            if young.as_ref().is_some_and(|young| **young <= *next) {
                break;
            }
            let codes = self.codes(range, &next).await?;
            if let Some(code) = codes.iter().find(|code| within.may_hold(code)) {
                return Ok(young.into_iter().chain([code.clone()]).min());
            }
            match codes.last() {
                Some(last) if codes.len() == CODES_AT_ONCE => from = behind(last),
                _ => break,
            }
        }
        Ok(young)
    }

    /// The same of entries that are not in their table yet.
    fn next_young(&self, range: &Range, within: &Within, from: &str) -> Result<Option<String>> {
        let Some(young) = &self.shared.young else { return Ok(None) };
        let mut from = from.to_owned();
        while let Some(next) = within.next(&from) {
            let rest = Range { from: Some(Part::Text(next.clone())), ..range.clone() };
            let found = young.of((self.tenant, &rest), (Direction::Forwards, None), 1);
            self.spend(found.len())?;
            let Some(Part::Text(code)) = found.first().and_then(|found| found.key.0.first()) else { break };
            if within.may_hold(code) {
                return Ok(Some(code.to_string()));
            }
            from = behind(code);
        }
        Ok(None)
    }

    /// The first codes of a parameter from one on.
    async fn codes(&self, range: &Range, from: &str) -> Result<Vec<String>> {
        let rows = self.fetch(scan::codes((self.tenant, range.parameter), from, CODES_AT_ONCE)).await?;
        self.spend(rows.len())?;
        let codes = rows.iter().map(|row| row.text(0).map(str::to_owned));
        codes.collect::<std::result::Result<_, _>>().map_err(|error| Failure::from(error).into_error())
    }
}

/// The least text that is greater, as no text holds a NUL.
pub(super) fn behind(code: &str) -> String {
    format!("{code}\u{1}")
}
