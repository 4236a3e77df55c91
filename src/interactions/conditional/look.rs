//! What does an attempt see of what stands, and is it still so when it commits?
//!
//! All searches of an attempt are held to one moment, before the first: what was written since must not be meant by
//! any of them. Guards make sure of that at the commit; for what was found, versions do.

use std::collections::{BTreeSet, HashSet};

use access::Permit;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use model::limits::READS_AT_ONCE;
use model::{Code, Instant, Issue, Key, Text};
use search::{Branch, Condition, Query, Total};
use store::{Change, Guard, Transaction, Version, Write, Written};

use super::references;
use crate::{Content, Context, Failure, Result, prepare, words};

/// Why an attempt came to nothing.
#[derive(Debug)]
pub(crate) enum Setback {
    /// Somebody was faster; it may be made again.
    Race,
    /// It was refused.
    Refused(Failure),
}

/// What an attempt has seen.
pub(crate) struct Look<'c> {
    pub(crate) context: &'c Context,
    pub(crate) permit: &'c Permit,
    /// The moment of the last commit before the first search.
    since: Option<Instant>,
    guards: Vec<Guard>,
    /// Resources that the attempt deletes itself.
    gone: HashSet<Key>,
    /// What was found, is relied upon and not written.
    relied_on: HashSet<Key>,
}

impl<'c> Look<'c> {
    /// Begins an attempt; storage is first asked at the first search.
    pub(crate) fn new(context: &'c Context, permit: &'c Permit) -> Self {
        let (gone, relied_on) = (HashSet::new(), HashSet::new());
        Self { context, permit, since: None, guards: Vec::new(), gone, relied_on }
    }

    /// From now on these are not found.
    pub(crate) fn pass_over(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.gone.extend(keys);
    }

    /// The resources that are meant, but no more than so many. That one of them was written since the attempt began
    /// is a race that the commit would lose.
    pub(crate) async fn find(
        &mut self,
        branch: &Branch,
        most: usize,
    ) -> std::result::Result<Vec<Version>, Setback> {
        let since = match self.since {
            Some(since) => since,
            None => *self.since.insert(self.context.store.latest(self.permit).await?),
        };
        self.guards.push(Guard { branch: branch.clone(), since });
        let own = self.gone.iter().filter(|key| key.resource_type == branch.resource_type).count();
        let mut query = Query {
            branches: vec![words::answered_since(self.context, self.permit, branch, since).await?],
            directions: Vec::new(),
            count: most + own,
            total: Total::None,
            after: None,
        };
        let mut found = Vec::new();
        loop {
            let page = self.context.store.search(self.permit, &query).await?;
            found.extend(page.found.into_iter().filter(|key| !self.gone.contains(key)));
            query.after = page.next;
            if found.len() >= most || query.after.is_none() {
                break;
            }
        }
        found.truncate(most);
        let reads = stream::iter(found).map(|key| self.as_found(key));
        reads.buffered(READS_AT_ONCE).try_collect().await
    }

    /// The version of what was found, which must be the one that was found.
    async fn as_found(&self, key: Key) -> std::result::Result<Version, Setback> {
        let version = self.context.store.read(self.permit, &key).await?;
        let is_as_found = |version: &Version| {
            version.json.is_some() && self.since.is_none_or(|since| version.committed_at <= since)
        };
        version.filter(is_as_found).ok_or(Setback::Race)
    }

    /// Lets others change what the last search found, as long as it goes on to match and nothing else does: for what
    /// is replaced whatever its version. Many who do so at once need not wait for each other.
    pub(crate) fn let_change(&mut self, key: &Key) {
        let Some(Guard { branch, since }) = self.guards.pop() else { return };
        let itself = || Condition::Ids(BTreeSet::from([Text::from(key.id.as_str())]));
        let not = |condition| Condition::Not(Box::new(condition));
        let (criteria, resource_type) = (branch.condition, branch.resource_type);
        for parts in [vec![criteria.clone(), not(itself())], vec![itself(), not(criteria)]] {
            let condition = Condition::All(parts);
            self.guards.push(Guard { branch: Branch { resource_type, condition, sort: Vec::new() }, since });
        }
    }

    /// Whether a resource stands.
    pub(crate) async fn stands(&self, key: &Key) -> Result<bool> {
        let version = self.context.store.read(self.permit, key).await?;
        Ok(version.is_some_and(|version| version.json.is_some()))
    }

    /// Notes that the attempt needs this to stay, though it does not write it.
    pub(crate) fn rely_on(&mut self, key: Key) {
        self.relied_on.insert(key);
    }

    /// Makes the content ready to be stored under `key`, with its conditional references resolved.
    pub(crate) async fn prepare(
        &mut self,
        key: &Key,
        mut content: Content,
    ) -> std::result::Result<Change, Setback> {
        if let Content::Resource(resource) = &mut content {
            references::resolve(self, resource).await?;
        }
        Ok(prepare::put(self.context, key, content).await?)
    }

    /// Makes sure, after the last search, that what is relied upon is as it was found: then all that was seen is of
    /// one moment.
    pub(crate) async fn confirm(&mut self) -> std::result::Result<(), Setback> {
        for key in std::mem::take(&mut self.relied_on) {
            self.as_found(key).await?;
        }
        Ok(())
    }

    /// Stores all writes if nothing was added to what was searched for.
    pub(crate) async fn commit(&mut self, writes: Vec<Write>) -> store::Result<Vec<Written>> {
        let guards = std::mem::take(&mut self.guards);
        self.context.store.commit(self.permit, Transaction { writes, guards }).await
    }

    /// Stores one write.
    pub(crate) async fn commit_one(&mut self, write: Write) -> std::result::Result<Written, Setback> {
        let key = write.key.clone();
        self.confirm().await?;
        let written = self.commit(vec![write]).await?.pop();
        let internal = || Issue::error(Code::Internal, format!("the commit of {key} told nothing of it"));
        Ok(written.ok_or_else(internal)?)
    }
}

impl Setback {
    /// The same, located in an entry of a Bundle.
    pub(crate) fn within(self, entry: &str) -> Self {
        match self {
            Setback::Race => Setback::Race,
            Setback::Refused(failure) => Setback::Refused(failure.within(entry)),
        }
    }
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        Setback::Refused(failure)
    }
}

impl From<Issue> for Setback {
    fn from(issue: Issue) -> Self {
        Setback::Refused(issue.into())
    }
}

/// An expectation that does not hold was one of the attempt's own.
impl From<store::Error> for Setback {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Guard { .. } | store::Error::Expectation { .. } => Setback::Race,
            other => Setback::Refused(other.into()),
        }
    }
}
