//! Which scopes do two sets have in common, and does one hold the other?

use super::{Clinical, SCOPES_MAX, Scope, Scopes, Spelling};

impl Scopes {
    /// What of these `allowed` allows, written as it was asked for.
    ///
    /// A `*` meets a type in the type, letters meet in those of both, and queries add up: what is granted never holds
    /// more than either side.
    pub fn allowed_by(&self, allowed: &Scopes) -> Scopes {
        let mut granted = Scopes::default();
        for asked in &self.0 {
            match asked {
                Scope::Clinical(asked) => {
                    let room = SCOPES_MAX.saturating_sub(granted.0.len());
                    let met = allowed.clinical().filter_map(|it| meet(asked, it));
                    met.take(room).for_each(|it| granted.insert(it));
                }
                word if allowed.has(word) => granted.insert(word.clone()),
                _ => {}
            }
        }
        granted.without_repeats()
    }

    /// Everything in either, each right once.
    pub fn union(&self, other: &Scopes) -> Scopes {
        let mut all = self.clone();
        other.iter().cloned().for_each(|scope| all.insert(scope));
        all.without_repeats()
    }

    /// Whether every right in `other` is in these, too.
    pub fn hold(&self, other: &Scopes) -> bool {
        other.0.iter().all(|scope| self.hold_one(scope))
    }

    fn hold_one(&self, scope: &Scope) -> bool {
        let Scope::Clinical(wanted) = scope else { return self.has(scope) };
        // Letters may come from several scopes; the other parts of a right may not.
        let reached =
            |letter| self.clinical().any(|held| held.letters.has(letter) && is_as_wide(held, wanted));
        wanted.letters.iter().all(reached)
    }

    /// Leaves out a scope that another one holds whole; the first of two alike stays.
    fn without_repeats(self) -> Scopes {
        let repeats = |place: usize, scope: &Scope| {
            let Scope::Clinical(narrow) = scope else { return false };
            self.0.iter().enumerate().any(|(other, wide)| match wide {
                Scope::Clinical(wide) if other != place && holds(wide, narrow) => {
                    other < place || !holds(narrow, wide)
                }
                _ => false,
            })
        };
        let kept = self.0.iter().enumerate().filter(|(place, scope)| !repeats(*place, scope));
        Scopes(kept.map(|(_, scope)| scope.clone()).collect())
    }
}

fn meet(asked: &Clinical, allowed: &Clinical) -> Option<Scope> {
    let letters = asked.letters.common(allowed.letters);
    let resource_type = match (asked.resource_type, allowed.resource_type) {
        (Some(one), Some(other)) if one != other => return None,
        (one, other) => one.or(other),
    };
    if letters.is_empty() || asked.context != allowed.context {
        return None;
    }
    let mut query = asked.query.clone();
    query.extend(allowed.query.iter().filter(|pair| !asked.query.contains(pair)).cloned());
    let context = asked.context;
    // Version 1 cannot say it.
    let spelling = if query.is_empty() { asked.spelling } else { Spelling::V2 };
    Some(Scope::Clinical(Clinical { context, resource_type, letters, query, spelling }))
}

/// Whether whatever `narrow` is about is what `wide` is about, letters aside.
fn is_as_wide(wide: &Clinical, narrow: &Clinical) -> bool {
    wide.context == narrow.context
        && (wide.resource_type.is_none() || wide.resource_type == narrow.resource_type)
        && wide.query.iter().all(|pair| narrow.query.contains(pair))
}

fn holds(wide: &Clinical, narrow: &Clinical) -> bool {
    is_as_wide(wide, narrow) && narrow.letters.iter().all(|letter| wide.letters.has(letter))
}
