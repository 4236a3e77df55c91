//! Does an edition in ClaML become the table that it tells of? Codes and labels are invented.

use crate::load::told::told;
use crate::load::{Defect, trial};

const EDITION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ClaML SYSTEM "ClaML.dtd">
<ClaML version="2.0.0">
  <Meta name="lang" value="en"/>
  <Identifier authority="US" uid="invented"/>
  <Title name="INV" date="2030-01-01" version="2030">An invented classification</Title>
  <Modifier code="M1"><SubClass code=".0"/><SubClass code=".1"/></Modifier>
  <ModifierClass code=".0" modifier="M1"><SuperClass code="M1"/>
    <Rubric id="1" kind="preferred"><Label xml:lang="en">mild</Label></Rubric></ModifierClass>
  <ModifierClass code=".1" modifier="M1"><SuperClass code="M1"/>
    <Rubric id="2" kind="preferred"><Label xml:lang="en">severe</Label></Rubric></ModifierClass>
  <ModifierClass code="8" modifier="M2"><SuperClass code="M2"/>
    <Rubric id="3" kind="preferred"><Label xml:lang="en">left</Label></Rubric></ModifierClass>
  <ModifierClass code="9" modifier="M2"><SuperClass code="M2"/>
    <Rubric id="4" kind="preferred"><Label xml:lang="en">right</Label></Rubric></ModifierClass>
  <Class code="XX" kind="chapter"><SubClass code="X90-X99"/>
    <Rubric id="5" kind="preferred"><Label xml:lang="en">Foos &amp; bars</Label></Rubric></Class>
  <Class code="X90-X99" kind="block"><SuperClass code="XX"/><SubClass code="X90"/><SubClass code="X91"/>
    <Rubric id="6" kind="preferred"><Label xml:lang="en">Foos</Label></Rubric></Class>
  <Class code="X90" kind="category" usage="dagger"><SuperClass code="X90-X99"/><ModifiedBy code="M1" all="true"/>
    <Rubric id="7" kind="preferred"><Label xml:lang="en">Foo <Fragment type="item">of
      arm</Fragment></Label><Label xml:lang="de">Fuu</Label></Rubric>
    <Rubric id="8" kind="inclusion"><Label xml:lang="en">Fooing</Label></Rubric>
    <Rubric id="9" kind="definition"><Label xml:lang="en">What it is</Label></Rubric></Class>
  <Class code="X91" kind="category"><SuperClass code="X90-X99"/><SubClass code="X91.0"/><SubClass code="X91.1"/>
    <ModifiedBy code="M2" all="false"><ValidModifierClass code="9"/></ModifiedBy>
    <Rubric id="10" kind="preferred"><Label xml:lang="en">Bar</Label></Rubric></Class>
  <Class code="X91.0" kind="category"><SuperClass code="X91"/>
    <Rubric id="11" kind="preferred"><Label xml:lang="en">Bar, new</Label></Rubric></Class>
  <Class code="X91.1" kind="category"><SuperClass code="X91"/><ExcludeModifier code="M2"/>
    <Rubric id="12" kind="preferred"><Label xml:lang="en">Bar, old</Label></Rubric></Class>
</ClaML>
"#;

/// Holds what the table tells of a code against what is expected.
fn check(code: &str, expected: &str) {
    let (name, tables, report) = trial::load(&[("a.xml", EDITION)]).expect("the edition is as it should be");
    let about = &tables[0].about;
    assert_eq!(name, "ICD-10 (ClaML)");
    assert_eq!((&*about.version, &*about.name), ("2030", "An invented classification"));
    assert_eq!((report.taken["categories"], report.taken["codes made by modifiers"]), (4, 3));
    assert_eq!(told(&tables[0], code), expected);
}

#[test]
fn chapters_and_blocks_are_abstract() {
    check("XX", "Foos & bars ; [abstract] ; kind=chapter");
    check("X90-X99", "Foos ; [abstract] ; < XX ; kind=block");
}

#[test]
fn rubrics_are_names_and_properties() {
    check(
        "X90",
        "Foo of arm ; < X90-X99 ; kind=category ; usage=dagger ; inclusion=Fooing ; definition=What it is ; de/: Fuu",
    );
}

#[test]
fn modifiers_make_codes() {
    check("X90.1", "Foo of arm: severe ; < X90");
    check("X91.09", "Bar, new: right ; < X91.0");
    check("X91.08", "not there");
    check("X91.19", "not there");
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let refused = |text: &str| -> Result<(), Defect> { trial::load(&[("a.xml", text)]).map(|_| ()) };
    let cut = EDITION.split("<Class code=\"X91.1\"").next().unwrap_or_default();
    let message = refused(cut).expect_err("cut").to_string();
    assert_eq!(message, "a.xml, line 30: the file ends within `ClaML`, as if it had been cut");
    let message = refused(&EDITION.replace(" version=\"2030\"", "")).expect_err("no version").to_string();
    assert_eq!(message, "a.xml: the title has no version: say --version");
    let circle = EDITION.replace("<SuperClass code=\"XX\"/>", "<SuperClass code=\"X91\"/>");
    let message = refused(&circle).expect_err("a circle").to_string();
    assert!(message.ends_with("stands in a circle"), "{message}");
}
