//! What does each thing that is done with a write cost it?
//!
//! Three servers in turn, each with a store of its own: one that only looks at the form of what it stores, one that
//! holds it against the definitions, and one that also keeps what it is found by, as servers do.

use std::io;

use crate::ceiling::Ceiling;
use crate::drive::Script;
use crate::report::Measure;
use crate::stage::{Diligence, Stage};
use crate::steady::{Entrant, contest};
use crate::workloads::{Workload, create, update};

pub(crate) const WORKLOAD: Workload = Workload { name: "apart", run };

type Scripts = fn(&str, usize) -> Box<dyn Script>;

/// The workloads, and what each is called on each of the servers.
const DEEDS: [(&str, Scripts, [&str; 3]); 2] = [
    ("create", create::script, ["create: form", "create: core", "create: rows"]),
    ("update", update::script, ["update: form", "update: core", "update: rows"]),
];

/// The servers, from the least to the most that they do.
const SERVERS: [(&str, Diligence); 3] =
    [("form", Diligence::StructureAlone), ("core", Diligence::NoRows), ("rows", Diligence::Usual)];

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let mut measures = Vec::new();
    for (deed, script, names) in DEEDS {
        let servers = SERVERS
            .iter()
            .map(|(name, diligence)| {
                stage.fresh_server_that_does(&format!("apart-{deed}-{name}"), *diligence)
            })
            .collect::<io::Result<Vec<_>>>()?;
        let scripts: Vec<_> =
            servers.iter().map(|it| move |worker: usize| script(it.process.base(), worker)).collect();
        let entrants = names.into_iter().zip(&servers).zip(&scripts);
        let entrants: Vec<_> =
            entrants.map(|((name, server), script)| Entrant { name, server, script }).collect();
        let mut measured = contest(stage, &[Ceiling::Insert], &entrants)?;
        compare(&mut measured);
        measures.extend(measured);
    }
    Ok(measures)
}

/// Tells of each how much it reaches of the one that does less.
fn compare(measures: &mut [Measure]) {
    for of_one_concurrency in measures.chunks_mut(SERVERS.len()) {
        for place in 1..of_one_concurrency.len() {
            let (less, more) = of_one_concurrency.split_at_mut(place);
            let (less, more) = (&less[place - 1], &mut more[0]);
            more.figures.insert(format!("of `{}`", less.workload), more.per_second / less.per_second);
        }
    }
}
