//! What does a release of half a million concepts look like?
//!
//! Files in the form of SNOMED CT's releases, of our own making: five branches of 100,000 concepts, four in ten of them
//! with a second or third parent, each with a full name, a preferred synonym and an attribute. All follows from a seed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use conformance_tests::chance::Chance;
use terminology::load::with_check_digit;

/// Branches below the root.
pub(crate) const BRANCHES: u64 = 5;

/// Concepts of each.
pub(crate) const BRANCH_CONCEPTS: u64 = 100_000;

/// Children that a concept has by its first parent.
const CHILDREN: u64 = 6;

/// Words that names are made of: as many as big code systems use often.
const WORDS: u64 = 4_000;

/// Kinds of attributes.
const ATTRIBUTES: u64 = 20;

const MODULE: u64 = 90;
const ROOT: u64 = 1;
const US_DIALECT: &str = "900000000000509007";

/// A concept of a branch, from 0 on; 0 is the top of its branch.
pub(crate) fn concept(branch: u64, number: u64) -> String {
    id(1_000_000 + branch * BRANCH_CONCEPTS + number, "00")
}

/// The canonical of the value set of a branch.
pub(crate) fn branch_value_set(branch: u64) -> String {
    format!("http://snomed.info/sct?fhir_vs=isa/{}", concept(branch, 0))
}

/// The beginning of a word that names have.
pub(crate) fn word(number: u64) -> String {
    const STARTS: [&str; 20] = [
        "bra", "ce", "dor", "el", "fla", "gri", "hy", "ist", "jo", "kar", "lem", "mio", "nu", "ost", "pre",
        "qui", "ro", "sta", "tri", "ul",
    ];
    const ENDS: [&str; 20] = [
        "bal", "cine", "dus", "en", "fic", "gal", "his", "ion", "jan", "kel", "lis", "mus", "nal", "osis",
        "pia", "que", "ris", "sal", "tum", "ura",
    ];
    let piece = |pieces: &[&str; 20], number: u64| {
        pieces[usize::try_from(number % 20).unwrap_or_default()].to_owned()
    };
    piece(&STARTS, number) + &piece(&ENDS, number / 20) + &piece(&ENDS, number / 400)
}

/// Any of the words.
pub(crate) fn any_word(chance: &mut Chance) -> String {
    word(chance.below(WORDS))
}

/// Writes the files into a folder.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut files = Files::begin(folder)?;
    let mut chance = Chance::from_seed(5);
    for number in [ROOT, MODULE].into_iter().chain((0..ATTRIBUTES).map(|attribute| 100 + attribute)) {
        files.concept(&id(number, "00"), &format!("Thing {number}"), number)?;
    }
    let mut serial = 10_000_000;
    for branch in 0..BRANCHES {
        for number in 0..BRANCH_CONCEPTS {
            let own = concept(branch, number);
            serial += 10;
            let words: Vec<String> = (0..3 + chance.below(3)).map(|_| any_word(&mut chance)).collect();
            files.concept(&own, &format!("{} {number}", words.join(" ")), serial)?;
            for (place, parent) in parents(number, &mut chance).into_iter().enumerate() {
                let parent = parent.map_or(id(ROOT, "00"), |parent| concept(branch, parent));
                files.relationship(serial + place as u64, &own, (&parent, 0, "116680003"))?;
            }
            let attribute = id(100 + chance.below(ATTRIBUTES), "00");
            let value = concept((branch + 1) % BRANCHES, chance.below(BRANCH_CONCEPTS));
            files.relationship(serial + 5, &own, (&value, 1, &attribute))?;
        }
    }
    files.end()
}

/// The parents of a concept in its branch; none stands for the root.
fn parents(number: u64, chance: &mut Chance) -> Vec<Option<u64>> {
    let Some(before) = number.checked_sub(1) else { return vec![None] };
    let mut parents = vec![before / CHILDREN];
    for likely in [4, 2] {
        let other = chance.below(number);
        if chance.below(10) < likely && !parents.contains(&other) {
            parents.push(other);
        }
    }
    parents.into_iter().map(Some).collect()
}

struct Files {
    concepts: BufWriter<File>,
    descriptions: BufWriter<File>,
    relationships: BufWriter<File>,
    dialects: BufWriter<File>,
    module: String,
}

impl Files {
    fn begin(folder: &Path) -> io::Result<Self> {
        let begin = |name: &str, heading: &str| -> io::Result<BufWriter<File>> {
            let mut file = BufWriter::new(File::create(folder.join(name))?);
            write!(file, "{heading}\r\n")?;
            Ok(file)
        };
        let set = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId";
        let module = id(MODULE, "00");
        let mut dependencies = begin(
            "der2_ssRefset_ModuleDependencySnapshot_XX.txt",
            &format!("{set}\tsourceEffectiveTime\ttargetEffectiveTime"),
        )?;
        let upon = "900000000000012004\t20240101\t20240101";
        write!(dependencies, "x\t20240101\t1\t{module}\t900000000000534007\t{upon}\r\n")?;
        dependencies.flush()?;
        Ok(Self {
            concepts: begin(
                "sct2_Concept_Snapshot_XX.txt",
                "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId",
            )?,
            descriptions: begin(
                "sct2_Description_Snapshot-en_XX.txt",
                "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId",
            )?,
            relationships: begin(
                "sct2_Relationship_Snapshot_XX.txt",
                "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId",
            )?,
            dialects: begin("der2_cRefset_LanguageSnapshot-en_XX.txt", &format!("{set}\tacceptabilityId"))?,
            module,
        })
    }

    /// A concept with its full name and its preferred synonym.
    fn concept(&mut self, own: &str, name: &str, serial: u64) -> io::Result<()> {
        let module = &self.module;
        write!(self.concepts, "{own}\t20240101\t1\t{module}\t900000000000074008\r\n")?;
        let full = format!("{name} (thing)");
        for (place, kind, term) in [(0, "900000000000003001", full.as_str()), (1, "900000000000013009", name)]
        {
            let description = id(serial * 10 + place, "01");
            write!(
                self.descriptions,
                "{description}\t20240101\t1\t{module}\t{own}\ten\t{kind}\t{term}\t900000000000448009\r\n"
            )?;
            write!(
                self.dialects,
                "x\t20240101\t1\t{module}\t{US_DIALECT}\t{description}\t900000000000548007\r\n"
            )?;
        }
        Ok(())
    }

    fn relationship(
        &mut self,
        serial: u64,
        own: &str,
        (to, group, kind): (&str, u64, &str),
    ) -> io::Result<()> {
        let (relationship, module) = (id(serial, "02"), &self.module);
        write!(
            self.relationships,
            "{relationship}\t20240101\t1\t{module}\t{own}\t{to}\t{group}\t{kind}\t900000000000011006\t900000000000451002\r\n"
        )
    }

    fn end(self) -> io::Result<()> {
        let files = [self.concepts, self.descriptions, self.relationships, self.dialects];
        files.into_iter().try_for_each(|mut file| file.flush())
    }
}

fn id(number: u64, kind: &str) -> String {
    with_check_digit(&format!("{}{kind}", 1_000 + number)).expect("digits alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_stand_before_their_children_and_are_told_once() {
        let mut chance = Chance::from_seed(1);
        assert_eq!(parents(0, &mut chance), [None]);
        let mut several = 0;
        for number in 1..1_000 {
            let found = parents(number, &mut chance);
            assert!(found.iter().flatten().all(|parent| *parent < number));
            several += usize::from(found.len() > 1);
        }
        assert!((300..700).contains(&several), "{several}");
    }
}
