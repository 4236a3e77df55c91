//! What is there to be tidy?

use std::fs;
use std::path::{Path, PathBuf};

/// A member of the workspace.
pub(super) struct Member {
    /// Its folder, from the root.
    pub(super) folder: String,
    /// The text of its manifest.
    pub(super) manifest: String,
}

impl Member {
    /// The name of its crate, which is that of its folder.
    pub(super) fn name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or(&self.folder)
    }
}

/// A source file.
pub(super) struct File {
    /// Its path from the root, with slashes.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate stands in the workspace").to_owned()
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The members in their order, from the root manifest.
pub(super) fn members() -> Vec<Member> {
    let folders = member_folders(&read("Cargo.toml"));
    let read_member = |folder: String| Member { manifest: read(&format!("{folder}/Cargo.toml")), folder };
    folders.into_iter().map(read_member).collect()
}

pub(super) fn member_folders(manifest: &str) -> Vec<String> {
    let list = manifest.split_once("\nmembers = [").map_or("", |(_, rest)| rest);
    let list = list.split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every Rust file of every member.
pub(super) fn sources() -> Vec<File> {
    let mut files = Vec::new();
    for member in members() {
        collect(&root().join(&member.folder), &mut files);
    }
    assert!(files.len() > 50, "only {} source files were found", files.len());
    files
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for path in entries(folder) {
        // What the build of the fuzz targets leaves beside them is not ours.
        if path.is_dir() && path.file_name().is_some_and(|name| name == "target") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let shown = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{shown}: {error}"));
            files.push(File { path: shown, text });
        }
    }
}

/// The names in a folder, sorted.
pub(super) fn names(folder: &str) -> Vec<String> {
    let paths = entries(&root().join(folder));
    paths.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[test]
fn members_are_read_in_their_order() {
    let manifest = "# members\n[workspace]\nmembers = [\n    \"src/model\",\n    \"conformance-tests\",\n]\ndefault = []\n";
    assert_eq!(member_folders(manifest), ["src/model", "conformance-tests"]);
}
