//! Which file of a release holds what?
//!
//! Told by the headings of Release Format 2, as <https://hl7.org/fhir/R4/snomedct.html> presupposes it; a history and a
//! list of changes have the same headings as a snapshot, so that only their names tell them apart.

use crate::load::{Defect, Entry, Listing, Report};

/// The heading of concept files.
pub(super) const CONCEPT: &str = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId";
const DESCRIPTION: &str =
    "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId";
const RELATIONSHIP: &str = "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId";
const CONCRETE: &str = "id\teffectiveTime\tactive\tmoduleId\tsourceId\tvalue\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId";
const SET: &str = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId";

/// The files of a release by what they hold.
#[derive(Default)]
pub(super) struct Files<'l> {
    pub(super) concepts: Vec<&'l Entry>,
    pub(super) descriptions: Vec<&'l Entry>,
    pub(super) relationships: Vec<&'l Entry>,
    pub(super) concrete: Vec<&'l Entry>,
    pub(super) languages: Vec<&'l Entry>,
    pub(super) dependencies: Vec<&'l Entry>,
    pub(super) sets: Vec<&'l Entry>,
}

impl<'l> Files<'l> {
    pub(super) fn of(listing: &'l Listing, report: &mut Report) -> Result<Self, Defect> {
        let mut files = Self::default();
        for entry in &listing.files {
            let base = entry.base();
            if base.contains("Full_")
                || base.contains("Full-")
                || base.contains("Delta_")
                || base.contains("Delta-")
            {
                report.skip("files of histories and changes; a snapshot is what is loaded");
                continue;
            }
            match entry.first_line() {
                CONCEPT => files.concepts.push(entry),
                DESCRIPTION => files.descriptions.push(entry),
                RELATIONSHIP if base.contains("StatedRelationship") => {
                    report.skip("files of stated relationships; the inferred ones count");
                }
                RELATIONSHIP => files.relationships.push(entry),
                CONCRETE => files.concrete.push(entry),
                heading => match heading.strip_prefix(SET) {
                    Some("\tacceptabilityId") => files.languages.push(entry),
                    Some("\tsourceEffectiveTime\ttargetEffectiveTime") => files.dependencies.push(entry),
                    Some("\towlExpression") => report.skip("files of OWL axioms"),
                    Some(fields) if fields.contains("\tmapRule") => report.skip("files of maps with rules"),
                    Some(_) => files.sets.push(entry),
                    None => report.skip("files that are no part of a snapshot"),
                },
            }
        }
        if files.concepts.is_empty() {
            return Err(Defect::of(
                "",
                "the release has no snapshot file of concepts; a history or a list of changes alone cannot be loaded",
            ));
        }
        Ok(files)
    }
}
