//! How fast are resources of one to two kilobytes updated, each time with other content?

use std::io;
use std::sync::Arc;

use conformance_tests::chance::Chance;
use conformance_tests::client::Answer;

use crate::ceiling::Ceiling;
use crate::drive::{Script, expect_status};
use crate::report::Measure;
use crate::samples::{self, Template};
use crate::stage::Stage;
use crate::steady::{Steady, measure};
use crate::workloads::Workload;

/// Resources that each connection has for itself; their first update creates them, during the warm-up.
const OWN_COUNT: usize = 16;

pub(crate) const WORKLOAD: Workload = Workload { name: "update", run };

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let server = stage.fresh_server(WORKLOAD.name)?;
    let base = server.process.base();
    let script = |worker: usize| script(base, worker);
    let ceilings = &[Ceiling::Memory, Ceiling::Insert];
    measure(stage, &server, &Steady { name: WORKLOAD.name, ceilings, script: &script })
}

/// What one connection says.
pub(super) fn script(base: &str, worker: usize) -> Box<dyn Script> {
    Box::new(Updating {
        base: base.to_owned(),
        worker,
        step: 0,
        templates: samples::small(),
        body: Vec::new(),
        // Another mark in every round, or an update would change nothing.
        chance: Chance::from_seed(Chance::fresh_seed()),
    })
}

struct Updating {
    base: String,
    worker: usize,
    step: usize,
    templates: Arc<Vec<Template>>,
    body: Vec<u8>,
    chance: Chance,
}

impl Script for Updating {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let own = self.step % OWN_COUNT;
        self.step += 1;
        let id = format!("u{}-{own}", self.worker);
        let template = &self.templates[own];
        template.render(&mut self.body, Some(&id), self.chance.number());
        let path = format!("{}/{}/{id}", self.base, template.kind.name());
        samples::write_with_body(request, "PUT", &path, &self.body);
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[200, 201])
    }
}
