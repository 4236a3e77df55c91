//! Which URIs are meant?
//!
//! URIs are compared letter by letter: <https://hl7.org/fhir/R4/search.html#uri>. `:above` and `:below` look at whole
//! segments, so that `http://a.org/b` is above `http://a.org/b/c` and not above `http://a.org/bc`; of URNs
//! neither is asked for, as the specification says. A version after the canonical of a definition is looked for
//! in the parameter `version`.

#[cfg(test)]
mod tests;

use model::{Issue, Text};

use super::token::{beginning, is_whole_in_key, kept, refuse_modifier, refuse_value};
use super::{Asked, Element, Sink, token, unescape};
use crate::catalogue::{Kind, Parameter};
use crate::condition::{Clause, Condition, Test};
use crate::rows::{Indexed, ParameterId, key_text};
use crate::scan::{Index, Part, Range};

/// Ancestors that are looked for one by one; of a longer path all that the parameter has is read.
const ANCESTORS_MAX: usize = 100;

/// What may follow a whole segment.
const BOUNDARIES: &[char] = &['/', '?', '#', '|'];

/// A test of a URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UriTest {
    /// It is this one.
    Equal(Text),
    /// It is this one or stands above it.
    Above(Text),
    /// It is this one or stands below it.
    Below(Text),
    /// It begins so.
    Beginning(Text),
    /// This is a part of it.
    Containing(Text),
    /// It ends so.
    Ending(Text),
}

impl UriTest {
    /// Whether a URI passes.
    pub fn holds(&self, uri: &str) -> bool {
        match self {
            UriTest::Equal(wanted) => *wanted == *uri,
            UriTest::Above(wanted) => is_below(wanted, uri),
            UriTest::Below(wanted) => is_below(uri, wanted),
            UriTest::Beginning(wanted) => uri.starts_with(wanted.as_str()),
            UriTest::Containing(wanted) => uri.contains(wanted.as_str()),
            UriTest::Ending(wanted) => uri.ends_with(wanted.as_str()),
        }
    }
}

/// What one value asks for.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    let uri = unescape(asked.value);
    if uri.is_empty() || uri.contains(char::is_whitespace) {
        return Err(refuse_value(asked, "a URI"));
    }
    let is_urn = uri.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"));
    let text = Text::from(kept(&uri));
    match asked.modifier {
        None => Ok(equal(asked, &uri)),
        Some("above" | "below") if is_urn => Err(refuse_value(asked, "a URL, since URNs have no hierarchy")),
        Some("above") => Ok(asked.clause(Test::Uri(UriTest::Above(text)))),
        Some("below") => Ok(asked.clause(Test::Uri(UriTest::Below(text)))),
        Some(_) => Err(refuse_modifier(asked, "`:above` or `:below`")),
    }
}

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    if let Some(uri) = element.value.as_str().filter(|uri| !uri.is_empty()) {
        sink.push(Indexed::Uri(kept(uri).into()));
    }
}

/// Where candidates stand, and whether all that stand there pass.
pub fn ranges(test: &UriTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    let range = |uri: &str| Range::equal(Index::Strings, parameter, vec![Part::Text(key_text(uri))]);
    Some(match test {
        UriTest::Equal(uri) => (vec![range(uri)], is_whole_in_key(uri)),
        UriTest::Below(uri) | UriTest::Beginning(uri) => {
            (vec![beginning(Index::Strings, parameter, uri)], false)
        }
        UriTest::Containing(_) | UriTest::Ending(_) => (vec![Range::whole(Index::Strings, parameter)], false),
        UriTest::Above(uri) => {
            let mut ancestors: Vec<&str> = ancestors(uri).take(ANCESTORS_MAX + 1).collect();
            if ancestors.len() > ANCESTORS_MAX {
                return Some((vec![Range::whole(Index::Strings, parameter)], false));
            }
            let exact = ancestors.iter().all(|uri| is_whole_in_key(uri));
            // Only the longest are cut, to one and the same key.
            ancestors.dedup_by_key(|uri| key_text(uri));
            (ancestors.into_iter().map(range).collect(), exact)
        }
    })
}

/// The test of the whole URI; of `url|version` where the type has a version to look at, of both.
fn equal(asked: &Asked<'_>, uri: &str) -> Condition {
    let whole = |uri: &str| asked.clause(Test::Uri(UriTest::Equal(kept(uri).into())));
    let Some((url, version)) =
        uri.rsplit_once('|').filter(|(url, version)| !url.is_empty() && !version.is_empty())
    else {
        return whole(uri);
    };
    let Some(parameter) = version_parameter(asked) else { return whole(uri) };
    let test = Test::Token(token::TokenTest::of_code(version));
    Condition::All(vec![whole(url), Condition::Clause(Clause { parameter: parameter.id, test })])
}

/// The parameter `version` of a definition that is searched by its canonical.
fn version_parameter<'a>(asked: &Asked<'a>) -> Option<&'a Parameter> {
    let version = asked.surroundings.catalogue.find(asked.parameter.resource_type, "version");
    version.filter(|found| asked.parameter.code == "url" && found.kind == Kind::Token)
}

/// Whether `uri` is `above` or continues it with whole segments.
fn is_below(uri: &str, above: &str) -> bool {
    let Some(rest) = uri.strip_prefix(above) else { return false };
    rest.is_empty() || above.ends_with('/') || rest.starts_with(BOUNDARIES)
}

/// The URI itself and all that it is below.
fn ancestors(uri: &str) -> impl Iterator<Item = &str> {
    let ends = uri.char_indices().flat_map(|(place, character)| {
        let before = BOUNDARIES.contains(&character).then_some(place);
        let after = (character == '/').then_some(place + 1);
        before.into_iter().chain(after)
    });
    let shorter = ends.filter(move |end| (1..uri.len()).contains(end)).map(move |end| &uri[..end]);
    let mut previous = 0;
    let distinct =
        shorter.filter(move |ancestor| std::mem::replace(&mut previous, ancestor.len()) < ancestor.len());
    distinct.chain([uri])
}
