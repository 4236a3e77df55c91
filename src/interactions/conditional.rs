//! What is done to what a search finds?
//!
//! Create, update, patch and delete on a condition: <https://hl7.org/fhir/R4/http.html#ccreate>,
//! <https://hl7.org/fhir/R4/http.html#cond-update>, <https://hl7.org/fhir/R4/http.html#3.1.0.7.1>. An attempt looks at
//! what stands, decides, and commits on the condition that nothing was added since to what it searched for; when
//! somebody was faster, it is made again. So of any number of clients that create the same thing at once, one does.
//!
//! Where criteria reach into other resources by a chain, what others write there meanwhile is not watched.

mod criteria;
mod look;
mod own;
pub(crate) mod references;

use access::{Demand, Permit, Verb};
use model::limits::{CONDITIONAL_DELETE_MAX, CONFLICT_RETRIES_MAX};
use model::{Code, Id, Issue, Key, Object, ResourceType, Value};
use search::Branch;
use store::{Change, Effect, Expectation, Method, Version, Write, Written};

use crate::{Answer, Content, Context, Failure, PatchDocument, Result, failure, patch_resource};

pub use criteria::Criteria;
pub(crate) use look::{Look, Setback};
pub(crate) use own::Own;

/// A write whose resource is told by a search.
pub enum Conditional {
    /// A new resource, unless there is one already.
    Create(Content),
    /// New content for the one that is found, or a new resource.
    Update {
        /// The content.
        content: Content,
        /// On which condition.
        expect: Expectation,
    },
    /// A change to a part of the one that is found.
    Patch {
        /// How it changes.
        patch: PatchDocument,
        /// On which condition.
        expect: Expectation,
    },
    /// No more of all that are found.
    Delete {
        /// On which condition.
        expect: Expectation,
    },
}

impl Conditional {
    /// What a caller must be allowed to do, beside looking at what is there.
    pub(crate) fn demand(&self, resource_type: ResourceType) -> Demand {
        let verb = match self {
            Conditional::Create(_) => Verb::Create,
            Conditional::Update { .. } | Conditional::Patch { .. } => Verb::Update,
            Conditional::Delete { .. } => Verb::Delete,
        };
        Demand::Type(verb, resource_type)
    }
}

pub(crate) async fn run(
    context: &Context,
    permit: &Permit,
    criteria: &Criteria,
    change: &Conditional,
) -> Result<Answer> {
    let branch = criteria.branch(context).await?;
    let new_id = (context.new_id)();
    for _ in 0..CONFLICT_RETRIES_MAX {
        let mut look = Look::new(context, permit);
        let attempt = match change {
            Conditional::Create(content) => create(&mut look, &branch, content, &new_id).await,
            Conditional::Update { content, expect } => {
                update(&mut look, &branch, (content, expect), &new_id).await
            }
            Conditional::Patch { patch, expect } => patch_one(&mut look, &branch, patch, expect).await,
            Conditional::Delete { expect } => delete(&mut look, &branch, expect).await,
        };
        match attempt {
            Ok(written) => return Ok(Answer::Written(written)),
            Err(Setback::Race) => {}
            Err(Setback::Refused(refused)) => return Err(refused),
        }
    }
    Err(given_up(&format!("what the criteria mean of {}", branch.resource_type)))
}

/// Tells that others were faster again and again.
pub(crate) fn given_up(what: &str) -> Failure {
    Issue::error(Code::Contention, format!("{what} was changed by others {CONFLICT_RETRIES_MAX} times"))
        .into()
}

type Attempt = std::result::Result<Written, Setback>;

async fn create(look: &mut Look<'_>, branch: &Branch, content: &Content, new_id: &Id) -> Attempt {
    if let Some(version) = one(look, branch).await? {
        return Ok(Written { effect: Effect::Unchanged, version: Some(version) });
    }
    let key = Key::new(branch.resource_type, new_id.clone());
    let change = look.prepare(&key, content.clone()).await?;
    let write = Write { key, method: Method::Post, change, expect: Expectation::Absent };
    look.commit_one(write).await
}

async fn update(
    look: &mut Look<'_>,
    branch: &Branch,
    (content, expect): (&Content, &Expectation),
    new_id: &Id,
) -> Attempt {
    let id = match content {
        Content::Resource(resource) => id_of(resource, branch)?,
        Content::Raw { .. } => None,
    };
    let target = to_update(look, branch, id, expect).await?;
    let Target { key, expect, .. } = target.unwrap_or_else(|| Target::new(branch, new_id.clone()));
    let change = look.prepare(&key, content.clone()).await?;
    look.commit_one(Write { key, method: Method::Put, change, expect }).await
}

async fn patch_one(
    look: &mut Look<'_>,
    branch: &Branch,
    patch: &PatchDocument,
    expect: &Expectation,
) -> Attempt {
    let version = to_patch(look, branch, expect).await?;
    let write = patch_resource::prepare_write(look, &version, patch).await?;
    look.commit_one(write).await
}

async fn delete(look: &mut Look<'_>, branch: &Branch, expect: &Expectation) -> Attempt {
    let targets = to_delete(look, branch, expect).await?;
    if targets.is_empty() {
        return Ok(Written { effect: Effect::Unchanged, version: None });
    }
    let delete = |target: Target| Write {
        key: target.key,
        method: Method::Delete,
        change: Change::Delete,
        expect: target.expect,
    };
    let written = look.commit(targets.into_iter().map(delete).collect()).await?;
    Ok(together(written))
}

/// What came of the deletion of several resources, as one answer; that of a single one tells its version.
pub(crate) fn together(mut written: Vec<Written>) -> Written {
    match written.pop() {
        Some(only) if written.is_empty() => only,
        Some(_) => Written { effect: Effect::Deleted, version: None },
        None => Written { effect: Effect::Unchanged, version: None },
    }
}

/// The resource that a write on a condition is about.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) key: Key,
    /// What the commit must find.
    pub(crate) expect: Expectation,
}

impl Target {
    /// A resource that does not stand yet.
    pub(crate) fn new(branch: &Branch, id: Id) -> Self {
        Self { key: Key::new(branch.resource_type, id), expect: Expectation::Absent }
    }

    /// A resource as it was found.
    pub(crate) fn of(version: &Version) -> Self {
        Self { key: version.key.clone(), expect: Expectation::OneOf(vec![version.version]) }
    }
}

/// The one resource that is meant, if one is.
pub(crate) async fn one(
    look: &mut Look<'_>,
    branch: &Branch,
) -> std::result::Result<Option<Version>, Setback> {
    let mut found = look.find(branch, 2).await?;
    match (found.pop(), found.is_empty()) {
        (found, true) => Ok(found),
        (_, false) => {
            let message = format!("more than one {} matches, where at most one may", branch.resource_type);
            Err(Issue::error(Code::MultipleMatches, message).into())
        }
    }
}

/// What a conditional update is about, where the content has this id; none for a new resource under a new id.
pub(crate) async fn to_update(
    look: &mut Look<'_>,
    branch: &Branch,
    id: Option<Id>,
    expect: &Expectation,
) -> std::result::Result<Option<Target>, Setback> {
    if let Some(version) = one(look, branch).await? {
        check_expected(&version, expect)?;
        if id.is_some_and(|id| id != version.key.id) {
            let message = "the resource's id differs from that of the one that matches";
            return Err(Issue::error(Code::IdMismatch, message).at(id_path(branch)).into());
        }
        let mut target = Target::of(&version);
        if *expect == Expectation::Anything {
            look.let_change(&target.key);
            target.expect = Expectation::Present;
        }
        return Ok(Some(target));
    }
    if !expect.holds(None) {
        return Err(nothing_expected(branch).into());
    }
    let Some(id) = id else { return Ok(None) };
    let target = Target::new(branch, id);
    if !look.context.policy.client_ids {
        return Err(failure::client_id_refused(&target.key).into());
    }
    if look.stands(&target.key).await? {
        let message = format!("{} exists, and does not match", target.key);
        return Err(Issue::error(Code::IdTaken, message).at(id_path(branch)).into());
    }
    Ok(Some(target))
}

/// What a conditional patch is about.
pub(crate) async fn to_patch(
    look: &mut Look<'_>,
    branch: &Branch,
    expect: &Expectation,
) -> std::result::Result<Version, Setback> {
    let missing = || Issue::error(Code::NotFound, format!("no {} matches", branch.resource_type));
    let version = one(look, branch).await?.ok_or_else(missing)?;
    check_expected(&version, expect)?;
    Ok(version)
}

/// What a conditional delete is about: all that match, up to a limit beyond which it is about none.
pub(crate) async fn to_delete(
    look: &mut Look<'_>,
    branch: &Branch,
    expect: &Expectation,
) -> std::result::Result<Vec<Target>, Setback> {
    let found = look.find(branch, CONDITIONAL_DELETE_MAX + 1).await?;
    if found.len() > CONDITIONAL_DELETE_MAX {
        let resource_type = branch.resource_type;
        let message = format!(
            "more {resource_type} resources match than the limit of {CONDITIONAL_DELETE_MAX} that are deleted at once"
        );
        return Err(Issue::error(Code::MultipleMatches, message).into());
    }
    if found.is_empty() && !matches!(expect, Expectation::Anything | Expectation::Absent) {
        return Err(nothing_expected(branch).into());
    }
    found.iter().try_for_each(|version| check_expected(version, expect))?;
    Ok(found.iter().map(Target::of).collect())
}

/// The id that the content of a conditional update has; it need not have one.
pub(crate) fn id_of(resource: &Object, branch: &Branch) -> Result<Option<Id>> {
    let wrong = |what: &str| Issue::error(Code::InvalidId, what.to_owned()).at(id_path(branch));
    match resource.get("id").map(Value::as_str) {
        None => Ok(None),
        Some(None) => Err(wrong("the resource's id is not a string").into()),
        Some(Some(id)) => match Id::parse(id) {
            Some(id) => Ok(Some(id)),
            None => Err(wrong("the resource's id is not 1 to 64 letters, digits, `-` and `.`").into()),
        },
    }
}

fn id_path(branch: &Branch) -> String {
    format!("{}.id", branch.resource_type)
}

fn check_expected(version: &Version, expect: &Expectation) -> Result<()> {
    match expect.holds(Some(version.version)) {
        true => Ok(()),
        false => Err(failure::refused(&version.key, expect, Some(version.version)).into()),
    }
}

fn nothing_expected(branch: &Branch) -> Issue {
    let message =
        format!("no {} matches, so no version that If-Match names is current", branch.resource_type);
    Issue::error(Code::StaleVersion, message)
}
