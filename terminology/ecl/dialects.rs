//! Which language reference set does the alias of a dialect stand for?
//!
//! The aliases of appendix C of <http://snomed.org/ecl>, and the two shorter ones that its examples use.

use super::tree::Sctid;

/// Every alias, in lower case, with its language reference set.
const ALL: &[(&str, Sctid)] = &[
    ("da-dk", Sctid(554_461_000_005_103)),
    ("de", Sctid(722_130_004)),
    ("en-au", Sctid(32_570_271_000_036_106)),
    ("en-ca", Sctid(19_491_000_087_109)),
    ("en-gb", Sctid(900_000_000_000_508_004)),
    ("en-gb-x-drug", Sctid(999_000_681_000_001_101)),
    ("en-gb-x-ext", Sctid(999_001_251_000_000_103)),
    ("en-ie", Sctid(21_000_220_103)),
    ("en-nhs-clinical", Sctid(999_001_261_000_000_100)),
    ("en-nhs-pharmacy", Sctid(999_000_691_000_001_104)),
    ("en-nz", Sctid(271_000_210_107)),
    ("en-nz-x-pat", Sctid(281_000_210_109)),
    ("en-us", Sctid(900_000_000_000_509_007)),
    ("en-x-gmdn", Sctid(608_771_002)),
    ("en-x-nhs-clinical", Sctid(999_001_261_000_000_100)),
    ("en-x-nhs-dmd", Sctid(999_000_671_000_001_103)),
    ("en-x-nhs-pharmacy", Sctid(999_000_691_000_001_104)),
    ("es", Sctid(450_828_004)),
    ("es-uy", Sctid(5_641_000_179_103)),
    ("et-ee", Sctid(71_000_181_105)),
    ("fr", Sctid(722_131_000)),
    ("fr-be", Sctid(21_000_172_104)),
    ("fr-ca", Sctid(20_581_000_087_109)),
    ("ja", Sctid(722_129_009)),
    ("mi", Sctid(291_000_210_106)),
    ("nb-no", Sctid(61_000_202_103)),
    ("nl-be", Sctid(31_000_172_101)),
    ("nl-nl", Sctid(31_000_146_106)),
    ("nn-no", Sctid(91_000_202_106)),
    ("sv-se", Sctid(46_011_000_052_107)),
    ("zh", Sctid(722_128_001)),
];

/// The language reference set of an alias in lower case.
pub(super) fn reference_set(alias: &str) -> Result<Sctid, String> {
    let found = ALL.iter().find(|(known, _)| *known == alias).map(|(_, id)| *id);
    found.ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|(known, _)| *known).collect();
        format!("the dialect `{alias}` is not known; known are {}", known.join(", "))
    })
}
