//! In which form does the client want its answer?
//!
//! `Accept` and `_format`, `_pretty`, `_summary`, `_elements`:
//! <https://hl7.org/fhir/R4/http.html#mime-type>, <https://hl7.org/fhir/R4/search.html#elements>.

use axum::http::{HeaderMap, HeaderValue, header};
use interactions::{Narrowing, Pairs};
use model::{Code, Issue};

/// The media type of FHIR in JSON.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");
/// The media type of FHIR in XML.
pub(crate) const XML: HeaderValue = HeaderValue::from_static("application/fhir+xml; charset=utf-8");

/// A wire form of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

/// What the client asked of the form of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub format: Format,
    pub pretty: bool,
    pub narrowing: Narrowing,
    /// The parameters that said so, for links to answers of the same form.
    pub parameters: Pairs,
    /// Whether a FHIR media type was named; if not, a Binary is answered with its own bytes.
    pub names_fhir: bool,
}

impl View {
    /// Compact JSON, whole: what is stored is what is served.
    pub(crate) fn plain() -> Self {
        Self {
            format: Format::Json,
            pretty: false,
            narrowing: Narrowing::default(),
            parameters: Pairs::new(),
            names_fhir: false,
        }
    }

    /// Whether stored JSON can be served as it is.
    pub(crate) fn is_plain(&self) -> bool {
        self.format == Format::Json && !self.pretty && self.narrowing.is_whole()
    }

    /// Takes what concerns the form of the answer out of `pairs`; returns the format when it is named.
    fn take(&mut self, pairs: &mut Pairs) -> Result<Option<Format>, Issue> {
        let mut format = None;
        let mut others = Pairs::with_capacity(pairs.len());
        for (name, value) in pairs.drain(..) {
            match name.as_str() {
                "_format" => format = Some(parse_format(&value)?),
                "_pretty" => self.pretty = parse_bool(&value)?,
                _ => match self.narrowing.read(&name, &value) {
                    None => {
                        others.push((name, value));
                        continue;
                    }
                    Some(read) => read?,
                },
            }
            self.parameters.push((name, value));
        }
        *pairs = others;
        Ok(format)
    }

    /// Takes in what parameters in a body say, which come after those of the URL.
    pub(crate) fn take_more(&mut self, pairs: &mut Pairs) -> Result<(), Issue> {
        if let Some(format) = self.take(pairs)? {
            (self.format, self.names_fhir) = (format, true);
        }
        Ok(())
    }
}

/// Reads the client's wishes, and takes their parameters out of `pairs`.
pub(crate) fn view(headers: &HeaderMap, pairs: &mut Pairs) -> Result<View, Issue> {
    let mut view = View::plain();
    let format = view.take(pairs)?;
    (view.format, view.names_fhir) = match format {
        Some(format) => (format, true),
        None => accepted(headers)?,
    };
    Ok(view)
}

fn parse_format(value: &str) -> Result<Format, Issue> {
    // A `+` that was not escaped in the URL has become a space.
    let named = value.split(';').next().unwrap_or_default().trim().replace(' ', "+");
    match named.as_str() {
        "json" | "application/json" | "application/fhir+json" | "text/json" => Ok(Format::Json),
        "xml" | "application/xml" | "application/fhir+xml" | "text/xml" => Ok(Format::Xml),
        _ => Err(Issue::error(Code::NotAcceptable, format!("`_format={value}`: json or xml is expected"))),
    }
}

fn parse_bool(value: &str) -> Result<bool, Issue> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => {
            Err(Issue::error(Code::InvalidParameter, format!("`_pretty={value}`: true or false is expected")))
        }
    }
}

/// The format that `Accept` prefers, and whether it names a FHIR media type.
fn accepted(headers: &HeaderMap) -> Result<(Format, bool), Issue> {
    let mut best: Option<(u16, Format, bool)> = None;
    let mut asked = false;
    for value in headers.get_all(header::ACCEPT) {
        let value = value.to_str().map_err(|_| Issue::error(Code::InvalidHeader, "`Accept` is not text"))?;
        for range in value.split(',').filter(|range| !range.trim().is_empty()) {
            asked = true;
            let Some((format, names_fhir)) = range_format(range) else { continue };
            let quality = quality(range);
            if quality > best.map_or(0, |(quality, ..)| quality) {
                best = Some((quality, format, names_fhir));
            }
        }
    }
    match best {
        Some((_, format, names_fhir)) => Ok((format, names_fhir)),
        None if asked => {
            let message = "none of the accepted media types is JSON or XML of FHIR 4.0";
            Err(Issue::error(Code::NotAcceptable, message))
        }
        None => Ok((Format::Json, false)),
    }
}

fn range_format(range: &str) -> Option<(Format, bool)> {
    let mut parts = range.split(';').map(str::trim);
    let found = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/fhir+json" => (Format::Json, true),
        "application/fhir+xml" => (Format::Xml, true),
        "application/json" | "text/json" => (Format::Json, false),
        "application/xml" | "text/xml" => (Format::Xml, false),
        "*/*" | "application/*" => (Format::Json, false),
        _ => return None,
    };
    let other_version = |part: &str| part.strip_prefix("fhirVersion=").is_some_and(|version| !is_r4(version));
    (!parts.any(other_version)).then_some(found)
}

fn is_r4(version: &str) -> bool {
    matches!(version.trim_matches('"'), "4.0" | "4.0.0" | "4.0.1")
}

/// The weight of a media range, in thousandths.
pub(crate) fn quality(range: &str) -> u16 {
    let weight = range.split(';').skip(1).find_map(|part| part.trim().strip_prefix("q="));
    let Some(weight) = weight else { return 1000 };
    let (whole, fraction) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let thousandths = fraction.bytes().chain(*b"000").take(3);
    let fraction =
        thousandths.fold(0, |sum, digit| sum * 10 + u16::from(digit.wrapping_sub(b'0').clamp(0, 9)));
    if whole == "1" { 1000 } else { fraction }
}

/// The format of a body, from its media type; none when it is neither.
pub(crate) fn body_format(content_type: &str) -> Option<Format> {
    match essence(content_type).as_str() {
        "application/fhir+json" | "application/json" | "text/json" => Some(Format::Json),
        "application/fhir+xml" | "application/xml" | "text/xml" => Some(Format::Xml),
        _ => None,
    }
}

/// A media type without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accept: &str, query: &str, expected: Result<(Format, bool), Code>) {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).expect("a header"));
        }
        let mut pairs = interactions::parse_pairs(query).expect("a query");
        let found = view(&headers, &mut pairs).map(|view| (view.format, view.names_fhir));
        assert_eq!(found.map_err(|issue| issue.code), expected, "{accept} {query}");
    }

    #[test]
    fn the_best_accepted_format_is_chosen_and_the_parameter_wins() {
        check("", "", Ok((Format::Json, false)));
        check("application/fhir+xml", "", Ok((Format::Xml, true)));
        check("application/fhir+xml;q=0.2, application/fhir+json;q=0.9", "", Ok((Format::Json, true)));
        check("text/html, application/xml;q=0.9, */*;q=0.8", "", Ok((Format::Xml, false)));
        check("text/html", "", Err(Code::NotAcceptable));
        check("text/html", "_format=xml", Ok((Format::Xml, true)));
        check("application/fhir+json", "_format=application/fhir+xml", Ok((Format::Xml, true)));
        check("application/fhir+json; fhirVersion=5.0", "", Err(Code::NotAcceptable));
        check("application/fhir+json; fhirVersion=4.0", "", Ok((Format::Json, true)));
        check("application/fhir+json;q=0", "", Err(Code::NotAcceptable));
        check("", "_format=turtle", Err(Code::NotAcceptable));
        check("", "_pretty=yes", Err(Code::InvalidParameter));
        check("", "_summary=some", Err(Code::InvalidParameter));
        check("", "_elements=a,,b", Err(Code::InvalidParameter));
    }
}
