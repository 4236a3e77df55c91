//! Is it near this place?
//!
//! `near` of Location, <https://hl7.org/fhir/R4/location.html#positional>: within a distance along the surface of
//! a sphere of the Earth's mean radius, which is right to half a percent. Candidates stand in a band of latitudes;
//! the poles and the line where the day changes need no care, because the distance knows them.

use model::decimal::Decimal;
use model::ucum::Unit;
use model::{Code, Issue, Value};

use super::token::{refuse_modifier, refuse_value};
use super::{Asked, Element, Sink, split};
use crate::condition::{Condition, Test};
use crate::limits::NEAR_METRES_DEFAULT;
use crate::rows::{Indexed, ParameterId};
use crate::scan::{Index, Part, Range, number, ordered};

/// The Earth's mean radius in metres, as geodesists agreed on it in 1980.
const RADIUS: f64 = 6_371_008.8;

/// Degrees by which the band of candidates is wider than it must be, so that rounding never costs one.
const SLACK: f64 = 1e-6;

/// The unit of a distance that names none.
const UNIT_DEFAULT: &str = "km";

/// A test of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct NearTest {
    latitude: f64,
    longitude: f64,
    metres: f64,
}

impl NearTest {
    /// Whether a place, in degrees as [`ordered`] puts them, is near enough.
    pub fn holds(&self, latitude: i64, longitude: i64) -> bool {
        self.distance(number(latitude), number(longitude)) <= self.metres
    }

    /// Metres along the surface, by the haversine formula, which is exact for near places too.
    fn distance(&self, latitude: f64, longitude: f64) -> f64 {
        let half_sine = |degrees: f64| (degrees.to_radians() / 2.0).sin();
        let up = half_sine(latitude - self.latitude).powi(2);
        let along = half_sine(longitude - self.longitude).powi(2);
        let chord = up + self.latitude.to_radians().cos() * latitude.to_radians().cos() * along;
        2.0 * RADIUS * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// What one value asks for: `latitude|longitude|distance|units`.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    if asked.parameter.code != "near" {
        let message = format!("searching by the parameter `{}` is not supported", asked.parameter.code);
        return Err(Issue::error(Code::NotSupported, message));
    }
    if asked.modifier.is_some() {
        return Err(refuse_modifier(asked, "`:missing` or none"));
    }
    let test = read(asked.value).map_err(|expected| refuse_value(asked, expected))?;
    Ok(asked.clause(Test::Near(test)))
}

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    let degrees = |name, most: f64| match element.value.get(name) {
        Some(Value::Number(number)) => {
            number.as_str().parse().ok().filter(|degrees: &f64| degrees.abs() <= most)
        }
        _ => None,
    };
    if let (Some(latitude), Some(longitude)) = (degrees("latitude", 90.0), degrees("longitude", 180.0)) {
        sink.push(Indexed::Position { latitude: ordered(latitude), longitude: ordered(longitude) });
    }
}

/// Where candidates stand, and whether no others stand there.
pub fn ranges(test: &NearTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    let reach = (test.metres / RADIUS).to_degrees() + SLACK;
    let range = Range {
        index: Index::Positions,
        parameter,
        prefix: Vec::new(),
        from: Some(Part::Int(ordered(test.latitude - reach))),
        below: Some(Part::Int(ordered(test.latitude + reach))),
    };
    Some((vec![range], false))
}

/// Reads a value; otherwise says what was expected.
fn read(value: &str) -> Result<NearTest, &'static str> {
    let parts = split(value, '|');
    let (latitude, longitude, distance, unit) = match parts[..] {
        [latitude, longitude] => (latitude, longitude, "", ""),
        [latitude, longitude, distance] => (latitude, longitude, distance, ""),
        [latitude, longitude, distance, unit] => (latitude, longitude, distance, unit),
        _ => return Err("latitude|longitude|distance|units, the last two optional"),
    };
    let latitude = degrees(latitude, 90.0).ok_or("a latitude from -90 to 90 degrees")?;
    let longitude = degrees(longitude, 180.0).ok_or("a longitude from -180 to 180 degrees")?;
    let unit = if unit.is_empty() { UNIT_DEFAULT } else { unit };
    let unit = Unit::parse(unit).ok().filter(|unit| unit.is_comparable(&metre()));
    let unit = unit.ok_or("a unit of length as UCUM writes it, such as km, m or [mi_us]")?;
    let metres = if distance.is_empty() { Some(NEAR_METRES_DEFAULT) } else { metres(distance, &unit) };
    let metres = metres.ok_or("a distance that is a number and not negative")?;
    Ok(NearTest { latitude, longitude, metres })
}

fn degrees(text: &str, most: f64) -> Option<f64> {
    Some(Decimal::parse(text)?.to_f64()).filter(|degrees| degrees.abs() <= most)
}

fn metres(text: &str, unit: &Unit) -> Option<f64> {
    let metres = unit.convert(&Decimal::parse(text)?, &metre())?.to_f64();
    Some(metres).filter(|metres| *metres >= 0.0)
}

fn metre() -> Unit {
    Unit::parse("m").expect("the metre is a unit")
}

#[cfg(test)]
mod tests;
