//! How fast is the public benchmark's mix: create, read, update and delete one of each of nine types?

use std::io;
use std::sync::Arc;

use conformance_tests::chance::Chance;
use conformance_tests::client::Answer;

use crate::ceiling::Ceiling;
use crate::drive::{Script, expect_status};
use crate::report::Measure;
use crate::samples::{self, Kind, Template};
use crate::stage::Stage;
use crate::steady::{Steady, measure};
use crate::workloads::Workload;

pub(crate) const WORKLOAD: Workload = Workload { name: "mix", run };

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let server = stage.fresh_server(WORKLOAD.name)?;
    let base = server.process.base();
    let script = |worker: usize| {
        Box::new(Mixing {
            base: base.to_owned(),
            deed: Deed::Create,
            place: 0,
            ids: Vec::new(),
            templates: samples::nine(),
            body: Vec::new(),
            chance: Chance::from_seed(worker as u64),
        }) as _
    };
    let ceilings = &[Ceiling::Memory, Ceiling::Insert];
    measure(stage, &server, &Steady { name: WORKLOAD.name, ceilings, script: &script })
}

#[derive(Clone, Copy)]
enum Deed {
    Create,
    Read,
    Update,
    Delete,
}

/// Does each deed to all nine types before the next, as the public benchmark does.
struct Mixing {
    base: String,
    deed: Deed,
    /// Which of the nine is next.
    place: usize,
    /// The ids that the server gave, in the order of the types.
    ids: Vec<String>,
    templates: Arc<Vec<Template>>,
    body: Vec<u8>,
    chance: Chance,
}

impl Mixing {
    /// Some template of the type that is next.
    fn template(&mut self) -> &Template {
        let kinds = Kind::ALL.len();
        let row = self.chance.place(self.templates.len() / kinds);
        &self.templates[row * kinds + self.place]
    }
}

impl Script for Mixing {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let kind = Kind::ALL[self.place].name();
        let mark = self.chance.number();
        let id = self.ids.get(self.place).cloned();
        let path = match &id {
            Some(id) => format!("{}/{kind}/{id}", self.base),
            None => format!("{}/{kind}", self.base),
        };
        match self.deed {
            Deed::Read => samples::write_get(request, &path),
            Deed::Delete => samples::write_with_body(request, "DELETE", &path, b""),
            Deed::Create | Deed::Update => {
                let mut body = std::mem::take(&mut self.body);
                self.template().render(&mut body, id.as_deref(), mark);
                self.body = body;
                let method = if id.is_some() { "PUT" } else { "POST" };
                samples::write_with_body(request, method, &path, &self.body);
            }
        }
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        match self.deed {
            Deed::Create => {
                expect_status(answer, &[201])?;
                self.ids.push(answer.location_id().ok_or("a create without Location")?.to_owned());
            }
            Deed::Read | Deed::Update => expect_status(answer, &[200])?,
            Deed::Delete => expect_status(answer, &[200, 204])?,
        }
        self.place = (self.place + 1) % Kind::ALL.len();
        if self.place == 0 {
            self.deed = match self.deed {
                Deed::Create => Deed::Read,
                Deed::Read => Deed::Update,
                Deed::Update => Deed::Delete,
                Deed::Delete => {
                    self.ids.clear();
                    Deed::Create
                }
            };
        }
        Ok(())
    }
}
