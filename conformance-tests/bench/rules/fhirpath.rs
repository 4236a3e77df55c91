//! How fast are invariants evaluated, and how fast does npm's `fhirpath` evaluate the same ones?
//!
//! Expressions are compiled once on both sides. An evaluation in which either engine gives up is left out of the
//! time of both, and how often the two agree on the others is told beside the time.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use fhir_profiles::Definitions;
use fhirpath::{Budget, Context, Expression, Item, Node, Nothing, TypeId};
use model::{Instant, json};

use super::input::{Sample, Set};
use super::options::Options;
use super::report::{Bar, Figure, Report};
use super::{invariants, node, timing};

/// Resources larger than this are left out: other engines take seconds for one expression on them.
const BYTES_MAX: usize = 50_000;

/// How many times as fast as npm's engine ours should be.
const TIMES_MIN: f64 = 20.0;

/// What an evaluation came to, one character each: true, false, something else, failure.
const TRUE: u8 = b't';
const FALSE: u8 = b'f';
const OTHER: u8 = b'-';
pub(crate) const FAILED: u8 = b'e';

/// A resource and the invariants of its type.
struct Case<'s> {
    sample: &'s Sample,
    root: Node<'s>,
    expressions: &'s [Option<Expression>],
}

/// Measures the official examples.
pub(crate) fn run(set: &Set, options: &Options, report: &mut Report) -> io::Result<()> {
    let texts = invariants::all();
    let parsed: BTreeMap<&String, Vec<Option<Expression>>> = texts
        .iter()
        .map(|(name, texts)| (name, texts.iter().map(|text| Expression::parse(text).ok()).collect()))
        .collect();
    let small = set.samples.iter().filter(|sample| sample.bytes <= BYTES_MAX);
    let cases: Vec<Case<'_>> =
        small.filter_map(|sample| case(sample, parsed.get(&sample.resource_type)?)).collect();
    let ours: Vec<Vec<u8>> = cases.iter().map(Case::verdicts).collect();
    println!("\nFHIRPath: invariants on {} official examples of at most {BYTES_MAX} bytes", cases.len());
    let exchange = Exchange::new(options)?;
    exchange.write(&texts, &cases, &ours)?;
    let theirs = match &options.node_modules {
        Some(folder) => node::run(folder, &exchange.folder, options)?,
        None => None,
    };
    let mut wanted = ours.clone();
    if let Some(theirs) = &theirs {
        mark_failed(&mut wanted, &theirs.verdicts)?;
        tell_agreement(&wanted, &theirs.verdicts, report);
    }
    let count = wanted.iter().flatten().filter(|verdict| **verdict != FAILED).count();
    let nanos = timing::nanos(count, options.rounds, options.length, || {
        for (case, wanted) in cases.iter().zip(&wanted) {
            case.evaluate(wanted);
        }
    });
    let figure = |name: &str, nanos: f64| Figure {
        name: name.to_owned(),
        set: set.name.to_owned(),
        count,
        micros: nanos / 1e3,
    };
    let own = report.figure(figure("one invariant, our engine", nanos));
    let Some(theirs) = theirs else {
        report.remark("npm's fhirpath is left out; --node-modules names where it is installed");
        return Ok(());
    };
    let name = format!("one invariant, npm fhirpath {}", theirs.version);
    let other = report.figure(figure(&name, theirs.nanos));
    report.ratio(&other, &own, Bar::AtLeast(TIMES_MIN));
    Ok(())
}

fn case<'s>(sample: &'s Sample, expressions: &'s [Option<Expression>]) -> Option<Case<'s>> {
    let node = Definitions::r4().resource_node(&sample.resource_type)?;
    let root = Node { value: Some(&sample.resource), companion: None, type_id: TypeId(node.0) };
    Some(Case { sample, root, expressions })
}

impl Case<'_> {
    fn context(&self) -> Context<'_> {
        Context {
            types: Definitions::r4(),
            host: &Nothing,
            resource: self.root,
            root: self.root,
            now: Instant::default(),
            variables: &[],
            budget: Budget::default(),
        }
    }

    /// What every invariant comes to.
    fn verdicts(&self) -> Vec<u8> {
        let context = self.context();
        let verdict = |expression: &Option<Expression>| {
            let found = expression.as_ref()?.evaluate(Item::Node(self.root), &context).ok()?;
            Some(match found.as_slice() {
                [Item::Boolean(true)] => TRUE,
                [Item::Boolean(false)] => FALSE,
                _ => OTHER,
            })
        };
        self.expressions.iter().map(|expression| verdict(expression).unwrap_or(FAILED)).collect()
    }

    /// Evaluates those invariants that are wanted.
    fn evaluate(&self, wanted: &[u8]) {
        let context = self.context();
        for (expression, verdict) in self.expressions.iter().zip(wanted) {
            if let (Some(expression), false) = (expression, *verdict == FAILED) {
                drop(black_box(expression.evaluate(Item::Node(black_box(self.root)), &context)));
            }
        }
    }
}

/// Takes out what failed elsewhere.
fn mark_failed(wanted: &mut [Vec<u8>], theirs: &[String]) -> io::Result<()> {
    let same = |(ours, theirs): (&Vec<u8>, &String)| ours.len() == theirs.len();
    if wanted.len() != theirs.len() || !wanted.iter().zip(theirs).all(same) {
        return Err(io::Error::other("the other engine answered other questions than it was asked"));
    }
    for (ours, theirs) in wanted.iter_mut().zip(theirs) {
        for (ours, theirs) in ours.iter_mut().zip(theirs.bytes()) {
            if theirs == FAILED {
                *ours = FAILED;
            }
        }
    }
    Ok(())
}

fn tell_agreement(wanted: &[Vec<u8>], theirs: &[String], report: &Report) {
    let both = wanted.iter().zip(theirs).flat_map(|(ours, theirs)| ours.iter().copied().zip(theirs.bytes()));
    let (mut count, mut same, mut left_out) = (0, 0, 0);
    for (ours, theirs) in both {
        if ours == FAILED {
            left_out += 1;
            continue;
        }
        count += 1;
        same += usize::from(ours == theirs);
    }
    report.remark(&format!(
        "{same} of {count} evaluations agree; {left_out} left out, because one engine gave up"
    ));
}

/// The folder in which other engines find their input.
struct Exchange {
    folder: PathBuf,
    /// Removes the folder in the end, unless it was named.
    _own: Option<tempfile::TempDir>,
}

impl Exchange {
    fn new(options: &Options) -> io::Result<Self> {
        if let Some(folder) = &options.exchange {
            std::fs::create_dir_all(folder)?;
            return Ok(Self { folder: folder.clone(), _own: None });
        }
        let own = tempfile::tempdir()?;
        Ok(Self { folder: own.path().to_owned(), _own: Some(own) })
    }

    /// Writes the expressions by type, the resources one a line, and what each of ours came to.
    fn write(
        &self,
        texts: &BTreeMap<String, Vec<String>>,
        cases: &[Case<'_>],
        verdicts: &[Vec<u8>],
    ) -> io::Result<()> {
        std::fs::write(self.folder.join("expressions.json"), serde_json::to_vec(texts)?)?;
        let mut resources = io::BufWriter::new(create(&self.folder, "resources.ndjson")?);
        for case in cases {
            resources.write_all(&json::to_compact(&case.sample.resource))?;
            resources.write_all(b"\n")?;
        }
        resources.flush()?;
        let mut lines = io::BufWriter::new(create(&self.folder, "verdicts.txt")?);
        for verdicts in verdicts {
            lines.write_all(verdicts)?;
            lines.write_all(b"\n")?;
        }
        lines.flush()
    }
}

fn create(folder: &Path, name: &str) -> io::Result<std::fs::File> {
    std::fs::File::create(folder.join(name))
}
