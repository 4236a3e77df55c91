//! How fast are resources of one to two kilobytes created?

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

pub(crate) const WORKLOAD: Workload = Workload { name: "create", run };

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let server = stage.fresh_server(WORKLOAD.name)?;
    let base = server.process.base();
    let script = |worker: usize| script(base, worker);
    let ceilings = &[Ceiling::Memory, Ceiling::Insert];
    measure(stage, &server, &Steady { name: WORKLOAD.name, ceilings, script: &script })
}

/// What one connection says.
pub(super) fn script(base: &str, worker: usize) -> Box<dyn Script> {
    let chance = Chance::from_seed(worker as u64);
    Box::new(Creating { base: base.to_owned(), templates: samples::small(), body: Vec::new(), chance })
}

struct Creating {
    base: String,
    templates: Arc<Vec<Template>>,
    body: Vec<u8>,
    chance: Chance,
}

impl Script for Creating {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let template = self.chance.pick(&self.templates);
        template.render(&mut self.body, None, self.chance.number());
        samples::write_with_body(
            request,
            "POST",
            &format!("{}/{}", self.base, template.kind.name()),
            &self.body,
        );
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[201])
    }
}
