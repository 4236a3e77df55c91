//! Does a release in LOINC's shape become the table that it tells of? Numbers and names are invented.

use crate::CodeSystem;
use crate::load::told::told;
use crate::load::trial;
use crate::systems::{Filter, own_filter};

const TERMS: &str = "\"LOINC_NUM\",\"COMPONENT\",\"PROPERTY\",\"SYSTEM\",\"CLASS\",\"VersionLastChanged\",\"CHNG_TYPE\",\
\"DefinitionDescription\",\"STATUS\",\"CONSUMER_NAME\",\"CLASSTYPE\",\"RELATEDNAMES2\",\"SHORTNAME\",\
\"EXTERNAL_COPYRIGHT_NOTICE\",\"LONG_COMMON_NAME\",\"VersionFirstReleased\"
\"99901-1\",\"Foo\",\"MCnc\",\"Bld\",\"CHEM\",\"2.9\",\"MIN\",\"What foo is\",\"ACTIVE\",\"\",\"1\",\"x; y\",\"Foo Bld\",\"\",\"Foo [Mass] in Blood\",\"1.0\"
\"99902-2\",\"Old foo\",\"MCnc\",\"Bld\",\"CHEM\",\"2.10\",\"DEL\",\"\",\"DEPRECATED\",\"\",\"4\",\"\",\"\",\"Theirs\",\"Old foo, \"\"quoted\"\"\",\"1.0\"
\"99903-3\",\"Foo panel\",\"-\",\"Bld\",\"PANEL\",\"2.7\",\"\",\"\",\"ACTIVE\",\"\",\"1\",\"\",\"\",\"\",\"Foo panel\",\"2.7\"
";

const CORE: &str = "\"LOINC_NUM\",\"CLASSTYPE\",\"LONG_COMMON_NAME\",\"STATUS\"\n\"99999-9\",\"1\",\"Not taken\",\"ACTIVE\"\n";

const MAP_TO: &str = "\"LOINC\",\"MAP_TO\",\"COMMENT\"\n\"99902-2\",\"99901-1\",\"\"\n\"1-1\",\"2-2\",\"\"\n";

const PARTS: &str = "\"PartNumber\",\"PartTypeName\",\"PartName\",\"PartDisplayName\",\"Status\"
\"LP9001-1\",\"COMPONENT\",\"Foo\",\"Foo\",\"ACTIVE\"
\"LP9002-2\",\"SYSTEM\",\"Bld\",\"Blood\",\"INACTIVE\"
";

const LINKS: &str = "\"LoincNumber\",\"LongCommonName\",\"PartNumber\",\"PartName\",\"PartCodeSystem\",\"PartTypeName\",\
\"LinkTypeName\",\"Property\"
\"99901-1\",\"\",\"LP9001-1\",\"Foo\",\"http://loinc.org\",\"COMPONENT\",\"Primary\",\"http://loinc.org/property/COMPONENT\"
\"99901-1\",\"\",\"LP9001-1\",\"Foo\",\"http://loinc.org\",\"COMPONENT\",\"DetailedModel\",\"http://loinc.org/property/analyte\"
";

const HIERARCHY: &str = "PATH_TO_ROOT,SEQUENCE,IMMEDIATE_PARENT,CODE,CODE_TEXT
,1,,LP9000-0,{component}
LP9000-0,1,LP9000-0,LP9001-1,Foo
LP9000-0.LP9001-1,1,LP9001-1,99901-1,Foo Bld
";

const ANSWERS: &str =
    "\"AnswerListId\",\"AnswerListName\",\"AnswerListOID\",\"ExtDefinedYN\",\"AnswerStringId\",\
\"SequenceNumber\",\"DisplayText\"
\"LL901-1\",\"Yes or no\",\"1.2.3\",\"N\",\"LA91-1\",\"1\",\"Yes\"
\"LL901-1\",\"Yes or no\",\"1.2.3\",\"N\",\"LA92-2\",\"2\",\"No\"
\"LL902-2\",\"Elsewhere\",\"1.2.4\",\"Y\",\"\",\"\",\"\"
";

/// Panels come with a table of their own answers.
const FEWER_ANSWERS: &str =
    "\"AnswerListId\",\"AnswerListName\",\"AnswerStringId\",\"SequenceNumber\",\"DisplayText\"
\"LL901-1\",\"Yes or no\",\"LA91-1\",\"1\",\"Yes\"\n";

const ANSWER_LINKS: &str = "\"LoincNumber\",\"LongCommonName\",\"AnswerListId\",\"AnswerListName\",\"AnswerListLinkType\",\
\"ApplicableContext\"\n\"99901-1\",\"\",\"LL901-1\",\"\",\"NORMATIVE\",\"\"\n";

const PANELS: &str = "\"ParentId\",\"ParentLoinc\",\"ParentName\",\"ID\",\"SEQUENCE\",\"Loinc\",\"LoincName\"
\"1\",\"99903-3\",\"\",\"1\",\"1\",\"99903-3\",\"\"\n\"1\",\"99903-3\",\"\",\"2\",\"1\",\"99901-1\",\"\"\n";

const GERMAN: &str = "\"LOINC_NUM\",\"COMPONENT\",\"CLASS\",\"SHORTNAME\",\"LONG_COMMON_NAME\",\"RELATEDNAMES2\",\
\"LinguisticVariantDisplayName\"\n\"99901-1\",\"Fuu\",\"\",\"Fuu Bl\",\"\",\"\",\"Fuu im Blut\"\n";

fn release() -> Vec<(&'static str, &'static str)> {
    vec![
        ("Loinc/LoincTable/Loinc.csv", TERMS),
        ("Loinc/LoincTableCore/LoincTableCore.csv", CORE),
        ("Loinc/LoincTable/MapTo.csv", MAP_TO),
        ("Loinc/AccessoryFiles/PartFile/Part.csv", PARTS),
        ("Loinc/AccessoryFiles/PartFile/LoincPartLink_Primary.csv", LINKS),
        ("Loinc/AccessoryFiles/ComponentHierarchyBySystem.csv", HIERARCHY),
        ("Loinc/AccessoryFiles/AnswerFile/AnswerList.csv", ANSWERS),
        ("Loinc/AccessoryFiles/AnswerFile/LoincAnswerListLink.csv", ANSWER_LINKS),
        ("Loinc/AccessoryFiles/PanelsAndForms.csv", PANELS),
        ("Loinc/AccessoryFiles/APart/AnswerList.csv", FEWER_ANSWERS),
        ("Loinc/AccessoryFiles/deDE15LinguisticVariant.csv", GERMAN),
    ]
}

fn table() -> CodeSystem {
    let (name, mut tables, _) = trial::load(&release()).expect("the release is as it should be");
    assert_eq!(name, "LOINC");
    tables.pop().expect("there is one table")
}

/// Holds what the table tells of a code against what is expected.
fn check(code: &str, expected: &str) {
    assert_eq!(told(&table(), code), expected);
}

#[test]
fn terms_have_axes_names_and_parts() {
    check(
        "99901-1",
        "Foo [Mass] in Blood ; < LP9001-1 ; COMPONENT=Foo ; PROPERTY=MCnc ; SYSTEM=Bld ; CLASS=CHEM ; \
         VersionFirstReleased=1.0 ; VersionLastChanged=2.9 ; STATUS=ACTIVE ; definition=What foo is ; \
         CLASSTYPE=Laboratory class ; copyright=LOINC ; COMPONENT=LP9001-1 ; analyte=LP9001-1 ; \
         answer-list=LL901-1 ; en/SHORTNAME: Foo Bld ; de-DE/SHORTNAME: Fuu Bl ; \
         de-DE/LinguisticVariantDisplayName: Fuu im Blut",
    );
}

#[test]
fn deprecated_terms_are_inactive_and_tell_what_replaces_them() {
    let told = told(&table(), "99902-2");
    assert!(told.starts_with("Old foo, \"quoted\" ; [inactive] ; "), "{told}");
    assert!(told.ends_with("copyright=3rdParty ; MAP_TO=99901-1"), "{told}");
}

#[test]
fn parts_are_a_hierarchy() {
    check("LP9000-0", "{component}");
    check("LP9001-1", "Foo ; < LP9000-0 ; PartTypeName=COMPONENT ; STATUS=ACTIVE");
    check("lp9002-2", "Blood ; [inactive] ; PartTypeName=SYSTEM ; STATUS=INACTIVE ; en/PartName: Bld");
}

#[test]
fn lists_stand_for_their_answers() {
    check("LL901-1", "Yes or no ; AnswerListOID=1.2.3 ; answers-for=99901-1 ; {LA91-1 LA92-2}");
    check("LA92-2", "No ; LIST=LL901-1");
    check("LL902-2", "Elsewhere ; AnswerListOID=1.2.4");
}

#[test]
fn panels_name_their_members() {
    assert!(told(&table(), "99903-3").ends_with("PanelMember=99901-1"));
}

#[test]
fn the_full_table_is_taken_and_its_newest_version_told() {
    let (_, tables, report) = trial::load(&release()).expect("the release is as it should be");
    assert_eq!(told(&tables[0], "99999-9"), "not there");
    assert_eq!((&*tables[0].about.url, &*tables[0].about.version), ("http://loinc.org", "2.10"));
    assert_eq!(report.taken["terms"], 3);
    assert_eq!(report.skipped["replacements of terms that are not in the table"], 1);
}

#[test]
fn a_cut_or_broken_file_is_refused_with_its_line() {
    let broken = TERMS.replace(",\"1.0\"\n\"99902-2\"", "\n\"99902-2\"");
    let refused = trial::load(&[("Loinc.csv", broken.as_str())]).map(|_| ()).expect_err("a field is missing");
    assert_eq!(refused.to_string(), "Loinc.csv, line 2: the row has 15 fields where 16 were expected");
    let cut = TERMS.trim_end().trim_end_matches('"');
    let refused = trial::load(&[("Loinc.csv", cut)]).map(|_| ()).expect_err("a quote is open");
    assert_eq!(refused.to_string(), "Loinc.csv, line 4: the file ends within quotes, as if it had been cut");
}

#[test]
fn what_stands_below_a_part_is_found_by_its_ancestor() {
    let table = table();
    let ask = |property, op, value| {
        let found = own_filter(&table, &Filter { property, op, value })?;
        Some(found.map(|found| found.iter().map(|place| table.code(place)).collect::<Vec<_>>().join(" ")))
    };
    assert_eq!(ask("ancestor", "=", "LP9000-0"), Some(Ok("99901-1 LP9001-1".to_owned())));
    assert_eq!(ask("ancestor", "in", "LP9002-2, LP9001-1"), Some(Ok("99901-1".to_owned())));
    assert_eq!(ask("descendant", "=", "99901-1"), Some(Ok("LP9001-1 LP9000-0".to_owned())));
    assert!(ask("ancestor", "=", "LP1-1").is_some_and(|found| found.is_err()));
    assert!(ask("ancestor", "regex", "LP.*").is_some_and(|found| found.is_err()));
    assert_eq!(ask("COMPONENT", "=", "Foo"), None);
}
