//! What has the server promised to keep?

use std::collections::BTreeMap;

use conformance_tests::chance::Chance;

/// One version of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// The content with this mark.
    Content(u64),
    /// A deletion.
    Deleted,
}

/// A resource, and all its versions from the first.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) versions: Vec<Version>,
    /// How many versions were found again after a kill already.
    pub(crate) examined: usize,
}

impl Resource {
    /// A resource that does not exist yet.
    pub(crate) fn unborn(id: String) -> Self {
        Self { id, versions: Vec::new(), examined: 0 }
    }

    /// Whether a read finds content.
    pub(crate) fn lives(&self) -> bool {
        matches!(self.versions.last(), Some(Version::Content(_)))
    }
}

/// A Binary: its id and mark.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) id: String,
    pub(crate) mark: u64,
}

/// What one writer left, once it is known what became of its last write.
pub(crate) struct Settled {
    pub(crate) resources: Vec<Resource>,
    pub(crate) binaries: Vec<Binary>,
    /// Whether a write was interrupted, and if so, whether it was kept.
    pub(crate) interrupted_kept: Option<bool>,
}

/// Everything promised so far.
#[derive(Default)]
pub(crate) struct Ledger {
    resources: BTreeMap<String, Resource>,
    binaries: Vec<Binary>,
    /// Writes under way when the server was killed.
    pub(crate) interrupted: u64,
    /// Those of them that the server had kept, though it could not say so.
    pub(crate) interrupted_kept: u64,
}

/// Some of what is promised.
pub(crate) struct Sample {
    pub(crate) resources: Vec<Resource>,
    pub(crate) binaries: Vec<Binary>,
}

impl Ledger {
    /// How many resources there are.
    pub(crate) fn len(&self) -> usize {
        self.resources.len()
    }

    /// Enters what a writer left.
    pub(crate) fn enter(&mut self, settled: Settled) {
        self.resources.extend(settled.resources.into_iter().map(|resource| (resource.id.clone(), resource)));
        self.binaries.extend(settled.binaries);
        self.interrupted += u64::from(settled.interrupted_kept.is_some());
        self.interrupted_kept += u64::from(settled.interrupted_kept == Some(true));
    }

    /// Takes some resources out, for a writer to go on with; it gives them back by its fate.
    pub(crate) fn lend(&mut self, chance: &mut Chance, count: usize) -> Vec<Resource> {
        let ids = self.draw(chance, count);
        ids.iter().filter_map(|id| self.resources.remove(id)).collect()
    }

    /// Copies some resources with every version to be examined again, and as many Binaries.
    pub(crate) fn sample(&self, chance: &mut Chance, count: usize) -> Sample {
        let ids = self.draw(chance, count);
        let again = |id: &String| Some(Resource { examined: 0, ..self.resources.get(id)?.clone() });
        let binaries =
            (0..std::cmp::min(count, self.binaries.len())).map(|_| chance.pick(&self.binaries).clone());
        Sample { resources: ids.iter().filter_map(again).collect(), binaries: binaries.collect() }
    }

    /// The ids that follow a random place, or all if there are no more.
    fn draw(&self, chance: &mut Chance, count: usize) -> Vec<String> {
        if self.resources.len() <= count {
            return self.resources.keys().cloned().collect();
        }
        let start = chance.place(self.resources.len());
        self.resources.keys().cycle().skip(start).take(count).cloned().collect()
    }
}
