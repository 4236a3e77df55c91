//! Are the rules of a running server those that are installed and stored now?

use std::sync::Arc;
use std::time::Duration;

use interactions::{Context, Shelf};

use crate::clock;
use crate::config::Settings;
use crate::reindex::Index;
use crate::stored::{Change, Stored};

use super::{
    Installed, installed, rules_under, shelf_under, warn_of_unknown_profiles, warn_of_unusable_parameters,
};

/// How often a running server looks whether definitions were added or removed.
const EVERY: Duration = Duration::from_secs(1);

/// For each second that new rules took to make, seconds until the server looks again: whoever stores definitions
/// without end does not keep it busy with them.
const REST_SHARE: u32 = 4;

/// What a running server looks at, each second.
pub(crate) struct Watch {
    settings: Settings,
    context: Context,
    /// The packages and code systems that the rules are made of.
    installed: Installed,
    /// The stored definitions that the rules are made of.
    stored: Stored,
    /// What follows when search parameters change.
    index: Arc<Index>,
    /// What the rules do not heed yet.
    due: Option<What>,
}

/// What changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Packages,
    CodeSystems,
    Stored,
}

impl Watch {
    /// Looks after the rules of `context`, which are made of what is installed and of stored definitions.
    pub(crate) fn new(
        settings: Settings,
        context: Context,
        (installed, stored): (Installed, Stored),
        index: Arc<Index>,
    ) -> Self {
        Self { settings, context, installed, stored, index, due: None }
    }

    /// Replaces the rules whenever packages or stored definitions are others than those that they are made of.
    ///
    /// Packages that cannot be read change nothing: a server goes on with the rules that it has, and says so.
    pub(crate) async fn work(mut self) {
        loop {
            let began_at = clock::mark();
            self.look().await;
            tokio::time::sleep(std::cmp::max(EVERY, began_at.elapsed() * REST_SHARE)).await;
        }
    }

    async fn look(&mut self) {
        if let Err(error) = self.stored.refresh(&*self.context.store).await {
            // Requests fail likewise, and the log says so.
            tracing::debug!(error = %error, "stored definitions cannot be read for the moment");
        }
        let installed = installed(&self.settings);
        if installed != self.installed {
            let is_same = installed.packages == self.installed.packages && self.due != Some(What::Packages);
            self.installed = installed;
            self.due = Some(if is_same { What::CodeSystems } else { What::Packages });
        } else if self.due.is_none() && self.stored.change() != Change::Nothing {
            self.due = Some(What::Stored);
        }
        if let Some(what) = self.due.take() {
            let before = self.context.library.shelf();
            match self.make(what, &before).await {
                Ok(shelf) => self.take(what, shelf, &before).await,
                Err(error) => tracing::error!(error, "{}; the rules stay as they were", what.fails()),
            }
        }
    }

    /// Makes the rules anew. When that fails, only other packages help, which are seen when they come.
    async fn make(&mut self, what: What, before: &Shelf) -> Result<Shelf, String> {
        // Compiling search parameters takes longest, and profiles, value sets and code systems change none.
        let is_same = what != What::Packages && self.stored.change() <= Change::Rules;
        let same = is_same.then(|| Arc::clone(&before.catalogue));
        let (settings, layer) = (self.settings.clone(), self.stored.layer());
        let terminology = Arc::clone(&before.rules.terminology);
        self.stored.settle();
        let make = move || {
            let rules = rules_under(&settings, layer, Some(&terminology))?;
            Ok(match same {
                Some(catalogue) => Shelf::over(rules, catalogue),
                None => shelf_under(&settings, rules),
            })
        };
        // Reading the layers takes long enough to keep requests waiting.
        let made = tokio::task::spawn_blocking(make).await;
        made.unwrap_or_else(|_| Err("the work on it panicked".to_owned()))
    }

    async fn take(&mut self, what: What, shelf: Shelf, before: &Shelf) {
        warn_of_unknown_profiles(&self.settings, &shelf.rules);
        warn_of_unusable_parameters(&shelf, Some(before));
        match self.index.replace(shelf).await {
            Ok(()) => tracing::info!("{}; the rules are those of now", what.happened()),
            Err(error) => {
                tracing::warn!(error = %error, "other rules cannot be taken for the moment");
                // All of them are made again, whatever changed.
                self.due = Some(What::Packages);
            }
        }
    }
}

impl What {
    fn happened(self) -> &'static str {
        match self {
            What::Packages => "packages were added or removed",
            What::CodeSystems => "code systems were loaded or removed",
            What::Stored => "definitions were stored or deleted",
        }
    }

    fn fails(self) -> &'static str {
        match self {
            What::Packages => "packages cannot be read",
            What::CodeSystems => "loaded code systems cannot be taken",
            What::Stored => "stored definitions cannot be taken",
        }
    }
}
