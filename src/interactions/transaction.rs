//! How are requests processed all together or not at all?
//! <https://hl7.org/fhir/R4/http.html#transaction>
//!
//! Which resource each entry is about is found out first, and new resources get their ids, so that references to
//! them can be written before anything is stored; then all writes are one commit. Entries that only look see what
//! stands after it. Where something was searched for, the commit holds only if it would be found again; else the
//! whole is attempted anew, so that searches and writes are one step for everybody else.

mod aims;
mod links;
mod overlap;

use access::{Demand, Permit, Principal, Verb};
use model::limits::CONFLICT_RETRIES_MAX;
use model::{Issue, Key};
use store::{Change, Effect, Expectation, Method, Write, Written};

use crate::batch::phases;
use crate::bundle::{Reply, Step};
use crate::conditional::{self, Look, Setback, references};
use crate::{
    Answer, Content, Context, Failure, HttpVerb, Offer, Place, Result, Shape, patch_resource, prepare, update,
};
use aims::{Aim, Target};

pub(crate) const OFFER: Offer = Offer { code: "transaction", verb: HttpVerb::Post, shape: Shape::Base };

pub(crate) async fn run(
    context: &Context,
    principal: &Principal,
    permit: &Permit,
    steps: Vec<Step>,
) -> Result<Vec<Reply>> {
    for step in &steps {
        step.check_offered()?;
        check_access(principal, step)?;
    }
    let Done { mut replies, looks } = Box::pin(settle(context, permit, steps)).await?;
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

fn check_access(principal: &Principal, step: &Step) -> Result<()> {
    let demand = match (step.verb, &step.place) {
        (HttpVerb::Post, Place::Type(resource_type)) => Demand::Type(Verb::Create, *resource_type),
        (HttpVerb::Delete, Place::Instance(key)) => Demand::Instance(Verb::Delete, key.clone()),
        (HttpVerb::Delete, Place::Type(resource_type)) => Demand::Type(Verb::Delete, *resource_type),
        (HttpVerb::Put | HttpVerb::Patch, Place::Instance(key)) => {
            Demand::Instance(Verb::Update, key.clone())
        }
        (HttpVerb::Put | HttpVerb::Patch, Place::Type(resource_type)) => {
            Demand::Type(Verb::Update, *resource_type)
        }
        // Looks are weighed when they are run.
        _ => return Ok(()),
    };
    let refused = |issue: Issue| Failure::from(issue).within(&step.path());
    access::decide(principal, &demand).map_err(refused)?;
    if let Some(criteria) = &step.criteria {
        // The answer tells what is there.
        access::decide(principal, &Demand::Type(Verb::Read, criteria.resource_type)).map_err(refused)?;
    }
    Ok(())
}

/// What is done when all is stored.
struct Done {
    replies: Vec<Option<Reply>>,
    /// The entries that look at what stands then.
    looks: Vec<Step>,
}

/// Attempts until nobody was faster.
async fn settle(context: &Context, permit: &Permit, steps: Vec<Step>) -> Result<Done> {
    let lost = || conditional::given_up("what the transaction is about");
    // Whatever depends on nothing but its own content is attempted once, and need not be kept for another time.
    if !steps.iter().any(|step| depends_on_others(context, step)) {
        return match attempt(context, permit, steps).await {
            Err(Setback::Race) => Err(lost()),
            Err(Setback::Refused(refused)) => Err(refused),
            Ok(done) => Ok(done),
        };
    }
    for _ in 0..CONFLICT_RETRIES_MAX {
        match attempt(context, permit, steps.clone()).await {
            Err(Setback::Race) => {}
            Err(Setback::Refused(refused)) => return Err(refused),
            Ok(done) => return Ok(done),
        }
    }
    Err(lost())
}

/// Whether what becomes of an entry depends on what stands.
fn depends_on_others(context: &Context, step: &Step) -> bool {
    let refers = |resource| references::stand_in(context, resource);
    step.verb == HttpVerb::Patch || step.criteria.is_some() || step.resource.as_ref().is_some_and(refers)
}

/// A write that is ready.
struct Deed {
    entry: usize,
    verb: HttpVerb,
    key: Key,
    /// What the client asked for, before the server's own rules; none where the expectation is the attempt's own.
    asked: Option<Expectation>,
}

async fn attempt(context: &Context, permit: &Permit, steps: Vec<Step>) -> std::result::Result<Done, Setback> {
    let mut look = Look::new(context, permit);
    let done = store(&mut look, steps).await;
    if let Err(Setback::Refused(_)) = done {
        // What contradicts itself may have been seen at two moments.
        look.confirm().await?;
    }
    done
}

async fn store(look: &mut Look<'_>, mut steps: Vec<Step>) -> std::result::Result<Done, Setback> {
    let context = look.context;
    let (mut aims, searched) = aims::aims(look, &steps).await?;
    links::rewrite(context, &mut steps, &aims)?;
    links::rewrite_conditional(look, &mut steps, &aims).await?;
    let mut plan = Plan::default();
    plan.replies.resize_with(steps.len(), || None);
    for phase in phases() {
        let (now, later): (Vec<_>, Vec<_>) = steps.into_iter().partition(|step| phase.contains(&step.verb));
        steps = later;
        for step in now {
            let aim = std::mem::replace(&mut aims[step.entry], Aim::Looks);
            plan.add(look, step, aim).await?;
        }
    }
    let Plan { mut replies, looks, deeds, writes } = plan;
    overlap::check(context, &searched, &deeds, &writes)?;
    look.confirm().await?;
    let written = commit(look, &deeds, writes).await?;
    answer(&mut replies, &deeds, written);
    Ok(Done { replies, looks })
}

/// What is to be done, in the order in which FHIR has it done.
#[derive(Default)]
struct Plan {
    replies: Vec<Option<Reply>>,
    looks: Vec<Step>,
    deeds: Vec<Deed>,
    /// What is stored, for each deed.
    writes: Vec<Write>,
}

impl Plan {
    async fn add(&mut self, look: &mut Look<'_>, step: Step, aim: Aim) -> std::result::Result<(), Setback> {
        let (entry, verb) = (step.entry, step.verb);
        match aim {
            Aim::Looks => self.looks.push(step),
            Aim::Stands(version) => {
                let written = Written { effect: Effect::Unchanged, version: Some(version) };
                self.replies[entry] = Some(Reply::Answered { verb, answer: Answer::Written(written) });
            }
            Aim::Deletes(targets) => {
                self.replies[entry] = Some(deleted(Vec::new()));
                for Target { key, expect, asked, .. } in targets {
                    let (method, change) = (Method::Delete, Change::Delete);
                    self.writes.push(Write { key: key.clone(), method, change, expect });
                    self.deeds.push(Deed { entry, verb, key, asked });
                }
            }
            Aim::Puts(target) => {
                let (key, path) = (target.key.clone(), step.path());
                // A patch is made of the version that stands, whatever the client asked for.
                let asked = target.asked.clone().filter(|_| verb != HttpVerb::Patch);
                let write = put(look, step, target).await;
                self.writes.push(write.map_err(|setback| setback.within(&path))?);
                self.deeds.push(Deed { entry, verb, key, asked });
            }
        }
        Ok(())
    }
}

/// What an entry stores that brings content.
async fn put(look: &mut Look<'_>, mut step: Step, target: Target) -> std::result::Result<Write, Setback> {
    let context = look.context;
    let Target { key, expect, found, .. } = target;
    if step.verb == HttpVerb::Patch {
        let version = match found {
            Some(found) => found,
            None => patch_resource::expected(context, look.permit, &key, &expect).await?,
        };
        return patch_resource::prepare_write(look, &version, &step.take_patch()?).await;
    }
    let resource = step.take_resource()?;
    let method = if step.verb == HttpVerb::Put { Method::Put } else { Method::Post };
    if step.verb == HttpVerb::Put && step.criteria.is_none() {
        update::check_id(&resource, &key)?;
    }
    let change = prepare::put(context, &key, Content::Resource(resource)).await?;
    Ok(Write { key, method, change, expect })
}

/// One commit. What was read or found may be another's by now; then all is attempted anew.
async fn commit(
    look: &mut Look<'_>,
    deeds: &[Deed],
    writes: Vec<Write>,
) -> std::result::Result<Vec<Written>, Setback> {
    match look.commit(writes).await {
        Ok(written) => Ok(written),
        Err(store::Error::Expectation { write, current }) => {
            let Some((deed, asked)) = deeds.get(write).and_then(|deed| Some((deed, deed.asked.as_ref()?)))
            else {
                return Err(Setback::Race);
            };
            let refused = update::refused(look.context, &deed.key, asked, current);
            Err(Failure::from(refused).within(&crate::bundle::path(deed.entry)).into())
        }
        Err(store::Error::DuplicateKey { write }) => {
            let entry = deeds.get(write).map_or(write, |deed| deed.entry);
            let failure = Failure::from(store::Error::DuplicateKey { write });
            Err(failure.within(&crate::bundle::path(entry)).into())
        }
        Err(other) => Err(other.into()),
    }
}

/// Puts what came of the writes beside their entries; a deletion may have several.
fn answer(replies: &mut [Option<Reply>], deeds: &[Deed], written: Vec<Written>) {
    let mut written = written.into_iter();
    for own in deeds.chunk_by(|one, other| one.entry == other.entry) {
        let came: Vec<_> = written.by_ref().take(own.len()).collect();
        let (entry, verb) = (own[0].entry, own[0].verb);
        replies[entry] = Some(match verb {
            HttpVerb::Delete => deleted(came),
            _ => Reply::Answered { verb, answer: Answer::Written(conditional::together(came)) },
        });
    }
}

fn deleted(written: Vec<Written>) -> Reply {
    Reply::Answered { verb: HttpVerb::Delete, answer: Answer::Written(conditional::together(written)) }
}
