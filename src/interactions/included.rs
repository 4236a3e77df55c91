//! What goes into the Bundle beside what matches? <https://hl7.org/fhir/R4/search.html#revinclude>
//!
//! `_include` follows the references of a page's resources, `_revinclude` looks for what refers to them, and with
//! `:iterate` both are asked again of what was included. All of it is told from rows; nothing is read for it.

mod step;

use std::collections::HashSet;

use access::Permit;
use model::limits::{INCLUDE_ROUNDS_MAX, INCLUDED_MAX};
use model::{Code, Issue, Key, Severity};
use search::Include;
use search::query::Iterate;

use crate::library::Shelf;
use crate::{Context, Result};
use step::Step;

/// What is included.
#[derive(Default)]
pub(crate) struct Included {
    /// The resources in the order in which they were found, none twice and none that matches.
    pub(crate) keys: Vec<Key>,
    /// That there is more, when there is.
    pub(crate) left_out: Option<Issue>,
}

/// Finds what the matches of a page bring with them.
pub(crate) async fn included(
    context: &Context,
    permit: &Permit,
    shelf: &Shelf,
    (includes, matches): (&[Include], &[Key]),
) -> Result<Included> {
    let mut done = Included::default();
    let mut seen: HashSet<Key> = matches.iter().cloned().collect();
    let mut asked = matches.to_vec();
    for round in 0..INCLUDE_ROUNDS_MAX {
        let wanted = includes.iter().filter(|include| round == 0 || include.iterate == Iterate::Again);
        let wanted: Vec<&Include> = wanted.collect();
        if wanted.is_empty() || asked.is_empty() {
            return Ok(done);
        }
        // All that is in the Bundle already may be found once more.
        let room = INCLUDED_MAX - done.keys.len();
        let step = Step { context, permit, shelf, enough: seen.len() + room + 1 };
        let found = step.take(&wanted, &asked).await?;
        let mut fresh: Vec<Key> = found.keys.into_iter().filter(|key| seen.insert(key.clone())).collect();
        if found.more || fresh.len() > room {
            fresh.truncate(room);
            done.keys.extend(fresh);
            done.left_out =
                Some(left_out(&format!("what is more than the limit of {INCLUDED_MAX} resources")));
            return Ok(done);
        }
        done.keys.extend(fresh.iter().cloned());
        asked = fresh;
    }
    // A reference may lead nowhere, and then nothing is left out.
    let standing = context.store.rows(permit, &asked).await?;
    if standing.iter().any(Option::is_some) {
        let what = format!("what is more than the limit of {INCLUDE_ROUNDS_MAX} rounds away");
        done.left_out = Some(left_out(&what));
    }
    Ok(done)
}

fn left_out(what: &str) -> Issue {
    let message = format!("{what} is left out of what is included");
    Issue::error(Code::LeftOut, message).with_severity(Severity::Warning)
}
