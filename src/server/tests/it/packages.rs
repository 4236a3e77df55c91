//! Are packages added, listed and removed, and refused with a sentence where they cannot be?

use std::net::TcpListener;
use std::path::Path;

use crate::packed::{archive, base, more, package, put, registry};
use crate::program::{folder, run};

const CORE: &str = "hl7.fhir.r4.core#4.0.1  http://hl7.org/fhir  built in\n";

/// No registry: packages come from files alone.
const OFFLINE: &str = "--package-registry=";

/// Runs `package` with these words and compares the code and what is said.
fn check(folder: &Path, words: &[&str], expected: (i32, &str)) {
    let (code, said) = run(folder, &[&["package"], words].concat());
    assert_eq!((code, said.as_str()), expected, "{words:?}");
}

fn check_list(folder: &Path, expected: &str) {
    check(folder, &["list"], (0, &format!("{CORE}{expected}")));
}

#[test]
fn a_package_is_added_listed_and_removed() {
    let folder = folder();
    let path = folder.path();
    check_list(path, "");
    let file = put(path, "base.tgz", &base("1.0.0"));
    check(path, &["add", file, OFFLINE], (0, "added test.base#1.0.0\n"));
    check(path, &["add", file, OFFLINE], (0, "added test.base#1.0.0\n"));
    check_list(path, "test.base#1.0.0  http://test.example\n");
    check(path, &["remove", "test.base@1.0.0"], (0, "removed test.base#1.0.0\n"));
    check(path, &["remove", "test.base@1.0.0"], (1, "brigid: `test.base#1.0.0` is not installed\n"));
    check_list(path, "");
}

#[test]
fn a_version_need_not_be_named_where_there_is_one() {
    let folder = folder();
    let path = folder.path();
    let (old, new) = (put(path, "1.tgz", &base("1.0.0")), put(path, "2.tgz", &base("2.0.0")));
    check(path, &["add", old, new], (0, "added test.base#1.0.0\nadded test.base#2.0.0\n"));
    let several = "brigid: `test.base` is installed in several versions: say test.base@VERSION\n";
    check(path, &["remove", "test.base"], (1, several));
    check(path, &["remove", "test.base@2.0.0"], (0, "removed test.base#2.0.0\n"));
    check(path, &["remove", "test.base"], (0, "removed test.base#1.0.0\n"));
    check(path, &["remove", "test.base"], (1, "brigid: `test.base` is not installed\n"));
}

#[test]
fn what_a_package_needs_is_fetched_and_cannot_be_removed_alone() {
    let folder = folder();
    let path = folder.path();
    let from = registry(&[
        ("test.base", "1.0.0", base("1.0.0")),
        ("test.base", "1.0.2", base("1.0.2")),
        ("test.base", "1.1.0", base("1.1.0")),
    ]);
    let file = put(path, "more.tgz", &more("1.0.x"));
    check(path, &["add", file, &from], (0, "added test.base#1.0.2\nadded test.more#1.0.0\n"));
    let needed = "brigid: `test.base#1.0.2` cannot be removed, since `test.more#1.0.0` needs it\n";
    check(path, &["remove", "test.base"], (1, needed));
    check_list(path, "test.base#1.0.2  http://test.example\ntest.more#1.0.0  http://test.example\n");
    check(
        path,
        &["remove", "test.more", "test.base"],
        (0, "removed test.more#1.0.0\nremoved test.base#1.0.2\n"),
    );
}

#[test]
fn a_package_is_fetched_by_its_name() {
    let folder = folder();
    let path = folder.path();
    let from = registry(&[
        ("test.base", "1.0.0", base("1.0.0")),
        ("test.base", "1.1.0", base("1.1.0")),
        ("test.base", "2.0.0-beta", base("2.0.0-beta")),
        ("test.other", "1.0.0", base("1.0.0")),
    ]);
    check(path, &["add", "test.base@1.0.0", &from], (0, "added test.base#1.0.0\n"));
    let another = "brigid: `test.base#1.0.0` came where `test.other#1.0.0` was asked for\n";
    check(path, &["add", "test.other@1.0.0", &from], (1, another));
    check(path, &["add", "test.base", &from], (0, "added test.base#1.1.0\n"));
    let unknown = "brigid: there is no package `test.base#3.0.0`\n";
    check(path, &["add", "test.base@3.0.0", &from], (1, unknown));
    check(path, &["add", "test.nothing", &from], (1, "brigid: there is no package `test.nothing#latest`\n"));
    let built_in = "brigid: `hl7.fhir.r4.core` is built in and cannot be added\n";
    check(path, &["add", "hl7.fhir.r4.core@4.0.1", &from], (1, built_in));
    let (code, said) = run(path, &["package", "add", "../base@1.0.0", &from]);
    assert!(code == 1 && said.contains("is no name or version of a package"), "{said}");
    check_list(path, "test.base#1.0.0  http://test.example\ntest.base#1.1.0  http://test.example\n");
}

#[test]
fn a_registry_that_does_not_answer_is_told() {
    let folder = folder();
    let path = folder.path();
    // Taken and given back, so that nobody listens there.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let dead = format!("--package-registry=http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let (code, said) = run(path, &["package", "add", "test.base", &dead]);
    assert!(
        code == 1 && said.starts_with("brigid: fetching `test.base#latest` failed: http://127"),
        "{said}"
    );
    let file = put(path, "more.tgz", &more("1.0.0"));
    let (code, said) = run(path, &["package", "add", file, &dead]);
    assert!(code == 1 && said.ends_with("go on without it by --without-dependencies\n"), "{said}");
    check_list(path, "");
    let (code, said) = run(path, &["package", "add", file, "--without-dependencies", &dead]);
    assert!(code == 0 && said.starts_with("warning: fetching `test.base` failed: "), "{said}");
    assert!(said.ends_with("added test.more#1.0.0\n"), "{said}");
}

#[test]
fn without_a_registry_packages_come_from_files_alone() {
    let folder = folder();
    let path = folder.path();
    let alone = "brigid: there is no package `test.base#latest`: `package_registry` is empty, so that packages \
                 come from files alone\n";
    check(path, &["add", "test.base", OFFLINE], (1, alone));
    let file = put(path, "more.tgz", &more("1.0.0"));
    let needed = "brigid: there is no package `test.base#1.0.0`, which `test.more#1.0.0` needs; add it from a file \
                  before, or go on without it by --without-dependencies\n";
    check(path, &["add", file, OFFLINE], (1, needed));
    check_list(path, "");
    let (code, said) = run(path, &["package", "add", file, "--without-dependencies", OFFLINE]);
    assert!(code == 0 && said.contains("warning: there is no package `test.base#1.0.0`"), "{said}");
    let base = put(path, "base.tgz", &base("1.0.0"));
    check(path, &["add", base, OFFLINE], (0, "added test.base#1.0.0\n"));
    let (code, said) = run(path, &["package", "remove", "test.base"]);
    assert!(code == 1 && said.contains("`test.more#1.0.0` needs it"), "what was missing came later: {said}");
}

#[test]
fn an_archive_that_is_no_package_is_refused() {
    let folder = folder();
    let path = folder.path();
    let refused = |name: &str, content: &[u8], why: &str| {
        let (code, said) = run(path, &["package", "add", put(path, name, content), OFFLINE]);
        assert!(code == 1 && said.starts_with("brigid: ") && said.contains(why), "{name}: {said}");
    };
    let manifest = br#"{"name":"a","version":"1.0.0","fhirVersions":["4.0.1"]}"#.to_vec();
    let files = |name: &str, content: &[u8]| {
        archive(&[("package/package.json".to_owned(), manifest.clone()), (name.to_owned(), content.to_vec())])
    };
    refused("up.tgz", &files("package/../../etc/passwd", b"{}"), "the archive is refused, since its entry");
    refused("bomb.tgz", &files("package/zeros.json", &vec![0; 40 << 20]), "unpack");
    refused("json.tgz", &files("package/a.json", b"{oops"), "`a.json` is not JSON at line 1");
    refused("none.tgz", &archive(&[]), "there is no `package/package.json`");
    refused("text.tgz", b"not an archive", "reading the package's archive failed");
    let whole = base("1.0.0");
    refused("half.tgz", &whole[..whole.len() / 2], "reading the package's archive failed");
    let r5 = br#"{"name":"a","version":"1.0.0","fhirVersions":["5.0.0"]}"#.to_vec();
    refused("r5.tgz", &archive(&[("package/package.json".to_owned(), r5)]), "is for FHIR 5.0.0");
    refused("core.tgz", &package("hl7.fhir.r4.core", "4.0.1", "{}", &[]), "is built in");
    let (code, said) = run(path, &["package", "add", "nowhere.tgz"]);
    assert!(code == 1 && said.starts_with("brigid: cannot read nowhere.tgz: "), "{said}");
    check_list(path, "");
}

#[test]
fn damaged_packages_are_refused_with_the_way_out() {
    let folder = folder();
    let path = folder.path();
    let file = put(path, "base.tgz", &base("1.0.0"));
    check(path, &["add", file, OFFLINE], (0, "added test.base#1.0.0\n"));
    let packages = path.join("data/packages");
    let layer = packages.join("test.base#1.0.0.layer");
    let serve = ["serve", "--listen", "127.0.0.1:0"];

    std::fs::write(&layer, b"damaged").expect("written");
    for command in [&serve[..], &["validate", "base.json"]] {
        let (code, said) = run(path, command);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("of `test.base#1.0.0` are unusable, so it must be added again"), "{said}");
    }
    std::fs::remove_file(&layer).expect("removed");
    let (code, said) = run(path, &serve);
    assert!(code == 1 && said.contains("of `test.base#1.0.0` are gone, so it must be added again"), "{said}");
    check(path, &["add", file, OFFLINE], (0, "added test.base#1.0.0\n"));
    let (code, said) = run(path, &["validate", "base.tgz"]);
    assert!(code == 1 && said.contains("cannot read base.tgz: expected .json"), "all is well again: {said}");

    std::fs::write(packages.join("packages.lock"), b"{}").expect("written");
    for command in [&serve[..], &["package", "list"], &["package", "add", file, OFFLINE]] {
        let (code, said) = run(path, command);
        assert!(code == 1 && said.contains("reading the lock file of packages failed"), "{said}");
        assert!(
            said.ends_with("remove ./data/packages/packages.lock and add the packages again\n"),
            "{said}"
        );
    }
    std::fs::remove_file(packages.join("packages.lock")).expect("removed");
    check(path, &["add", file, OFFLINE], (0, "added test.base#1.0.0\n"));
}

#[test]
fn what_is_asked_of_packages_must_make_sense() {
    let folder = folder();
    let nothing = "brigid: say which package: an archive, or a name and version\n";
    check(folder.path(), &["add"], (1, nothing));
    check(folder.path(), &["remove"], (1, nothing));
    check(folder.path(), &["list", "test.base"], (1, "brigid: `package list` takes no names\n"));
    let (code, said) = run(folder.path(), &["package", "dance"]);
    assert!(code == 2 && said.contains("dance"), "{said}");
}
