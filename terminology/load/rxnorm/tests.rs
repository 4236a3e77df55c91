//! Does a release in RxNorm's shape become the table that it tells of? Numbers and names are invented.

use crate::load::told::told;
use crate::load::{Defect, trial};
use crate::systems::{Filter, own_filter};

const NAMES: &str = "900001|ENG|P|L1|PF|S1|Y|A1||900001||RXNORM|TMSY|900001|fooCILLIN|0|N|4096|
900001|ENG|P|L1|PF|S1|Y|A2||900001||RXNORM|IN|900001|foocillin|0|N|4096|
900001|ENG|P|L1|PF|S1|Y|A3||D1||OTHER|PT|D1|Foocillin of others|0|N|4096|
900002|ENG|P|L2|PF|S2|Y|A4||900002||RXNORM|SCD|900002|foocillin 5 MG Oral Tablet|0|N|4096|
900003|ENG|P|L3|PF|S3|Y|A5||900003||RXNORM|SCD|900003|foocillin 1 MG Oral Tablet|0|O||
900004|ENG|P|L4|PF|S4|Y|A6||900004||RXNORM|PSN|900004|only a further name|0|N||
";
const RELATIONS: &str = "900002|A4|CUI|RO|900001|A2|CUI|ingredient_of|R1||RXNORM|RXNORM||||4096|
900001||CUI|RO|900002||CUI|has_ingredient|R2||RXNORM|RXNORM||||4096|
900001||AUI|RN|900002||AUI||R3||RXNORM|RXNORM||||4096|
";
const ATTRIBUTES: &str = "900002||||CUI|900002|||RXN_STRENGTH|RXNORM|5 MG|N|4096|
900002||||CUI|900002|||X|OTHER|5 MG|N|4096|
900009||||CUI|900009|||NDC|RXNORM|1|N|4096|
";
const TYPES: &str = "900001|T999|A1.2|Invented Substance|AT1|256|\n";

fn sources() -> String {
    let mut fields = vec![""; 25];
    (fields[3], fields[6]) = ("RXNORM", "30AA_300902F");
    format!("{}|\n", fields.join("|"))
}

/// Holds what the table tells of a code against what is expected.
fn check(code: &str, expected: &str) {
    let sources = sources();
    let prescribed = &NAMES[..NAMES.find('\n').map_or(0, |end| end + 1)];
    let files = [
        ("prescribe/rrf/RXNCONSO.RRF", prescribed),
        ("rrf/RXNCONSO.RRF", NAMES),
        ("rrf/RXNREL.RRF", RELATIONS),
        ("rrf/RXNSAT.RRF", ATTRIBUTES),
        ("rrf/RXNSTY.RRF", TYPES),
        ("rrf/RXNSAB.RRF", &sources),
    ];
    let (name, tables, report) = trial::load(&files).expect("the release is as it should be");
    assert_eq!((name, &*tables[0].about.version), ("RxNorm (RRF)", "09022030"));
    assert_eq!((report.taken["concepts"], report.taken["relations"]), (4, 2));
    assert_eq!(report.skipped["relations between names, or of other sources"], 1);
    assert_eq!(report.skipped["what is told of concepts that RxNorm itself does not name"], 1);
    assert_eq!(told(&tables[0], code), expected);
}

#[test]
fn the_name_of_the_main_type_is_the_display() {
    check("900001", "foocillin ; TTY=IN ; STY=T999 ; ingredient_of=900002 ; en/TMSY: fooCILLIN");
    check("900004", "only a further name ; en/PSN: only a further name");
}

#[test]
fn the_second_concept_of_a_relation_has_it() {
    let told = "foocillin 5 MG Oral Tablet ; TTY=SCD ; has_ingredient=900001 ; RXN_STRENGTH=5 MG";
    check("900002", told);
}

#[test]
fn what_is_obsolete_is_inactive() {
    check("900003", "foocillin 1 MG Oral Tablet ; [inactive] ; TTY=SCD ; SUPPRESS=O");
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let refused = |files: &[(&str, &str)]| -> Result<(), Defect> { trial::load(files).map(|_| ()) };
    let message = refused(&[("RXNCONSO.RRF", NAMES)]).expect_err("no version").to_string();
    assert_eq!(message, "no RXNSAB.RRF tells the version of the release: say --version");
    let (sources, cut) = (sources(), &NAMES[..NAMES.len() - 3]);
    let message = refused(&[("RXNCONSO.RRF", cut), ("RXNSAB.RRF", &sources)]).expect_err("cut").to_string();
    assert_eq!(
        message,
        "RXNCONSO.RRF, line 6: the file ends in the middle of this line, as if it had been cut"
    );
}

#[test]
fn relations_are_asked_for_by_the_kind_of_their_target() {
    let sources = sources();
    let files = [("RXNCONSO.RRF", NAMES), ("RXNREL.RRF", RELATIONS), ("RXNSAB.RRF", &sources)];
    let (_, tables, _) = trial::load(&files).expect("the release is as it should be");
    let ask = |property, value| {
        let found = own_filter(&tables[0], &Filter { property, op: "=", value })?;
        Some(found.map(|found| found.iter().map(|place| tables[0].code(place)).collect::<Vec<_>>().join(" ")))
    };
    assert_eq!(ask("has_ingredient", "CUI:900001"), Some(Ok("900002".to_owned())));
    assert_eq!(ask("has_ingredient", "CUI:900002"), Some(Ok(String::new())));
    assert!(ask("has_ingredient", "AUI:1").is_some_and(|found| found.is_err()));
    assert_eq!(ask("TTY", "IN"), None);
}
