//! Which concepts of a set pass a filter?
//!
//! Description filters ask for one description for which all of a filter holds, concept filters ask the concept
//! itself: sections 6.8 and 6.9 of <http://snomed.org/ecl>. Only active descriptions count, unless the filter
//! says otherwise.

use super::Evaluation;
use super::ids::Ids;
use super::rows::{Row, RowTest};
use crate::concept_set::Bits;
use crate::ecl::tree::{
    Acceptability, AcceptabilityWord, ConceptFilter, DefinitionStatus, DescriptionFilter, DescriptionType,
    Dialects, Equality, Sctid,
};
use crate::ecl::words::Pattern;
use crate::ecl::{Description, Substrate, dialects};

const SYNONYM: Sctid = Sctid(900_000_000_000_013_009);
const FULLY_SPECIFIED_NAME: Sctid = Sctid(900_000_000_000_003_001);
const DEFINITION: Sctid = Sctid(900_000_000_000_550_004);
const PREFERRED: Sctid = Sctid(900_000_000_000_548_007);
const ACCEPTABLE: Sctid = Sctid(900_000_000_000_549_004);
const PRIMITIVE: Sctid = Sctid(900_000_000_000_074_008);
const DEFINED: Sctid = Sctid(900_000_000_000_073_002);

/// Those with a description for which all filters hold.
pub(super) fn by_description(
    evaluation: &mut Evaluation<'_>,
    from: &Bits,
    filters: &[DescriptionFilter],
) -> Result<Bits, String> {
    let mut tests = Vec::new();
    for filter in filters {
        tests.push(DescriptionTest::new(evaluation, filter)?);
    }
    let rows = tests.iter().filter_map(|test| match test {
        DescriptionTest::Row(row) => Some(row),
        _ => None,
    });
    let is_any_activity = evaluation.counts_inactive(rows)?;
    let substrate = evaluation.substrate;
    let mut found = Bits::none(substrate.count());
    for place in from.iter() {
        let (mut steps, mut is_found) = (0, false);
        substrate.descriptions(place, &mut |description| {
            if is_found || !(is_any_activity || description.is_active) {
                return;
            }
            steps += tests.iter().map(|test| test.cost(&description)).sum::<usize>();
            is_found = tests.iter().all(|test| test.accepts(&description, substrate));
        })?;
        if is_found {
            found.insert(place);
        }
        evaluation.spend(steps)?;
    }
    Ok(found)
}

/// A description filter that is ready to be asked.
enum DescriptionTest {
    Term(Equality, Vec<Pattern>),
    Language(Equality, Vec<String>),
    Type(Equality, Ids),
    Dialect(Equality, Vec<Dialect>),
    Id(Equality, Vec<Sctid>),
    Row(RowTest),
}

/// Language reference sets, and the acceptabilities that count there; all do if none is named.
struct Dialect {
    sets: Ids,
    accepted: Vec<Sctid>,
}

impl DescriptionTest {
    fn new(evaluation: &mut Evaluation<'_>, filter: &DescriptionFilter) -> Result<Self, String> {
        Ok(match filter {
            DescriptionFilter::Term(equality, terms) => {
                Self::Term(*equality, terms.iter().map(Pattern::of_words).collect())
            }
            DescriptionFilter::Language(equality, languages) => Self::Language(*equality, languages.clone()),
            DescriptionFilter::Type(equality, types) => {
                let id = |kind: &DescriptionType| match kind {
                    DescriptionType::Synonym => SYNONYM,
                    DescriptionType::FullySpecifiedName => FULLY_SPECIFIED_NAME,
                    DescriptionType::Definition => DEFINITION,
                };
                Self::Type(*equality, Ids::These(types.iter().map(id).collect()))
            }
            DescriptionFilter::TypeId(equality, concepts) => {
                Self::Type(*equality, Ids::new(evaluation, concepts)?)
            }
            DescriptionFilter::Dialect(equality, dialects) => {
                Self::Dialect(*equality, known_dialects(evaluation, dialects)?)
            }
            DescriptionFilter::Id(equality, ids) => Self::Id(*equality, ids.clone()),
            DescriptionFilter::Row(row) => Self::Row(RowTest::new(evaluation, row)?),
        })
    }

    fn accepts(&self, description: &Description<'_>, substrate: &dyn Substrate) -> bool {
        match self {
            Self::Term(equality, patterns) => {
                let language = description.language;
                equality.accepts(patterns.iter().any(|it| it.matches(description.term, language)))
            }
            Self::Language(equality, languages) => {
                let is_same = |language: &String| language.eq_ignore_ascii_case(description.language);
                equality.accepts(languages.iter().any(is_same))
            }
            Self::Type(equality, ids) => equality.accepts(ids.contains(description.kind, substrate)),
            Self::Dialect(equality, dialects) => {
                let is_in = |dialect: &Dialect| {
                    description.dialects.iter().any(|(set, acceptability)| {
                        let is_accepted =
                            dialect.accepted.is_empty() || dialect.accepted.contains(acceptability);
                        is_accepted && dialect.sets.contains(*set, substrate)
                    })
                };
                equality.accepts(dialects.iter().any(is_in))
            }
            Self::Id(equality, ids) => equality.accepts(ids.contains(&description.id)),
            Self::Row(test) => {
                let Description { module, effective_time, is_active, .. } = *description;
                test.accepts(Row { module, effective_time, is_active }, substrate)
            }
        }
    }

    fn cost(&self, description: &Description<'_>) -> usize {
        match self {
            Self::Term(_, patterns) => patterns.iter().map(|it| it.cost(description.term)).sum(),
            Self::Id(_, ids) => 1 + ids.len() / 64,
            _ => 1,
        }
    }
}

/// The dialects that a filter names; what stands after a list counts for those that have nothing of their own.
fn known_dialects(evaluation: &mut Evaluation<'_>, dialects: &Dialects) -> Result<Vec<Dialect>, String> {
    let accepted = |own: &Option<Acceptability>, shared: &Option<Acceptability>| {
        own.as_ref().or(shared.as_ref()).map_or(Vec::new(), acceptabilities)
    };
    match dialects {
        Dialects::Of(operand, shared) => {
            let sets = Ids::of_operand(evaluation, operand)?;
            Ok(vec![Dialect { sets, accepted: accepted(&None, shared) }])
        }
        Dialects::Ids(ids, shared) => {
            let known = ids
                .iter()
                .map(|(id, own)| Dialect { sets: Ids::These(vec![id.id]), accepted: accepted(own, shared) });
            Ok(known.collect())
        }
        Dialects::Aliases(aliases, shared) => {
            let known = aliases.iter().map(|(alias, own)| {
                let sets = Ids::These(vec![dialects::reference_set(alias)?]);
                Ok(Dialect { sets, accepted: accepted(own, shared) })
            });
            known.collect()
        }
    }
}

fn acceptabilities(acceptability: &Acceptability) -> Vec<Sctid> {
    match acceptability {
        Acceptability::Ids(ids) => ids.iter().map(|reference| reference.id).collect(),
        Acceptability::Words(words) => {
            let id = |word: &AcceptabilityWord| match word {
                AcceptabilityWord::Acceptable => ACCEPTABLE,
                AcceptabilityWord::Preferred => PREFERRED,
            };
            words.iter().map(id).collect()
        }
    }
}

/// Those for which all filters hold.
pub(super) fn by_concept(
    evaluation: &mut Evaluation<'_>,
    from: &Bits,
    filters: &[ConceptFilter],
) -> Result<Bits, String> {
    let mut tests = Vec::new();
    for filter in filters {
        tests.push(ConceptTest::new(evaluation, filter)?);
    }
    let substrate = evaluation.substrate;
    let is_about_rows = tests.iter().any(|test| !matches!(test, ConceptTest::Row(RowTest::Active(..))));
    let mut found = Bits::none(substrate.count());
    for place in from.iter() {
        evaluation.spend(tests.len())?;
        // Activity is known even where a release was loaded without the rest of the row.
        let status = if is_about_rows { Some(substrate.status(place)?) } else { None };
        let is_active = substrate.is_active(place);
        let (module, effective_time) =
            status.map_or((Sctid(0), None), |status| (status.module, status.effective_time));
        let row = Row { module, effective_time, is_active };
        let definition = status.map_or(Sctid(0), |status| status.definition);
        let is_found = tests.iter().all(|test| match test {
            ConceptTest::Definition(equality, ids) => equality.accepts(ids.contains(definition, substrate)),
            ConceptTest::Row(test) => test.accepts(row, substrate),
        });
        if is_found {
            found.insert(place);
        }
    }
    Ok(found)
}

/// A concept filter that is ready to be asked.
enum ConceptTest {
    Definition(Equality, Ids),
    Row(RowTest),
}

impl ConceptTest {
    fn new(evaluation: &mut Evaluation<'_>, filter: &ConceptFilter) -> Result<Self, String> {
        Ok(match filter {
            ConceptFilter::DefinitionStatus(equality, statuses) => {
                let id = |status: &DefinitionStatus| match status {
                    DefinitionStatus::Primitive => PRIMITIVE,
                    DefinitionStatus::Defined => DEFINED,
                };
                Self::Definition(*equality, Ids::These(statuses.iter().map(id).collect()))
            }
            ConceptFilter::DefinitionStatusId(equality, concepts) => {
                Self::Definition(*equality, Ids::new(evaluation, concepts)?)
            }
            ConceptFilter::Row(row) => Self::Row(RowTest::new(evaluation, row)?),
        })
    }
}
