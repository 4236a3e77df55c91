//! Where in a condition are words asked for, and which ids stand there instead?

use model::{Code, Issue, ResourceType};
use search::{Branch, Chain, Condition, Has};

use super::{Ids, Wanted};
use crate::Result;

/// The words that branches ask for, with the type of the resource that they must stand in.
pub(super) fn sought(branches: &[Branch]) -> Result<Wanted<'_>> {
    let mut wanted = Wanted::new();
    for branch in branches {
        gather(&branch.condition, branch.resource_type, &mut wanted)?;
    }
    Ok(wanted)
}

/// It is no deeper than the parser of searches lets it be.
fn gather<'c>(condition: &'c Condition, own: ResourceType, wanted: &mut Wanted<'c>) -> Result<()> {
    match condition {
        Condition::Words(words) => {
            wanted.insert((own, words));
            Ok(())
        }
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().try_for_each(|part| gather(part, own, wanted))
        }
        Condition::Not(part) => gather(part, own, wanted),
        Condition::Chain(chain) => {
            chain.targets.iter().try_for_each(|(target, part)| gather(part, *target, wanted))
        }
        Condition::Has(has) => gather(&has.condition, has.resource_type, wanted),
        Condition::Container(container) => {
            let mut inside = Wanted::new();
            let parts = container.inner.iter().chain(&container.unless);
            for (target, part) in parts {
                gather(part, *target, &mut inside)?;
            }
            match inside.is_empty() {
                true => Ok(()),
                // What is contained stands in the index as a part of its container alone.
                false => {
                    let message =
                        "contained resources are not found by `_text` and `_content`, their containers are";
                    Err(Issue::error(Code::NotSupported, message).into())
                }
            }
        }
        Condition::Clause(_) | Condition::Ids(_) | Condition::Updated(_) => Ok(()),
    }
}

/// The branch with what was found in the place of the words.
pub(super) fn with_ids(branch: &Branch, ids: &Ids<'_>) -> Branch {
    let condition = replaced(&branch.condition, branch.resource_type, ids);
    Branch { resource_type: branch.resource_type, condition, sort: branch.sort.clone() }
}

fn replaced(condition: &Condition, own: ResourceType, ids: &Ids<'_>) -> Condition {
    let each = |parts: &[Condition]| parts.iter().map(|part| replaced(part, own, ids)).collect();
    match condition {
        Condition::Words(words) => Condition::Ids(ids.get(&(own, words)).cloned().unwrap_or_default()),
        Condition::All(parts) => Condition::All(each(parts)),
        Condition::Any(parts) => Condition::Any(each(parts)),
        Condition::Not(part) => Condition::Not(Box::new(replaced(part, own, ids))),
        Condition::Chain(chain) => {
            let target = |(target, part): &(ResourceType, Condition)| (*target, replaced(part, *target, ids));
            let targets = chain.targets.iter().map(target).collect();
            Condition::Chain(Chain { parameter: chain.parameter, targets })
        }
        Condition::Has(has) => Condition::Has(Has {
            resource_type: has.resource_type,
            parameter: has.parameter,
            condition: Box::new(replaced(&has.condition, has.resource_type, ids)),
        }),
        other => other.clone(),
    }
}
