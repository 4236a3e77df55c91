//! Which resource is each entry of a transaction about?
//!
//! Told by its url, or by a search of what stands before the transaction. Two entries that write the same resource
//! are refused, whatever led to it. Whether something is to be created is found out last, since by then all that is
//! to be deleted is gone: <https://hl7.org/fhir/R4/http.html#trules>.

use std::collections::HashSet;

use model::{Code, Id, Key};
use search::Branch;
use store::{Expectation, Version};

use crate::bundle::Step;
use crate::conditional::{self, Criteria, Look, Setback};
use crate::operation::{self, Target as Called};
use crate::{Context, HttpVerb, Place, Result, update};

/// What an entry is about.
pub(super) enum Aim {
    /// Nothing that it would write.
    Looks,
    /// What it would create stands already.
    Stands(Version),
    /// A resource to be created, replaced or changed.
    Puts(Target),
    /// Resources to be deleted.
    Deletes(Vec<Target>),
}

/// A resource to be written.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) key: Key,
    /// What the commit must find.
    pub(super) expect: Expectation,
    /// What the client asked for, before the server's own rules; none where the expectation is the attempt's own.
    pub(super) asked: Option<Expectation>,
    /// The version that was found by a search.
    pub(super) found: Option<Version>,
}

/// What was searched for on behalf of an entry that is to concern one resource.
pub(super) struct Searched {
    pub(super) entry: usize,
    pub(super) branch: Branch,
    /// What was found.
    pub(super) found: Option<Key>,
}

impl Aim {
    /// The one resource by which other entries may refer to this one.
    pub(super) fn key(&self) -> Option<&Key> {
        match self {
            Aim::Looks => None,
            Aim::Stands(version) => Some(&version.key),
            Aim::Puts(target) => Some(&target.key),
            Aim::Deletes(targets) => match targets.as_slice() {
                [target] => Some(&target.key),
                _ => None,
            },
        }
    }

    /// The resources that are written.
    pub(super) fn written(&self) -> &[Target] {
        match self {
            Aim::Looks | Aim::Stands(_) => &[],
            Aim::Puts(target) => std::slice::from_ref(target),
            Aim::Deletes(targets) => targets,
        }
    }
}

/// What each entry is about, and what was searched for to tell.
pub(super) async fn aims(
    look: &mut Look<'_>,
    steps: &[Step],
) -> std::result::Result<(Vec<Aim>, Vec<Searched>), Setback> {
    let mut aims: Vec<Aim> = steps.iter().map(|_| Aim::Looks).collect();
    let (mut searched, mut gone) = (Vec::new(), Vec::new());
    let (creations, others): (Vec<_>, Vec<_>) = steps.iter().partition(|step| step.verb == HttpVerb::Post);
    let mut written = HashSet::new();
    for step in others.into_iter().chain(creations) {
        if step.verb == HttpVerb::Post {
            look.pass_over(gone.drain(..));
        }
        let aim = match &step.criteria {
            None => plain(look.context, step)?,
            Some(criteria) => {
                let aim = on_condition(look, step, criteria, &mut searched).await;
                aim.map_err(|setback| setback.within(&step.path()))?
            }
        };
        for target in aim.written() {
            if !written.insert(target.key.clone()) {
                let message = format!("{} is written by another entry already", target.key);
                return Err(step.issue(Code::DuplicateEntry, message, ".request.url").into());
            }
        }
        if let Aim::Deletes(targets) = &aim {
            gone.extend(targets.iter().map(|target| target.key.clone()));
        }
        aims[step.entry] = aim;
    }
    look.pass_over(gone);
    Ok((aims, searched))
}

/// What an entry is about that says so itself.
fn plain(context: &Context, step: &Step) -> Result<Aim> {
    let target = |key: Key, expect: Expectation, asked: Expectation| Target {
        key,
        expect,
        asked: Some(asked),
        found: None,
    };
    let asked = step.expect.clone();
    Ok(match (step.verb, &step.place) {
        (HttpVerb::Get | HttpVerb::Head, _) => Aim::Looks,
        (HttpVerb::Post, Place::Operation(called, name)) => look_only(context, step, called, name)?,
        (HttpVerb::Post, Place::Type(resource_type)) => {
            let key = Key::new(*resource_type, (context.new_id)());
            Aim::Puts(target(key, Expectation::Absent, Expectation::Absent))
        }
        (HttpVerb::Put, Place::Instance(key)) => {
            Aim::Puts(target(key.clone(), update::expectation(context, asked.clone()), asked))
        }
        (HttpVerb::Patch, Place::Instance(key)) => Aim::Puts(target(key.clone(), asked.clone(), asked)),
        (HttpVerb::Delete, Place::Instance(key)) => {
            Aim::Deletes(vec![target(key.clone(), asked.clone(), asked)])
        }
        _ => {
            let message = "a Bundle cannot hold a request for another Bundle";
            return Err(step.issue(Code::InvalidEntry, message, ".request").into());
        }
    })
}

/// An operation may stand in a transaction when it changes nothing: its own writes would not be undone.
fn look_only(context: &Context, step: &Step, called: &Called, name: &str) -> Result<Aim> {
    let found = operation::find(context.operations, called, name, step.verb);
    let found = found.map_err(|issue| issue.at(format!("{}.request", step.path())))?;
    if found.only_looks() {
        return Ok(Aim::Looks);
    }
    let message = format!("`${name}` changes what is stored, and a transaction could not take it back");
    Err(step.issue(Code::InvalidEntry, message, ".request").into())
}

/// What an entry is about that searches for it.
async fn on_condition(
    look: &mut Look<'_>,
    step: &Step,
    criteria: &Criteria,
    searched: &mut Vec<Searched>,
) -> std::result::Result<Aim, Setback> {
    let branch = criteria.branch(look.context).await?;
    let found = |target: conditional::Target, found: Option<Version>| Target {
        key: target.key,
        expect: target.expect,
        asked: None,
        found,
    };
    let new = |id: Id| conditional::Target::new(&branch, id);
    let aim = match step.verb {
        HttpVerb::Delete => {
            let targets = conditional::to_delete(look, &branch, &step.expect).await?;
            return Ok(Aim::Deletes(targets.into_iter().map(|target| found(target, None)).collect()));
        }
        HttpVerb::Patch => {
            let version = conditional::to_patch(look, &branch, &step.expect).await?;
            Aim::Puts(found(conditional::Target::of(&version), Some(version)))
        }
        HttpVerb::Put => {
            let resource = step.resource.as_ref();
            let id = resource.map(|resource| conditional::id_of(resource, &branch)).transpose()?.flatten();
            let target = conditional::to_update(look, &branch, id, &step.expect).await?;
            Aim::Puts(found(target.unwrap_or_else(|| new((look.context.new_id)())), None))
        }
        _ => match conditional::one(look, &branch).await? {
            Some(version) => {
                look.rely_on(version.key.clone());
                Aim::Stands(version)
            }
            None => Aim::Puts(found(new((look.context.new_id)()), None)),
        },
    };
    let stood = match &aim {
        Aim::Puts(target) if target.expect == Expectation::Absent => None,
        aim => aim.key().cloned(),
    };
    searched.push(Searched { entry: step.entry, branch, found: stood });
    Ok(aim)
}
