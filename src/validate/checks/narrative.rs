//! Is this narrative safe to show, is there something to see, and do its links lead somewhere?
//!
//! <https://hl7.org/fhir/R4/narrative.html#xhtml>. The invariants txt-1 and txt-2 say only whether it is safe; this
//! says what is wrong. Which XHTML is safe is told where `htmlChecks()` asks the same, by [`fhirpath::narrative`].

use std::collections::HashSet;

use fhirpath::narrative::{self, Narrative};
use model::{Code, Value};

use super::format::excerpt;
use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, div: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(div) = div.as_str() else { return };
    let found = match narrative::read(div) {
        Ok(found) => found,
        Err(wrong) => return findings.error(Code::UnsafeNarrative, place, wrong),
    };
    // No error, as it would be by txt-2, because four examples that R4 publishes have none.
    if !found.has_content {
        let message = "a narrative has some text or an image, and this one has none";
        findings.warning(Code::UnsafeNarrative, place, message);
    }
    // The narratives of a Bundle's resources are made to be shown together, and link to each other.
    if found.links.is_empty() || text(subject.root, "resourceType") == Some("Bundle") {
        return;
    }
    let contained = objects(subject.resource, "contained").filter_map(|(_, one)| text(one, "id"));
    if let Some(lost) = lost_link(&found, contained) {
        let message =
            format!("the narrative links to `#{}`, which is neither in it nor contained", excerpt(lost));
        findings.error(Code::UnsafeNarrative, place, message);
    }
}

/// The first link within the narrative that leads to none of its ids and names, nor to a contained resource.
fn lost_link<'t>(found: &Narrative<'t>, contained: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let known: HashSet<&str> = found.anchors.iter().copied().chain(contained).collect();
    let mut links = found.links.iter().copied();
    links.find(|id| !id.is_empty() && !known.contains(id))
}

#[cfg(test)]
mod tests {
    use crate::expect::core;

    fn check(div: &str, expected: &str) {
        let div = format!("<div xmlns='http://www.w3.org/1999/xhtml'>{div}</div>");
        let resource = format!(
            r##"{{"resourceType":"Patient","contained":[{{"resourceType":"Patient","id":"contained"}}],
                "link":[{{"other":{{"reference":"#contained"}},"type":"seealso"}}],
                "text":{{"status":"generated","div":{}}}}}"##,
            serde_json::Value::from(div)
        );
        let path = if expected.is_empty() { "" } else { " Patient.text.div" };
        core(&resource, &format!("{expected}{path}"));
    }

    #[test]
    fn links_within_lead_somewhere() {
        check(r##"<a href="#a">a</a><p id="a"/>"##, "");
        check(r##"<a href="#a">a</a><a name='a'/>"##, "");
        check(r##"<a href="#contained">a</a>"##, "");
        check(r##"<a href="#">a</a>"##, "");
        check(r##"<a href="#b">a</a><p id="a"/>"##, "error unsafe-narrative");
    }

    #[test]
    fn what_is_not_safe_is_refused() {
        check("<b>a</b>", "");
        check("<b> </b>", "warning unsafe-narrative");
        check("<script>a</script>", "error unsafe-narrative");
    }
}
