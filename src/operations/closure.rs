//! Which concepts that a client has met stand below which?
//!
//! <https://hl7.org/fhir/R4/conceptmap-operation-closure.html>. A table is kept under its name until it is begun anew. It
//! lives in the store as a job that never ends: whoever changes it holds it for a moment, so that of two who add at once
//! neither is lost, and what a holder leaves behind that died is free again after that moment.

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::{Content, Parameter};
use model::value::object;
use model::{Code, Instant, Issue, Object, Value};
use store::jobs::Step;
use store::{Grant, Job};
use terminology::limits::CLOSURE_NAME_MAX;
use terminology::{Closure, Coding};

use crate::arguments::{coding, wrong};

pub(crate) const OPERATION: Operation = Operation {
    name: "closure",
    definition: "http://hl7.org/fhir/OperationDefinition/ConceptMap-closure",
    verb: Verb::Update,
    levels: &[Level::System],
    types: &["ConceptMap"],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

/// What tables are called in the store.
const KIND: &str = "closure";

/// How long one request may hold a table; adding takes milliseconds.
const HELD_MICROSECONDS: i64 = 10_000_000;

/// What is to be done with a table.
enum Wish<'a> {
    /// Begin it, or begin it anew.
    Begin,
    /// Add concepts.
    Add(Vec<Coding<'a>>),
    /// Tell again what has become known since a version.
    Repeat(u64),
}

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&["name", "concept", "version"])?;
    let given = call.parameters()?;
    let name = operation::text(&given, "name")?.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| wrong("`name` is expected: which closure table?"))?;
    if name.len() > CLOSURE_NAME_MAX {
        let message = format!("`name` is longer than the limit of {CLOSURE_NAME_MAX} characters");
        return Err(wrong(message).into());
    }
    let wish = wish(&given)?;
    let Some(held) = Held::take(context, permit, name).await? else {
        return match wish {
            Wish::Begin => begin(context, permit, name).await,
            Wish::Add(_) | Wish::Repeat(_) => Err(not_known(name).into()),
        };
    };
    let before = match wish {
        Wish::Begin => Closure::default(),
        Wish::Add(_) | Wish::Repeat(_) => held.table()?,
    };
    let told = told(context, &before, &wish);
    // Whatever came of it, the table is let go.
    let after = told.as_ref().map_or(&before, |(after, _)| after);
    held.put(context, permit, after).await?;
    let (after, groups) = told?;
    Ok(answer(context, (name, &after), groups))
}

/// The table as it is then, and what is new in it.
fn told(
    context: &Context,
    before: &Closure,
    wish: &Wish<'_>,
) -> std::result::Result<(Closure, Vec<Value>), Vec<Issue>> {
    let terminology = &context.library.rules().terminology;
    let (after, since) = match wish {
        Wish::Begin => (before.clone(), before.version()),
        Wish::Add(codings) => (before.clone().with(terminology, codings)?, before.version()),
        Wish::Repeat(version) if *version > before.version() => {
            let message =
                format!("`version={version}`: the closure table is at version {}", before.version());
            return Err(vec![wrong(message)]);
        }
        Wish::Repeat(version) => (before.clone(), *version),
    };
    let groups = after.since(terminology, since)?;
    Ok((after, groups))
}

fn wish<'a>(given: &[Parameter<'a>]) -> std::result::Result<Wish<'a>, Issue> {
    let concepts = given.iter().filter(|parameter| parameter.name == "concept");
    let codings = concepts.map(|parameter| match &parameter.content {
        Content::Value { member: "valueCoding", value: Some(value @ Value::Object(_)) } => Ok(coding(value)),
        _ => Err(wrong("`concept`: `valueCoding` is expected")),
    });
    let codings = codings.collect::<std::result::Result<Vec<_>, _>>()?;
    match (operation::text(given, "version")?, codings.is_empty()) {
        (None, true) => Ok(Wish::Begin),
        (None, false) => Ok(Wish::Add(codings)),
        (Some(version), true) => version.parse().map(Wish::Repeat).map_err(|_| {
            wrong(format!("`version={version}`: a version of the table is expected, as an answer told it"))
        }),
        (Some(_), false) => {
            Err(wrong("`version` asks for what is known already, so that no `concept` is expected with it"))
        }
    }
}

/// Makes a table that was not there.
async fn begin(context: &Context, permit: &Permit, name: &str) -> Result<Answer> {
    let table = Closure::default();
    context.store.enqueue(permit, &kind(name), table.write().into()).await?;
    let known =
        Grant { kind: KIND.to_owned(), id: name.to_owned(), value: Vec::new().into(), expires_at: None };
    context.store.grant(permit, known).await?;
    Ok(answer(context, (name, &table), Vec::new()))
}

/// A table that nobody else changes for the moment.
struct Held {
    job: Job,
    until: Instant,
}

impl Held {
    /// Takes a table; `None` when there is none.
    async fn take(context: &Context, permit: &Permit, name: &str) -> Result<Option<Self>> {
        let now = (context.clock)();
        let until = Instant(now.0.saturating_add(HELD_MICROSECONDS));
        if let Some(job) = context.store.claim(permit, &kind(name), now, until).await? {
            return Ok(Some(Self { job, until }));
        }
        match context.store.granted(permit, KIND, name, now).await? {
            None => Ok(None),
            Some(_) => {
                let message = format!("another request is at work on the closure table `{name}`");
                Err(Issue::error(Code::Contention, message).into())
            }
        }
    }

    fn table(&self) -> std::result::Result<Closure, Issue> {
        let damaged = || Issue::error(Code::Corrupt, "a closure table cannot be read");
        Closure::read(&self.job.state).ok_or_else(damaged)
    }

    /// Puts a table in its place and lets it go.
    async fn put(self, context: &Context, permit: &Permit, table: &Closure) -> Result<()> {
        let step = Step::Continue { state: table.write().into(), until: (context.clock)() };
        if context.store.advance(permit, self.job.id, self.until, step).await? {
            return Ok(());
        }
        let message = "the closure table was changed by another request while this one was at work";
        Err(Issue::error(Code::Contention, message).into())
    }
}

fn kind(name: &str) -> String {
    format!("{KIND}:{name}")
}

fn not_known(name: &str) -> Issue {
    let message = format!("there is no closure table `{name}`: a call with this name alone begins one");
    Issue::error(Code::NotFound, message)
}

fn answer(context: &Context, (name, table): (&str, &Closure), groups: Vec<Value>) -> Answer {
    let id = format!("urn:uuid:{}", (context.new_id)());
    let mut map = Object::new();
    map.set("resourceType", "ConceptMap");
    map.set("identifier", object([("system", "urn:ietf:rfc:3986".into()), ("value", id.into())]));
    map.set("version", table.version().to_string());
    map.set("title", name);
    map.set("status", "active");
    map.set("experimental", true);
    map.set("date", (context.clock)().to_string());
    if !groups.is_empty() {
        map.set("group", groups);
    }
    Answer::Resource(map.into())
}
