//! How are the codes of several systems joined, cut and taken away?
//!
//! The algebra of <https://hl7.org/fhir/R4/valueset.html#compositions>, system by system.

use std::sync::Arc;

use super::{Codes, Drawn, Part, Source};
use crate::limits::DRAWN_MAX;

/// Codes of several systems, and why there may be more.
#[derive(Default)]
pub(super) struct Sets {
    pub(super) parts: Vec<Part>,
    pub(super) gaps: Vec<Arc<str>>,
    /// The definitions that were drawn on to know this.
    pub(super) drawn: Vec<Drawn>,
}

impl Sets {
    /// Those in either.
    pub(super) fn join(&mut self, other: Sets) {
        self.gaps.extend(other.gaps);
        self.draw(other.drawn);
        for part in other.parts {
            match self.parts.iter_mut().find(|known| is_same_system(known, &part)) {
                Some(known) => known.join(part),
                None => self.parts.push(part),
            }
        }
    }

    /// Those in both.
    pub(super) fn cut(mut self, other: Sets) -> Sets {
        self.draw(other.drawn);
        let mut parts = Vec::new();
        for part in self.parts {
            let count = part.count();
            let mut allowed = Codes::None;
            for other in other.parts.iter().filter(|other| other.system == part.system) {
                allowed = allowed.or(seen_from(&part, other), count);
            }
            for gap in &other.gaps {
                allowed = allowed.or(Codes::Unknown(Arc::clone(gap)), count);
            }
            parts.push(Part { codes: part.codes.clone().and(allowed, count), ..part });
        }
        // What is beyond one of the two is beyond both only where both have gaps.
        let gaps = if other.gaps.is_empty() { Vec::new() } else { self.gaps };
        parts.retain(|part| !matches!(part.codes, Codes::None));
        Sets { parts, gaps, drawn: self.drawn }
    }

    /// Takes away; without a version of its own an exclude means every version.
    pub(super) fn subtract(&mut self, excluded: Sets, is_pinned: bool) {
        self.draw(excluded.drawn);
        for part in &mut self.parts {
            let count = part.count();
            for other in excluded.parts.iter().filter(|other| other.system == part.system) {
                if !is_pinned || other.version == part.version {
                    part.codes = part.codes.clone().without(seen_from(part, other), count);
                }
            }
            for gap in &excluded.gaps {
                part.codes = part.codes.clone().without(Codes::Unknown(Arc::clone(gap)), count);
            }
        }
        self.parts.retain(|part| !matches!(part.codes, Codes::None));
    }

    /// Notes definitions that were drawn on, each once.
    pub(super) fn draw(&mut self, drawn: impl IntoIterator<Item = Drawn>) {
        for drawn in drawn {
            if self.drawn.len() < DRAWN_MAX && !self.drawn.contains(&drawn) {
                self.drawn.push(drawn);
            }
        }
    }
}

impl Part {
    fn count(&self) -> usize {
        self.source.table().map_or(0, |table| table.len())
    }

    fn join(&mut self, other: Part) {
        let count = self.count();
        self.codes = std::mem::replace(&mut self.codes, Codes::None).or(other.codes, count);
        if !other.labels.is_empty() {
            let labels = Arc::make_mut(&mut self.labels);
            other.labels.iter().for_each(|(code, label)| {
                labels.entry(code.clone()).or_insert_with(|| label.clone());
            });
        }
        if !other.sequence.is_empty() {
            Arc::make_mut(&mut self.sequence).extend(other.sequence.iter().cloned());
        }
    }
}

/// The codes of another part of the same system, as they are asked for from this one.
fn seen_from(part: &Part, other: &Part) -> Codes {
    if is_same_source(part, other) { other.codes.clone() } else { Codes::Other(Arc::new(other.clone())) }
}

fn is_same_system(left: &Part, right: &Part) -> bool {
    left.system == right.system && left.version == right.version && is_same_source(left, right)
}

fn is_same_source(left: &Part, right: &Part) -> bool {
    match (&left.source, &right.source) {
        (Source::Table(left), Source::Table(right)) => Arc::ptr_eq(left, right),
        (Source::Law(_), Source::Law(_)) | (Source::Absent, Source::Absent) => true,
        _ => false,
    }
}
