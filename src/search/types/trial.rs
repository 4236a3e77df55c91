//! What comes of asking one element for one value?
//!
//! The way from text to verdict that the tests of several search types share. Whatever they find must also stand
//! where its test says that candidates stand, and where that is said to be exact, nothing else may.

use std::sync::{Arc, LazyLock};

use fhir_profiles::Registry;
use model::{Instant, ResourceType, Value, json};
use terminology::Terminology;

use super::{Asked, Element, Sink, Surroundings, index, parse};
use crate::catalogue::{Catalogue, Kind, Parameter};
use crate::condition::{Condition, Nobody, Subject, Verdict};
use crate::rows::{ParameterId, Rows};
use crate::scan::{Direction, Scan};

/// When everything here is asked: 2026-11-21T00:00:00Z.
pub(super) const NOW: Instant = Instant(1_795_219_200_000_000);

/// The condition of `code=value` or `code:modifier=value`, or the complaint about it.
pub(super) fn ask(kind: Kind, request: &str) -> Result<Condition, String> {
    static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(Catalogue::r4);
    static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(|| Terminology::new(Registry::r4()));
    let (name, value) = request.split_once('=').expect("a name and a value");
    let (code, modifier) = match name.split_once(':') {
        Some((code, modifier)) => (code, Some(modifier)),
        None => (name, None),
    };
    let surroundings = Surroundings {
        catalogue: &CATALOGUE,
        terminology: &TERMINOLOGY,
        base_url: "http://example.org/fhir",
        now: NOW,
    };
    let parameter = parameter(kind, code);
    parse(&Asked { parameter: &parameter, modifier, value, surroundings: &surroundings })
        .map_err(|issue| issue.message)
}

/// Whether a resource with just this element is found.
#[track_caller]
pub(super) fn finds(kind: Kind, (type_name, text): (&'static str, &str), request: &str) -> bool {
    let condition = ask(kind, request).expect("a value that can be asked for");
    let code = request.split([':', '=']).next().expect("a split has a first part");
    let rows = rows(kind, code, (type_name, text));
    let subject = Subject { resource_type: resource_type(), id: "a", updated: NOW, rows: &rows };
    let is_found = condition.holds(&subject, &Nobody) == Verdict::Yes;
    if let Some(Scan::Ranges { ranges, exact }) = condition.scan() {
        let stands = ranges.iter().any(|range| range.place_of(&rows, Direction::Forwards).is_some());
        assert!(stands || !is_found, "{request} misses {text}");
        assert!(is_found || !stands || !exact, "{request} is not exact about {text}");
    }
    is_found
}

/// The rows of an element.
pub(super) fn rows(kind: Kind, code: &str, (type_name, text): (&'static str, &str)) -> Rows {
    let whole = json::parse(format!(r#"{{"it":{text}}}"#).as_bytes()).expect("JSON");
    let value: &Value = whole.get("it").expect("it is there");
    let mut rows = Vec::new();
    let parameter = parameter(kind, code);
    let base_url = "http://example.org/fhir";
    let mut sink = Sink { parameter: &parameter, base_url, group: 0, component: 0, rows: &mut rows };
    index(kind, &Element { type_name, value }, &mut sink);
    Rows::new(rows)
}

fn parameter(kind: Kind, code: &str) -> Parameter {
    Parameter {
        id: ParameterId::of("Basic", code),
        resource_type: resource_type(),
        code: code.into(),
        url: format!("http://example.org/SearchParameter/{code}").into(),
        kind,
        targets: Vec::new(),
        components: Vec::new(),
    }
}

fn resource_type() -> ResourceType {
    ResourceType::known("Basic")
}
