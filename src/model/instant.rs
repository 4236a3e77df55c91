//! When did it happen?
//!
//! The server's own time: microseconds since 1970, written as a FHIR `instant` in UTC
//! (<https://hl7.org/fhir/R4/datatypes.html#instant>). Partial dates of resources are another matter.

use std::fmt;
use std::sync::Arc;

/// A moment, in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

/// Where the time comes from; handed in by `server`, so that tests can hold it still.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

const DAY_SECONDS: i64 = 86_400;

impl Instant {
    /// Whole seconds since the epoch, rounded down, as HTTP dates count.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Writes `2026-11-21T08:01:02.123Z` into `buffer` and returns it as text.
    pub fn write(self, buffer: &mut [u8; 24]) -> &str {
        let millis = self.0.div_euclid(1_000);
        let seconds = millis.div_euclid(1_000);
        let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
        let time = seconds.rem_euclid(DAY_SECONDS);
        *buffer = *b"0000-00-00T00:00:00.000Z";
        digits(&mut buffer[0..4], year.clamp(0, 9999));
        digits(&mut buffer[5..7], month);
        digits(&mut buffer[8..10], day);
        digits(&mut buffer[11..13], time / 3600);
        digits(&mut buffer[14..16], time / 60 % 60);
        digits(&mut buffer[17..19], time % 60);
        digits(&mut buffer[20..23], millis.rem_euclid(1_000));
        std::str::from_utf8(buffer).expect("only ASCII digits were written")
    }

    /// The moment at a civil date and time of day in UTC; the caller knows that they are in range.
    pub fn from_civil((year, month, day): (i64, i64, i64), seconds_of_day: i64, micros: i64) -> Self {
        Self((days(year, month, day) * DAY_SECONDS + seconds_of_day) * 1_000_000 + micros)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.write(&mut [0; 24]))
    }
}

fn digits(place: &mut [u8], mut number: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).expect("a remainder of ten fits");
        number /= 10;
    }
}

/// Returns the Gregorian date of a day number, counted in eras of 400 years from 1 March of year 0.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let civil_month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(civil_month <= 2), civil_month, day_of_month)
}

/// Returns the day number of a Gregorian date; the inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_fhir_writes_them() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_795_248_062_123_999, "2026-11-21T08:01:02.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Instant(micros).to_string(), text);
        }
    }

    #[test]
    fn civil_dates_come_back_from_their_day_number() {
        for day in (-200_000..200_000).step_by(37) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
    }
}
