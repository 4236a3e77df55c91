//! How are requests processed all together or not at all?
//! <https://hl7.org/fhir/R4/http.html#transaction>
//!
//! New resources get their ids first, so that references to them can be written before anything is
//! stored; then all writes are one commit. Entries that only look see what stands after it.

mod links;

use std::collections::HashSet;

use access::{Demand, Permit, Principal, Verb};
use model::limits::CONFLICT_RETRIES_MAX;
use model::{Code, Issue, Key};
use store::{Change, Expectation, Method, Transaction, Write, Written};

use crate::batch::phases;
use crate::bundle::{Reply, Step};
use crate::operation::{self, Target};
use crate::{
    Answer, Content, Context, Failure, HttpVerb, Offer, PatchDocument, Place, Result, Shape, patch_resource,
    prepare, update,
};

pub(crate) const OFFER: Offer = Offer { code: "transaction", verb: HttpVerb::Post, shape: Shape::Base };

pub(crate) async fn run(
    context: &Context,
    principal: &Principal,
    permit: &Permit,
    mut steps: Vec<Step>,
) -> Result<Vec<Reply>> {
    let mut replies: Vec<Option<Reply>> = steps.iter().map(|_| None).collect();
    for step in &steps {
        step.check_offered()?;
        check_access(principal, step)?;
    }
    let targets = targets(context, &steps)?;
    links::rewrite(context, &mut steps, &targets)?;
    let (mut looks, mut deeds) = (Vec::new(), Vec::new());
    for phase in phases() {
        let (now, later): (Vec<_>, Vec<_>) = steps.into_iter().partition(|step| phase.contains(&step.verb));
        steps = later;
        for step in now {
            match targets[step.entry].clone() {
                Some(key) => deeds.push(deed(context, step, key).await?),
                None => looks.push(step),
            }
        }
    }
    let written = commit(context, permit, &deeds).await?;
    for (deed, written) in deeds.iter().zip(written) {
        replies[deed.entry] = Some(Reply::Answered { verb: deed.verb, answer: Answer::Written(written) });
    }
    for look in looks {
        let (entry, verb, path, known) = (look.entry, look.verb, look.path(), look.known.clone());
        let interaction = look.into_look(context)?;
        let answer = Box::pin(crate::run(context, principal, interaction)).await;
        let answer = answer.map_err(|failure| failure.within(&path));
        replies[entry] = Some(match answer {
            Ok(answer) => Reply::new(verb, answer, &known),
            Err(failure) => Reply::Failed(failure),
        });
    }
    Ok(replies.into_iter().flatten().collect())
}

/// A write that is ready but for what only a read can tell.
struct Deed {
    entry: usize,
    verb: HttpVerb,
    key: Key,
    expect: Expectation,
    /// What the client expects, before the server's own rules.
    asked: Expectation,
    body: Body,
}

enum Body {
    Ready(Change),
    Patch(PatchDocument),
}

/// The resource that each entry writes; none for those that only look.
fn targets(context: &Context, steps: &[Step]) -> Result<Vec<Option<Key>>> {
    let mut seen = HashSet::new();
    steps
        .iter()
        .map(|step| {
            let key = match (step.verb, &step.place) {
                (HttpVerb::Get | HttpVerb::Head, _) => return Ok(None),
                (HttpVerb::Post, Place::Operation(target, name)) => {
                    return look_only(context, step, target, name);
                }
                (HttpVerb::Post, Place::Type(resource_type)) => Key::new(*resource_type, (context.new_id)()),
                (_, Place::Instance(key)) => key.clone(),
                _ => {
                    let message = "a Bundle cannot hold a request for another Bundle";
                    return Err(step.issue(Code::InvalidEntry, message, ".request").into());
                }
            };
            if !seen.insert(key.clone()) {
                let message = format!("{key} is written by an earlier entry already");
                return Err(step.issue(Code::DuplicateEntry, message, ".request.url").into());
            }
            Ok(Some(key))
        })
        .collect()
}

/// An operation may stand in a transaction when it changes nothing: its own writes would not be undone.
fn look_only(context: &Context, step: &Step, target: &Target, name: &str) -> Result<Option<Key>> {
    let found = operation::find(context.operations, target, name, step.verb);
    let found = found.map_err(|issue| issue.at(format!("{}.request", step.path())))?;
    if found.only_looks() {
        return Ok(None);
    }
    let message = format!("`${name}` changes what is stored, and a transaction could not take it back");
    Err(step.issue(Code::InvalidEntry, message, ".request").into())
}

fn check_access(principal: &Principal, step: &Step) -> Result<()> {
    let demand = match (step.verb, &step.place) {
        (HttpVerb::Post, Place::Type(resource_type)) => Demand::Type(Verb::Create, *resource_type),
        (HttpVerb::Delete, Place::Instance(key)) => Demand::Instance(Verb::Delete, key.clone()),
        (HttpVerb::Put | HttpVerb::Patch, Place::Instance(key)) => {
            Demand::Instance(Verb::Update, key.clone())
        }
        // Looks are weighed when they are run.
        _ => return Ok(()),
    };
    let refused = |issue: Issue| Failure::from(issue).within(&step.path());
    access::decide(principal, &demand).map(|_| ()).map_err(refused)
}

async fn deed(context: &Context, mut step: Step, key: Key) -> Result<Deed> {
    let path = step.path();
    let (entry, verb, expect) = (step.entry, step.verb, step.expect.clone());
    let asked = if verb == HttpVerb::Post { Expectation::Absent } else { expect.clone() };
    let (expect, body) = match verb {
        HttpVerb::Delete => (expect, Body::Ready(Change::Delete)),
        HttpVerb::Patch => (expect, Body::Patch(step.take_patch()?)),
        _ => {
            let resource = step.take_resource()?;
            if verb == HttpVerb::Put {
                update::check_id(&resource, &key).map_err(|wrong| wrong.within(&path))?;
            }
            let change = prepare::put(context, &key, Content::Resource(resource)).await;
            let change = change.map_err(|wrong| wrong.within(&path))?;
            let created = verb == HttpVerb::Post;
            let expect = if created { Expectation::Absent } else { update::expectation(context, expect) };
            (expect, Body::Ready(change))
        }
    };
    Ok(Deed { entry, verb, key, expect, asked, body })
}

/// One commit. A patch that lost a race is made again from what stands there now.
async fn commit(context: &Context, permit: &Permit, deeds: &[Deed]) -> Result<Vec<Written>> {
    for _ in 0..CONFLICT_RETRIES_MAX {
        let mut writes = Vec::with_capacity(deeds.len());
        for deed in deeds {
            let write = write(context, permit, deed).await;
            writes.push(write.map_err(|wrong| wrong.within(&crate::bundle::path(deed.entry)))?);
        }
        match context.store.commit(permit, Transaction { writes }).await {
            Ok(written) => return Ok(written),
            Err(store::Error::Expectation { write, current }) => {
                let Some(deed) = deeds.get(write) else { break };
                let lost_race = matches!(deed.body, Body::Patch(_)) && deed.expect.holds(current);
                if !lost_race {
                    let refused = update::refused(context, &deed.key, &deed.asked, current);
                    return Err(Failure::from(refused).within(&crate::bundle::path(deed.entry)));
                }
            }
            Err(store::Error::DuplicateKey { write }) => {
                let entry = deeds.get(write).map_or(write, |deed| deed.entry);
                let failure = Failure::from(store::Error::DuplicateKey { write });
                return Err(failure.within(&crate::bundle::path(entry)));
            }
            Err(other) => return Err(other.into()),
        }
    }
    let message = format!("resources of the transaction were changed by others {CONFLICT_RETRIES_MAX} times");
    Err(Issue::error(Code::Contention, message).into())
}

async fn write(context: &Context, permit: &Permit, deed: &Deed) -> Result<Write> {
    let change = match &deed.body {
        Body::Ready(change) => change.clone(),
        Body::Patch(patch) => {
            return patch_resource::prepare_write(context, permit, &deed.key, patch, &deed.expect).await;
        }
    };
    let method = match deed.verb {
        HttpVerb::Delete => Method::Delete,
        HttpVerb::Post => Method::Post,
        _ => Method::Put,
    };
    Ok(Write { key: deed.key.clone(), method, change, expect: deed.expect.clone() })
}
