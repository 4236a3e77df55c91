//! Do a tabular list and an order file become the table that they tell of? Codes and names are invented.

use crate::load::told::told;
use crate::load::{Defect, trial};

const TABULAR: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2030</version>
  <introduction><introSection type="title"><title>List</title></introSection></introduction>
  <chapter>
    <name>90</name>
    <desc>Foos and bars (Z90-Z99)</desc>
    <includes><note>all foos</note></includes>
    <sectionIndex><sectionRef first="Z90" last="Z99" id="Z90-Z99">Foos</sectionRef></sectionIndex>
    <section id="Z90-Z99">
      <desc>Foos (Z90-Z99)</desc>
      <diag>
        <name>Z90</name>
        <desc>Foo</desc>
        <excludes1><note>bar (Z91)</note><note>baz</note></excludes1>
        <sevenChrDef><extension char="A">first</extension><extension char="D">later</extension></sevenChrDef>
        <diag><name>Z90.1</name><desc>Foo of arm</desc></diag>
        <diag><name>Z90.2</name><desc>Foo of leg</desc>
          <diag><name>Z90.212</name><desc>Foo of left leg</desc></diag>
        </diag>
      </diag>
      <diag><name>Z91</name><desc>Bar</desc></diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"#;

fn order() -> String {
    let line = |number: u32, code: &str, mark: u32, short: &str, long: &str| {
        format!("{number:05} {code:<7} {mark} {short:<60} {long}\r\n")
    };
    [
        line(1, "Z90", 0, "Foo", "Foo"),
        line(2, "Z901", 0, "Foo of arm", "Foo of arm"),
        line(3, "Z901XXA", 1, "Foo arm, frst", "Foo of arm, first"),
        line(4, "Z91", 1, "Bar", "Bar"),
    ]
    .concat()
}

/// Holds what the table of files tells of a code against what is expected.
fn check(files: &[(&str, &str)], code: &str, expected: &str) {
    let (name, tables, _) = trial::load(files).expect("the files are as they should be");
    assert_eq!((name, &*tables[0].about.version), ("ICD-10-CM", "2030"));
    assert_eq!(told(&tables[0], code), expected);
}

#[test]
fn the_tabular_list_has_the_hierarchy_and_notes() {
    let files = [("icd10cm_tabular.xml", TABULAR)];
    check(&files, "90", "Foos and bars (Z90-Z99) ; [abstract] ; includes=all foos");
    check(&files, "Z90-Z99", "Foos (Z90-Z99) ; [abstract] ; < 90");
    check(&files, "Z90", "Foo ; < Z90-Z99 ; excludes1=bar (Z91) ; excludes1=baz");
    check(&files, "Z90.212", "Foo of left leg ; < Z90.2");
}

#[test]
fn seventh_characters_are_made_from_the_rules() {
    let files = [("icd10cm_tabular.xml", TABULAR)];
    check(&files, "Z90.1XXA", "Foo of arm, first ; < Z90.1");
    check(&files, "Z90.212D", "Foo of left leg, later ; < Z90.212");
    check(&files, "Z90.2XXA", "not there");
    check(&files, "Z91.XXXA", "not there");
}

#[test]
fn the_order_file_alone_has_a_hierarchy_of_codes() {
    let order = order();
    let files = [("icd10cm_order_2030.txt", order.as_str())];
    check(&files, "Z90", "Foo ; billable=false");
    check(&files, "Z90.1XXA", "Foo of arm, first ; < Z90.1 ; billable=true ; en/: Foo arm, frst");
    check(&files, "Z91", "Bar ; billable=true");
}

#[test]
fn both_are_joined() {
    let order = order();
    let files = [("icd10cm_tabular.xml", TABULAR), ("order.txt", order.as_str())];
    check(&files, "Z90.1", "Foo of arm ; < Z90 ; billable=false");
    check(&files, "Z90.1XXA", "Foo of arm, first ; < Z90.1 ; billable=true ; en/: Foo arm, frst");
    check(&files, "Z90.1XXD", "not there");
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let refused = |name: &str, text: &str| -> Result<(), Defect> { trial::load(&[(name, text)]).map(|_| ()) };
    let message = refused("order.txt", &order()).expect_err("no year").to_string();
    assert_eq!(message, "neither file nor name tells the year: say --version");
    let wrong = order().replace("00003 Z901XXA 1", "00003 Z901XXA 2");
    let message = refused("order_2030.txt", &wrong).expect_err("a wrong mark").to_string();
    assert_eq!(message, "order_2030.txt, line 3: expected a number, a code, 0 or 1 and two descriptions");
    let wrong = TABULAR.replace("<desc>Foo of arm</desc>", "");
    let message = refused("t.xml", &wrong).expect_err("no description").to_string();
    assert_eq!(message, "t.xml, line 17: `Z90.1` has no description");
}
