//! How fast is it told what a code means, in a code system of half a million concepts?
//!
//! A release of our own making is loaded by the program's own command, then asked by operations over HTTP. `load`,
//! `open` and `memory` are figures of the first row; the bars stand in the issue: 0.4 of the memory ceiling for
//! `$lookup`, `$validate-code` in a value set of 100,000 codes and `$subsumes`; `$expand` with words under 5 ms; and a
//! search for all 100,000 by `:in` costs less than twice what a search for one of them does, which `of one code` tells.

use std::collections::BTreeMap;
use std::io;

use conformance_tests::chance::Chance;
use conformance_tests::client::{Answer, Connection};
use conformance_tests::harness;

use crate::ceiling::Ceiling;
use crate::drive::{Script, expect_status};
use crate::gauge;
use crate::release::{self, BRANCH_CONCEPTS, BRANCHES, any_word, branch_value_set, concept};
use crate::report::Measure;
use crate::samples;
use crate::stage::{Running, Stage};
use crate::steady::{Steady, measure};
use crate::workloads::Workload;

pub(crate) const WORKLOAD: Workload = Workload { name: "terminology", run };

/// Draws the path of a request.
type Question = fn(&mut Chance) -> String;

/// What is asked, by the name of its row.
const QUESTIONS: &[(&str, Question)] = &[
    ("tx-lookup", lookup),
    ("tx-validate", validate_code),
    ("tx-subsumes", subsumes),
    ("tx-expand", expand),
    (ONE_CODE, one_code),
    (MANY_CODES, many_codes),
];

/// The rows of searches, for one code and for 100,000.
const ONE_CODE: &str = "code-one";
const MANY_CODES: &str = "code-in";

/// Observations that are searched, and how many different codes they have.
const OBSERVATIONS: u64 = 10_000;
const OBSERVED_CODES: u64 = 500;

/// Observations that are stored by one request.
const BUNDLE_ENTRIES: u64 = 500;

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let store = stage.fresh_store(WORKLOAD.name)?;
    let empty = store.serve()?;
    let empty_bytes = gauge::resident_bytes(empty.id())?;
    empty.stop()?;
    let files = store.folder().join("release");
    release::write(&files)?;
    let begun_at = harness::now();
    store.load_terminology(&files)?;
    let load_seconds = begun_at.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&files)?;
    let server = Running { process: store.serve()?, store };
    let loaded_bytes = gauge::resident_bytes(server.process.id())?;
    observe(&server)?;
    let mut measures = Vec::new();
    for (name, question) in QUESTIONS {
        let script = |worker: usize| {
            let chance = Chance::from_seed(worker as u64);
            Box::new(Asking { base: server.process.base().to_owned(), question: *question, chance }) as _
        };
        measures.extend(measure(
            stage,
            &server,
            &Steady { name, ceilings: &[Ceiling::Memory], script: &script },
        )?);
    }
    tell_ratio(&mut measures);
    if let Some(first) = measures.first_mut() {
        let memory = (loaded_bytes.saturating_sub(empty_bytes)) as f64 / 1e6;
        first.figures = BTreeMap::from([
            ("load seconds".to_owned(), load_seconds),
            ("memory MB when loaded".to_owned(), memory),
        ]);
    }
    Ok(measures)
}

/// Stores Observations, every other of which has a code of the first branch.
fn observe(server: &Running) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(server.process.address()).await?;
        for first in (0..OBSERVATIONS).step_by(usize::try_from(BUNDLE_ENTRIES).unwrap_or(1)) {
            let entries: Vec<String> = (first..first + BUNDLE_ENTRIES).map(observation).collect();
            let bundle = format!(
                r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#,
                entries.join(",")
            );
            let mut request = Vec::new();
            samples::write_with_body(&mut request, "POST", server.process.base(), bundle.as_bytes());
            let answer = connection.ask(&request).await?;
            expect_status(&answer, &[200]).map_err(io::Error::other)?;
        }
        Ok(())
    })
}

fn observation(number: u64) -> String {
    let code = observed(number % OBSERVED_CODES);
    format!(
        r#"{{"resource":{{"resourceType":"Observation","status":"final","code":{{"coding":[{{
           "system":"http://snomed.info/sct","code":"{code}"}}]}}}},
           "request":{{"method":"POST","url":"Observation"}}}}"#
    )
}

/// One of the codes; those with an even number are of the first branch.
fn observed(number: u64) -> String {
    concept(number % 2, number * 97 % BRANCH_CONCEPTS)
}

fn one_code(chance: &mut Chance) -> String {
    let code = observed(2 * chance.below(OBSERVED_CODES / 2));
    format!("Observation?code={SYSTEM}%7C{code}&_count=10")
}

fn many_codes(_: &mut Chance) -> String {
    format!("Observation?code%3Ain={}&_count=10", escaped(&branch_value_set(0)))
}

/// Says of the search for many codes what it takes of the processor in terms of the search for one.
fn tell_ratio(measures: &mut [Measure]) {
    let one: BTreeMap<usize, f64> = measures
        .iter()
        .filter(|measure| measure.workload == ONE_CODE)
        .map(|measure| (measure.connections, measure.cpu_us))
        .collect();
    for measure in measures.iter_mut().filter(|measure| measure.workload == MANY_CODES) {
        if let Some(one) = one.get(&measure.connections) {
            measure.figures.insert("of one code".to_owned(), measure.cpu_us / one);
        }
    }
}

struct Asking {
    base: String,
    question: Question,
    chance: Chance,
}

impl Script for Asking {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let path = (self.question)(&mut self.chance);
        samples::write_get(request, &format!("{}/{path}", self.base));
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[200])
    }
}

const SYSTEM: &str = "http%3A%2F%2Fsnomed.info%2Fsct";

fn any_concept(chance: &mut Chance) -> String {
    concept(chance.below(BRANCHES), chance.below(BRANCH_CONCEPTS))
}

fn lookup(chance: &mut Chance) -> String {
    format!("CodeSystem/$lookup?system={SYSTEM}&code={}", any_concept(chance))
}

/// Every other code is a member.
fn validate_code(chance: &mut Chance) -> String {
    let code = concept(chance.below(2), chance.below(BRANCH_CONCEPTS));
    format!("ValueSet/$validate-code?url={}&system={SYSTEM}&code={code}", escaped(&branch_value_set(0)))
}

/// One in two pairs is of one branch.
fn subsumes(chance: &mut Chance) -> String {
    let (above, below) = (chance.below(100), chance.below(BRANCH_CONCEPTS));
    let (one, other) = (concept(chance.below(2), above), concept(0, below));
    format!("CodeSystem/$subsumes?system={SYSTEM}&codeA={one}&codeB={other}")
}

/// The beginnings of one or two words.
fn expand(chance: &mut Chance) -> String {
    let words: Vec<String> = (0..1 + chance.below(2))
        .map(|_| any_word(chance))
        .map(|word| word.chars().take(4).collect())
        .collect();
    format!("ValueSet/$expand?url={}&filter={}&count=100", escaped(&branch_value_set(0)), words.join("%20"))
}

fn escaped(url: &str) -> String {
    url.replace(':', "%3A").replace('/', "%2F").replace('?', "%3F").replace('=', "%3D")
}
