//! How does HTTP write a moment?
//!
//! RFC 9110, section 5.6.7. It stands here beside `instant` although HTTP is otherwise unknown below
//! `api`: it is a form of an instant like any other, and needs the calendar that lives here.
//! Deviation: a year of two digits is taken as 1970 to 2069, since there is no clock to measure by.

use crate::instant::Instant;

const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_SECONDS: i64 = 86_400;

/// Writes `Sun, 06 Nov 1994 08:49:37 GMT`, cut off to the second.
pub fn write(instant: Instant) -> String {
    let mut buffer = [0; 24];
    let text = instant.write(&mut buffer);
    // The instant's own form has every number already; only the names are missing.
    let month = text[5..7].parse().map_or("", |month: usize| MONTHS[month - 1]);
    let weekday = weekday(instant);
    format!("{}, {} {month} {} {} GMT", &weekday[..3], &text[8..10], &text[..4], &text[11..19])
}

/// Reads any of the three forms that HTTP has had; `None` for any other text.
pub fn parse(text: &str) -> Option<Instant> {
    let (day_name, rest) = text.split_once(' ')?;
    match day_name.strip_suffix(',') {
        Some(name) if rest.contains('-') => parse_obsolete(name, rest),
        Some(name) => parse_fixed(name, rest),
        None => parse_asctime(day_name, rest),
    }
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`.
fn parse_fixed(name: &str, rest: &str) -> Option<Instant> {
    let [day, month, year, time, "GMT"] = parts(rest, ' ')? else { return None };
    let date = (number(year, 4)?, self::month(month)?, number(day, 2)?);
    moment(date, time).filter(|instant| weekday(*instant)[..3] == *name)
}

/// Reads `Sunday, 06-Nov-94 08:49:37 GMT`.
fn parse_obsolete(name: &str, rest: &str) -> Option<Instant> {
    let [date, time, "GMT"] = parts(rest, ' ')? else { return None };
    let [day, month, year] = parts(date, '-')?;
    let short = number(year, 2)?;
    let year = if short < 70 { 2000 + short } else { 1900 + short };
    // The weekday is not compared with the date, because the century is a guess.
    DAYS.contains(&name).then_some(())?;
    moment((year, self::month(month)?, number(day, 2)?), time)
}

/// Reads `Sun Nov  6 08:49:37 1994`.
fn parse_asctime(name: &str, rest: &str) -> Option<Instant> {
    let (month, rest) = rest.split_once(' ')?;
    let (day, rest) = rest.split_at_checked(2)?;
    let day = day.strip_prefix(' ').map_or_else(|| number(day, 2), |digit| number(digit, 1))?;
    let [time, year] = parts(rest.strip_prefix(' ')?, ' ')?;
    let date = (number(year, 4)?, self::month(month)?, day);
    moment(date, time).filter(|instant| weekday(*instant)[..3] == *name)
}

fn moment((year, month, day): (i64, i64, i64), time: &str) -> Option<Instant> {
    let [hour, minute, second] = parts(time, ':')?;
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    let in_day = hour < 24 && minute < 60 && second <= 60;
    let instant = Instant::from_civil((year, month, day), hour * 3600 + minute * 60 + second, 0);
    (in_day && year > 0 && (1..=days_in_month(year, month)).contains(&day)).then_some(instant)
}

fn weekday(instant: Instant) -> &'static str {
    let place = instant.seconds().div_euclid(DAY_SECONDS).rem_euclid(7);
    DAYS[usize::try_from(place).expect("a remainder of seven is an index")]
}

fn month(name: &str) -> Option<i64> {
    let place = MONTHS.iter().position(|month| *month == name)?;
    i64::try_from(place + 1).ok()
}

/// How many days a month has; the month is known to be one.
pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads a number of exactly so many digits.
pub(crate) fn number(text: &str, digits: usize) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Splits a text into exactly `N` parts.
fn parts<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    let mut parts = text.split(separator);
    let mut found = [""; N];
    for place in &mut found {
        *place = parts.next()?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXAMPLE: Instant = Instant(784_111_777_000_000);

    #[test]
    fn the_three_forms_name_the_same_moment() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse(text), Some(EXAMPLE), "{text}");
        }
        assert_eq!(write(EXAMPLE), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn what_is_no_date_of_http_is_none() {
        for text in [
            "",
            "Sun",
            "Sun,",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Wed, 30 Feb 2000 00:00:00 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Someday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
            "Sun Nov é6 08:49:37 1994",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_short_year_turns_over_at_seventy() {
        let year = |text| parse(text).map(|instant| instant.to_string()[..4].to_owned());
        assert_eq!(year("Sunday, 01-Jan-69 00:00:00 GMT").as_deref(), Some("2069"));
        assert_eq!(year("Sunday, 01-Jan-70 00:00:00 GMT").as_deref(), Some("1970"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in -62_135_596_800i64..253_402_300_800) {
            let instant = Instant(seconds * 1_000_000);
            prop_assert_eq!(parse(&write(instant)), Some(instant));
        }

        #[test]
        fn no_text_makes_the_reader_fall_over(text in ".{0,40}", likely in "(Sun,?|Sunday,) [ 0-9]{1,2}[- ]Nov[- é][0-9: ]{2,16} GMT") {
            for text in [text, likely] {
                if let Some(instant) = parse(&text) {
                    prop_assert_eq!(parse(&write(instant)), Some(instant));
                }
            }
        }
    }
}
