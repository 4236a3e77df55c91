//! Which resources hold these words? <https://hl7.org/fhir/R4/search.html#content>
//!
//! An index of words, which is handed in, knows; it follows the log of the store at some distance. A search waits until
//! the index has come as far as the store had when it was asked, so that what a client wrote is found by what it asks
//! next. The ids that the index gives are candidates like any others: whatever does not stand any more is not served.

mod condition;
mod feed;
mod narrative;
mod texts;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::Permit;
use async_trait::async_trait;
use fulltext::{Error, Expression, Field, Found};
use model::{Code, Instant, Issue, ResourceType, Severity, Text};
use search::{Branch, Query, words};
use store::Store;

use crate::{Context, Result};

pub use feed::{At, VERSIONS_AT_A_TIME, apply, page};

/// What is looked for in one search at most, each of its types counted: all types of R4 with a few alternatives.
const SOUGHT_MAX: usize = 1_000;

/// An index of words that follows the log of a store.
#[async_trait]
pub trait Words: Send + Sync {
    /// Waits until everything can be found that was committed up to a moment, but no longer than clients do.
    async fn reach(&self, store: &dyn Store, permit: &Permit, moment: Instant) -> Reached;

    /// Which resources are meant, for each of what is looked for.
    async fn find(&self, sought: Vec<Sought>) -> fulltext::Result<Vec<Found>>;
}

/// How far an index has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// As far as it was asked to.
    There,
    /// Not so far; it goes on.
    OnItsWay,
    /// There is none here.
    Nowhere,
}

/// Words that are looked for in resources of a type.
#[derive(Clone, Debug)]
pub struct Sought {
    /// Whose resources.
    pub tenant: u32,
    /// Of which type.
    pub resource_type: ResourceType,
    /// In which part of them.
    pub field: Field,
    /// Which words.
    pub meant: Arc<Expression>,
}

/// Where there is no index of words: searches for words are refused.
pub struct Nowhere;

#[async_trait]
impl Words for Nowhere {
    async fn reach(&self, _: &dyn Store, _: &Permit, _: Instant) -> Reached {
        Reached::Nowhere
    }

    async fn find(&self, _: Vec<Sought>) -> fulltext::Result<Vec<Found>> {
        Err(Error::Unavailable("there is none here".to_owned()))
    }
}

/// An index that follows the log whenever it is asked, and that of one tenant: for a store that is small.
pub struct Following(pub fulltext::Index);

#[async_trait]
impl Words for Following {
    async fn reach(&self, store: &dyn Store, permit: &Permit, moment: Instant) -> Reached {
        let mut after = self.0.position().map_or(At::start(), At::behind);
        if after.moment() >= moment {
            return Reached::There;
        }
        while after.moment() < moment {
            let Ok(versions) = page(store, permit, after).await else { return Reached::OnItsWay };
            let Some(last) = versions.last() else { break };
            after = At::behind(last.committed_at.0);
            if apply(&self.0, permit.tenant(), &versions).is_err() {
                return Reached::OnItsWay;
            }
        }
        match self.0.commit(after.moment().0) {
            Ok(()) => Reached::There,
            Err(_) => Reached::OnItsWay,
        }
    }

    async fn find(&self, sought: Vec<Sought>) -> fulltext::Result<Vec<Found>> {
        find(&self.0, &sought)
    }
}

/// Looks up all that is sought. Blocks for some milliseconds at most.
pub fn find(index: &fulltext::Index, sought: &[Sought]) -> fulltext::Result<Vec<Found>> {
    let one = |it: &Sought| index.search((it.tenant, it.resource_type.as_str()), it.field, &it.meant);
    sought.iter().map(one).collect()
}

/// The query with the ids of the resources that hold the words that it asks for.
pub(crate) async fn answered<'q>(
    context: &Context,
    permit: &Permit,
    query: &'q Query,
) -> Result<Cow<'q, Query>> {
    let sought = condition::sought(&query.branches)?;
    if sought.is_empty() {
        return Ok(Cow::Borrowed(query));
    }
    let moment = context.store.latest(permit).await?;
    let branches = known(context, permit, (&query.branches, sought), moment).await?;
    Ok(Cow::Owned(Query { branches, ..query.clone() }))
}

/// The same of a branch, as things stood at a moment or later.
pub(crate) async fn answered_since(
    context: &Context,
    permit: &Permit,
    branch: &Branch,
    moment: Instant,
) -> Result<Branch> {
    let branches = std::slice::from_ref(branch);
    let sought = condition::sought(branches)?;
    if sought.is_empty() {
        return Ok(branch.clone());
    }
    let mut known = known(context, permit, (branches, sought), moment).await?;
    Ok(known.swap_remove(0))
}

/// What is asked of which types.
type Wanted<'c> = BTreeSet<(ResourceType, &'c search::Words)>;

/// What was found of it.
type Ids<'c> = BTreeMap<(ResourceType, &'c search::Words), BTreeSet<Text>>;

async fn known(
    context: &Context,
    permit: &Permit,
    (branches, wanted): (&[Branch], Wanted<'_>),
    moment: Instant,
) -> Result<Vec<Branch>> {
    if wanted.len() > SOUGHT_MAX {
        let message = format!(
            "words are looked for {} times, each type counted, and {SOUGHT_MAX} are the limit; `_type` names types",
            wanted.len()
        );
        return Err(Issue::error(Code::TooCostly, message).into());
    }
    // What cannot be understood need not wait.
    let sought = understood(permit, &wanted)?;
    let reached = context.words.reach(&*context.store, permit, moment).await;
    refuse_unreached(&reached)?;
    let found = context.words.find(sought).await.map_err(|error| failed(error, &wanted))?;
    let mut ids = Ids::new();
    let mut room = fulltext::limits::FOUND_MAX;
    for (wanted, found) in wanted.into_iter().zip(found) {
        let found = match found {
            Found::All(found) if found.len() <= room => found,
            Found::All(_) | Found::TooMany => return Err(too_many(wanted.1)),
        };
        room -= found.len();
        ids.insert(wanted, found.into_iter().map(Text::from).collect());
    }
    Ok(branches.iter().map(|branch| condition::with_ids(branch, &ids)).collect())
}

fn understood(permit: &Permit, wanted: &Wanted<'_>) -> Result<Vec<Sought>> {
    let mut expressions: BTreeMap<&search::Words, Arc<Expression>> = BTreeMap::new();
    let mut sought = Vec::with_capacity(wanted.len());
    for (resource_type, words) in wanted {
        let meant = match expressions.get(words) {
            Some(known) => Arc::clone(known),
            None => {
                let parsed = Expression::parse(&words.sought).map_err(|error| refused(&error, words))?;
                Arc::clone(expressions.entry(*words).or_insert(Arc::new(parsed)))
            }
        };
        let field = match words.field {
            words::Field::Narrative => Field::Text,
            words::Field::Content => Field::Content,
        };
        sought.push(Sought { tenant: permit.tenant(), resource_type: *resource_type, field, meant });
    }
    Ok(sought)
}

fn refuse_unreached(reached: &Reached) -> Result<()> {
    let issue = match reached {
        Reached::There => return Ok(()),
        Reached::OnItsWay => {
            let message =
                "the index of words is catching up with what is stored; this can be asked again when it has";
            Issue::error(Code::StorageUnavailable, message)
        }
        Reached::Nowhere => Issue::error(Code::NotSupported, "nothing is found by words here"),
    };
    Err(issue.into())
}

fn refused(error: &Error, words: &search::Words) -> Issue {
    Issue::error(Code::InvalidParameter, format!("`{}`: {error}", words.field.code()))
}

fn failed(error: Error, wanted: &Wanted<'_>) -> Issue {
    match (&error, wanted.first()) {
        (Error::Expression(_), Some((_, words))) => refused(&error, words),
        _ => Issue::error(Code::StorageUnavailable, "the index of words does not answer")
            .with_severity(Severity::Fatal),
    }
}

fn too_many(words: &search::Words) -> crate::Failure {
    let message = format!(
        "`{}`: these words stand in more than {} resources, which is the limit; more words, or rarer ones, are expected",
        words.field.code(),
        fulltext::limits::FOUND_MAX
    );
    Issue::error(Code::TooCostly, message).into()
}
