//! How many times the structural check does validation take?
//!
//! All that the base definition says: cardinality, formats, invariants, required bindings, where references point.
//! Beside it stands what `jsonschema` takes for the structure alone, on the same resources.

use std::hint::black_box;
use std::sync::Arc;

use fhir_profiles::{Definitions, Registry, structure};
use model::Severity;
use terminology::Terminology;
use validate::{Level, Request, Rules, validate};

use super::input::{Sample, Set};
use super::options::Options;
use super::report::{Bar, Figure, Report};
use super::structure::Accepted;
use super::timing;

/// How many times as long as the structural check validation of a resource of 2 KB may take.
const RATIO_MAX: f64 = 4.0;

/// Measures one set: its resources of about 2 KB, and all.
pub(crate) fn run(set: &Set, accepted: &Accepted<'_>, options: &Options, report: &mut Report) {
    let registry = Registry::r4();
    let rules = Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry)));
    let valid: Vec<&Sample> = set.samples.iter().filter(|sample| is_valid(&rules, sample)).collect();
    let is_accepted = |sample: &Sample| accepted.samples.iter().any(|known| std::ptr::eq(*known, sample));
    let of_two_kilobytes: Vec<&Sample> = valid.iter().copied().filter(|sample| is_accepted(sample)).collect();
    let whole = measure(("resources of 2 KB", &of_two_kilobytes), (set, &rules), options, report);
    if let (Some(whole), Some(schema)) = (whole, &accepted.schema) {
        report.ratio(&whole, schema, Bar::AtMost(RATIO_MAX));
    }
    if of_two_kilobytes.len() < valid.len() {
        measure(("all resources", &valid), (set, &rules), options, report);
    }
}

fn measure(
    (which, samples): (&str, &[&Sample]),
    (set, rules): (&Set, &Rules),
    options: &Options,
    report: &mut Report,
) -> Option<Figure> {
    if samples.is_empty() {
        report.remark(&format!("{which}: there are none"));
        return None;
    }
    let definitions = Definitions::r4();
    let structural = timing::nanos(samples.len(), options.rounds, options.length, || {
        for object in samples.iter().filter_map(|sample| sample.resource.as_object()) {
            black_box(structure::check(black_box(object), definitions));
        }
    });
    let core = Request { level: Level::Core, ..Request::default() };
    let whole = timing::nanos(samples.len(), options.rounds, options.length, || {
        for sample in samples {
            black_box(validate(rules, black_box(&sample.resource), &core));
        }
    });
    let figure = |name: &str, nanos: f64| Figure {
        name: format!("{name}, {which}"),
        set: set.name.to_owned(),
        count: samples.len(),
        micros: nanos / 1e3,
    };
    let structural = report.figure(figure("structural check", structural));
    let whole = report.figure(figure("core validation", whole));
    report.ratio(&whole, &structural, Bar::AtMost(RATIO_MAX));
    Some(whole)
}

fn is_valid(rules: &Rules, sample: &Sample) -> bool {
    let request = Request { level: Level::Core, ..Request::default() };
    let issues = validate(rules, &sample.resource, &request);
    issues.iter().all(|issue| issue.severity < Severity::Error)
}
