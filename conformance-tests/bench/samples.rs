//! What do the resources look like that the workloads send?
//!
//! Nine types, as in the public FHIR server benchmark, each a small realistic resource of our own making.
//! A `@word@` in the JSON is replaced by a draw: names, places, dates and numbers when a template is made,
//! id and mark when it is sent, so that sending costs little more than a copy.

use std::sync::{Arc, OnceLock};

use conformance_tests::chance::Chance;

/// Templates in a pool: enough that no compression lives on repetition alone, few enough to stay in cache.
const POOL_SIZE: usize = 512;

/// The types of the public benchmark, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Patient,
    Location,
    Organization,
    Practitioner,
    Encounter,
    Observation,
    MedicationRequest,
    Claim,
    ExplanationOfBenefit,
}

impl Kind {
    pub(crate) const ALL: &[Kind] = &[
        Kind::Patient,
        Kind::Location,
        Kind::Organization,
        Kind::Practitioner,
        Kind::Encounter,
        Kind::Observation,
        Kind::MedicationRequest,
        Kind::Claim,
        Kind::ExplanationOfBenefit,
    ];

    /// The resource type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Patient => "Patient",
            Kind::Location => "Location",
            Kind::Organization => "Organization",
            Kind::Practitioner => "Practitioner",
            Kind::Encounter => "Encounter",
            Kind::Observation => "Observation",
            Kind::MedicationRequest => "MedicationRequest",
            Kind::Claim => "Claim",
            Kind::ExplanationOfBenefit => "ExplanationOfBenefit",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Kind::Patient => include_str!("samples/patient.json"),
            Kind::Location => include_str!("samples/location.json"),
            Kind::Organization => include_str!("samples/organization.json"),
            Kind::Practitioner => include_str!("samples/practitioner.json"),
            Kind::Encounter => include_str!("samples/encounter.json"),
            Kind::Observation => include_str!("samples/observation.json"),
            Kind::MedicationRequest => include_str!("samples/medication_request.json"),
            Kind::Claim => include_str!("samples/claim.json"),
            Kind::ExplanationOfBenefit => include_str!("samples/explanation_of_benefit.json"),
        }
    }
}

/// A resource whose id and mark are still open.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) kind: Kind,
    before_id: String,
    before_mark: String,
    after_mark: String,
}

impl Template {
    /// Draws one resource of this kind.
    pub(crate) fn of(kind: Kind, chance: &mut Chance) -> Self {
        let compact: String = kind.source().lines().map(str::trim_start).collect();
        let (before_id, rest) = compact.split_once("\"id\": \"@id@\",").expect("every sample has an id");
        let (before_mark, after_mark) = rest.split_once("@mark@").expect("every sample has a mark");
        let filled = |text| fill(text, &mut *chance);
        let [before_id, before_mark, after_mark] = [before_id, before_mark, after_mark].map(filled);
        Self { kind, before_id, before_mark, after_mark }
    }

    /// Writes the resource over `body`. The mark makes two renderings differ.
    pub(crate) fn render(&self, body: &mut Vec<u8>, id: Option<&str>, mark: u64) {
        body.clear();
        body.extend_from_slice(self.before_id.as_bytes());
        if let Some(id) = id {
            for part in ["\"id\":\"", id, "\","] {
                body.extend_from_slice(part.as_bytes());
            }
        }
        body.extend_from_slice(self.before_mark.as_bytes());
        body.extend_from_slice(format!("{mark:016x}").as_bytes());
        body.extend_from_slice(self.after_mark.as_bytes());
    }
}

/// Resources of one to two kilobytes: the rows of create, update and the bare insert.
pub(crate) fn small() -> Arc<Vec<Template>> {
    static POOL: OnceLock<Arc<Vec<Template>>> = OnceLock::new();
    Arc::clone(
        POOL.get_or_init(|| {
            pool(&[Kind::Observation, Kind::Encounter, Kind::MedicationRequest, Kind::Claim])
        }),
    )
}

/// Resources of all nine types; those of one type stand `Kind::ALL.len()` apart.
pub(crate) fn nine() -> Arc<Vec<Template>> {
    static POOL: OnceLock<Arc<Vec<Template>>> = OnceLock::new();
    Arc::clone(POOL.get_or_init(|| pool(Kind::ALL)))
}

fn pool(kinds: &[Kind]) -> Arc<Vec<Template>> {
    let mut chance = Chance::from_seed(0);
    Arc::new((0..POOL_SIZE).map(|place| Template::of(kinds[place % kinds.len()], &mut chance)).collect())
}

/// Writes a read over `request`.
pub(crate) fn write_get(request: &mut Vec<u8>, path: &str) {
    request.clear();
    for part in ["GET ", path, " HTTP/1.1\r\nhost: localhost\r\naccept: application/fhir+json\r\n\r\n"] {
        request.extend_from_slice(part.as_bytes());
    }
}

/// Writes a request with a body over `request`.
pub(crate) fn write_with_body(request: &mut Vec<u8>, method: &str, path: &str, body: &[u8]) {
    request.clear();
    for part in [method, " ", path, " HTTP/1.1\r\nhost: localhost\r\naccept: application/fhir+json\r\n"] {
        request.extend_from_slice(part.as_bytes());
    }
    let length = format!("content-type: application/fhir+json\r\ncontent-length: {}\r\n\r\n", body.len());
    request.extend_from_slice(length.as_bytes());
    request.extend_from_slice(body);
}

/// Replaces every `@word@` that is not left open by a draw from what the word stands for.
fn fill(text: &str, chance: &mut Chance) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('@') {
        filled.push_str(before);
        rest = behind;
        let drawn = behind.split_once('@').and_then(|(word, after)| Some((draw(word, chance)?, after)));
        match drawn {
            Some((value, after)) => {
                filled.push_str(&value);
                rest = after;
            }
            // An at sign that stands for itself, as in a mail address.
            None => filled.push('@'),
        }
    }
    filled.push_str(rest);
    filled
}

fn draw(word: &str, chance: &mut Chance) -> Option<String> {
    let one_of = |choices: &str, chance: &mut Chance| {
        let choices: Vec<_> = choices.split(' ').collect();
        (*chance.pick(&choices)).to_owned()
    };
    let date = |chance: &mut Chance| {
        format!("{}-{:02}-{:02}", 1930 + chance.below(95), 1 + chance.below(12), 1 + chance.below(28))
    };
    Some(match word {
        "given" => one_of(GIVEN, chance),
        "family" => one_of(FAMILY, chance),
        "city" => one_of(CITIES, chance),
        "street" => one_of(STREETS, chance),
        "digit" => chance.below(10).to_string(),
        "number" => (1000 + chance.below(9000)).to_string(),
        "phone" => format!("+31 20 {:07}", chance.below(10_000_000)),
        "date" => date(chance),
        "time" => format!("{}T{:02}:{:02}:00.000+01:00", date(chance), chance.below(24), chance.below(60)),
        _ => return None,
    })
}

const GIVEN: &str = "Anna Bram Cato Daan Eline Floris Gijs Hanna Iris Joris Karel Lotte Maud Noor Olaf Pien Quint \
                     Roos Sjors Tess Ugo Vera Wout Xandra Yara Zeger";
const FAMILY: &str = "Aalders Bakker Coster Dekker Evers Faber Groen Hofman Imhof Jansen Kuiper Linde Mulder Noort \
                      Otten Prins Ridder Smit Timmer Ubink Visser Wever Zijlstra";
const CITIES: &str =
    "Amersfoort Breda Culemborg Deventer Enkhuizen Franeker Gouda Haarlem Kampen Leiden Middelburg";
const STREETS: &str =
    "Appelgaard Beukenlaan Cederpad Dijkweg Eikenhof Fluitekruid Gracht Havenkade Iepenlaan";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_json_of_its_type_with_nothing_left_to_fill_in() {
        for kind in Kind::ALL {
            let mut body = Vec::new();
            Template::of(*kind, &mut Chance::from_seed(3)).render(&mut body, Some("a-1"), 255);
            let text = String::from_utf8(body).expect("UTF-8");
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(value["resourceType"], kind.name());
            assert_eq!(value["id"], "a-1");
            assert_eq!(value["identifier"][0]["value"], "00000000000000ff");
            let open = text.split('@').skip(1).any(|word| draw(word, &mut Chance::from_seed(0)).is_some());
            assert!(!open, "{text}");
        }
    }

    #[test]
    fn the_rows_of_create_and_update_have_one_to_two_kilobytes() {
        for template in &*small() {
            let mut body = Vec::new();
            template.render(&mut body, None, 0);
            assert!((1000..=2048).contains(&body.len()), "{:?} has {}", template.kind, body.len());
        }
    }
}
