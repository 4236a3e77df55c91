//! Do published snapshots follow from their differentials?

use std::collections::BTreeMap;

use fhir_profiles::{Registry, snapshot};
use model::Value;

use super::facts;

/// What is held against the published snapshot; what it is based on and says to people is not.
const NOT_COMPARED: &[&str] = &["base", "label", "representation", "mustSupport", "isModifier", "maxLength"];

/// How many elements agree.
#[derive(Default)]
pub(super) struct Agreement {
    pub(super) definitions: usize,
    pub(super) definitions_equal: usize,
    pub(super) elements: usize,
    pub(super) elements_equal: usize,
    /// What differs, and how often.
    pub(super) differences: BTreeMap<String, usize>,
}

/// Makes the snapshots of all profiles in `definitions` anew and holds them against those published.
pub(super) fn compare(definitions: &[Value], registry: &Registry) -> Agreement {
    let mut agreement = Agreement::default();
    for published in definitions {
        let is_profile = published.text("derivation") == Some("constraint");
        if is_profile && published.get("differential").is_some() && published.get("snapshot").is_some() {
            note(&mut agreement, published, snapshot::generate(published, registry));
        }
    }
    agreement
}

fn note(agreement: &mut Agreement, published: &Value, made: Result<Value, Vec<model::Issue>>) {
    let theirs = facts::elements(published, "snapshot");
    agreement.definitions += 1;
    agreement.elements += theirs.len();
    let name = published.text("id").unwrap_or_default();
    let made = match made {
        Ok(made) => made,
        Err(issues) => {
            let reason = issues.first().map(|issue| issue.message.clone()).unwrap_or_default();
            *agreement.differences.entry(format!("refused: {reason} {name}")).or_default() += theirs.len();
            return;
        }
    };
    let ours = facts::elements(&made, "snapshot");
    let mut equal = 0;
    for theirs in theirs {
        let Some(ours) = ours.iter().find(|ours| ours.get("id") == theirs.get("id")) else {
            let id = theirs.text("id").unwrap_or_default();
            *agreement.differences.entry(format!("missing: {name} {id}")).or_default() += 1;
            continue;
        };
        let (our_facts, their_facts) = (facts::facts(ours, None), facts::facts(theirs, None));
        let mut names: Vec<&String> = our_facts.keys().chain(their_facts.keys()).collect();
        names.retain(|name| {
            our_facts.get(*name) != their_facts.get(*name) && !NOT_COMPARED.contains(&name.as_str())
        });
        names.dedup();
        for fact in &names {
            let (ours, theirs_) = (our_facts.get(*fact), their_facts.get(*fact));
            let id = theirs.text("id").unwrap_or_default();
            let key = format!("{fact}: {name} {id}: {ours:?} and should be {theirs_:?}");
            *agreement.differences.entry(key).or_default() += 1;
        }
        equal += usize::from(names.is_empty());
    }
    let extra = ours.iter().filter(|ours| !theirs.iter().any(|theirs| theirs.get("id") == ours.get("id")));
    for ours in extra.clone() {
        let id = ours.text("id").unwrap_or_default();
        *agreement.differences.entry(format!("more: {name} {id}")).or_default() += 1;
    }
    agreement.elements_equal += equal;
    agreement.definitions_equal += usize::from(equal == theirs.len() && extra.count() == 0);
}
