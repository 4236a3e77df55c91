//! What is left of a query within reach?
//!
//! Each type that it names, even only to filter or to order by, counts as far as it is within reach.

use std::collections::BTreeSet;

use access::{Letter, Limit, Permit, Use};
use model::ResourceType;
use search::{Branch, Chain, Condition, Has, Query, SortBy};

/// The query as far as a permit reaches. Branches keep their number, because pages go on in one of them.
pub(super) fn query(permit: &Permit, query: &Query) -> Query {
    let branches = query.branches.iter().map(|it| branch(permit, it)).collect();
    Query { branches, ..query.clone() }
}

/// A part of a query as far as a permit reaches.
pub(super) fn branch(permit: &Permit, branch: &Branch) -> Branch {
    let own = condition(permit, &branch.condition);
    Branch {
        resource_type: branch.resource_type,
        condition: limited(permit.limit(branch.resource_type, Use::Asked(Letter::Search)), own),
        sort: branch.sort.iter().map(|by| sort(permit, by)).collect(),
    }
}

/// A condition on resources of a type, of those within a limit.
fn limited(limit: &Limit, condition: Condition) -> Condition {
    match limit {
        Limit::Everything => condition,
        Limit::Nothing => Condition::Ids(BTreeSet::new()),
        Limit::Only(only) => {
            // Conjuncts side by side, so that a store may choose among all of them.
            let mut parts = vec![only.clone()];
            match condition {
                Condition::All(own) => parts.extend(own),
                own => parts.push(own),
            }
            Condition::All(parts)
        }
    }
}

fn seen(permit: &Permit, resource_type: ResourceType, inner: &Condition) -> Condition {
    limited(permit.limit(resource_type, Use::Seen), condition(permit, inner))
}

/// No deeper than the parser of searches lets it be.
fn condition(permit: &Permit, whole: &Condition) -> Condition {
    let all = |parts: &[Condition]| parts.iter().map(|part| condition(permit, part)).collect();
    match whole {
        Condition::All(parts) => Condition::All(all(parts)),
        Condition::Any(parts) => Condition::Any(all(parts)),
        Condition::Not(part) => Condition::Not(Box::new(condition(permit, part))),
        Condition::Chain(chain) => {
            let target = |(target_type, inner): &(ResourceType, Condition)| {
                (*target_type, seen(permit, *target_type, inner))
            };
            let targets = chain.targets.iter().map(target).collect();
            Condition::Chain(Chain { parameter: chain.parameter, targets })
        }
        Condition::Has(has) => {
            let inner = Box::new(seen(permit, has.resource_type, &has.condition));
            Condition::Has(Has { condition: inner, ..has.clone() })
        }
        // What a resource contains is part of it, but may refer to others.
        Condition::Container(container) => {
            let mut container = container.clone();
            for (_, inner) in &mut container.inner {
                *inner = condition(permit, inner);
            }
            Condition::Container(container)
        }
        Condition::Clause(_) | Condition::Ids(_) | Condition::Updated(_) | Condition::Words(_) => {
            whole.clone()
        }
    }
}

/// What another resource says orders only where all of its type are seen: a place in the order would tell of it.
fn sort(permit: &Permit, by: &SortBy) -> SortBy {
    match by {
        SortBy::Chain(parameter, targets) => {
            let target = |(target_type, inner): &(ResourceType, SortBy)| {
                let is_seen = *permit.limit(*target_type, Use::Seen) == Limit::Everything;
                (*target_type, if is_seen { sort(permit, inner) } else { SortBy::Nothing })
            };
            SortBy::Chain(*parameter, targets.iter().map(target).collect())
        }
        by => by.clone(),
    }
}
