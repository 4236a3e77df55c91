//! Which concepts of the invented ontology does a constraint mean?

use super::ontology::Ontology;

/// Holds the names of what an expression means, or why it is refused, against what is expected.
fn check(expression: &str, expected: &str) {
    let found = Ontology::new().ask(expression).unwrap_or_else(|refused| refused);
    if expected.starts_with("refused: ") {
        let reason = expected.trim_start_matches("refused: ");
        assert!(found.contains(reason), "{expression}\nexpected a refusal with: {reason}\nfound: {found}");
    } else {
        assert_eq!(found, expected, "{expression}");
    }
}

#[test]
fn a_concept_means_itself_even_if_it_is_inactive() {
    check("$arm", "arm");
    check("$arm |whatever|", "arm");
    check("$hurt", "hurt");
    check("own#arm", "arm");
    check("\"own#arm\"", "arm");
}

#[test]
fn what_is_not_known_is_refused() {
    check("< 99999999", "refused: the concept `99999999` is not known");
    check("own#nothing", "refused: the concept `own#nothing` is not known");
}

#[test]
fn operators_walk_the_hierarchy() {
    check("< $fracture", "armfracture twofractures burntfracture");
    check("<< $fracture", "fracture armfracture twofractures burntfracture");
    check("<! $injury", "fracture burn");
    check("<<! $injury", "injury fracture burn");
    check("> $burntfracture", "thing finding injury fracture burn");
    check(">> $limb", "thing body limb");
    check(">! $burntfracture", "fracture burn");
    check(">>! $burntfracture", "fracture burn burntfracture");
    check("< $hurt", "");
    check("<< $hurt", "");
}

#[test]
fn top_and_bottom_compare_within_the_set() {
    check("!!> ($armfracture OR $fracture OR $arm)", "fracture arm");
    check("!!< ($armfracture OR $fracture OR $arm)", "armfracture arm");
    check("top ($armfracture OR $fracture OR $arm)", "fracture arm");
    check("!!< (<< $injury)", "armfracture twofractures armburn burntfracture");
}

#[test]
fn any_means_the_active_unless_activity_is_asked_for() {
    check("* MINUS << $thing", "");
    check("* {{ C active = 0 }}", "hurt ache");
    check("* {{ C active != true }}", "hurt ache");
    check("(* {{ C active = \"*\" }}) MINUS *", "hurt ache");
}

#[test]
fn sets_are_joined_and_cut() {
    check("< $fracture AND < $burn", "burntfracture");
    check("$arm OR $leg OR $arm", "arm leg");
    check("<< $fracture MINUS $fracture", "armfracture twofractures burntfracture");
    check("$arm, $leg", "");
    check("($arm OR $leg) AND ($leg OR $skin)", "leg");
    check("<< $fracture MINUS << $fracture", "");
}

#[test]
fn refinements_ask_for_attributes() {
    check("< $finding : $site = $arm", "armfracture twofractures armburn burntfracture");
    check("< $finding : $site = << $limb, $morphology = $heat", "armburn burntfracture");
    check("< $finding : << $site = $skin", "burn armburn burntfracture");
    check("< $finding : >> $directsite = $skin", "burn armburn burntfracture");
    check("* : * = $fall", "burntfracture");
    check("* : $cause = *", "burntfracture");
    check("* : $cause != *", "");
    check("< $finding : $morphology != $break", "burn armburn burntfracture");
    check("< $finding : $site = $leg OR $cause = *", "twofractures burntfracture");
    check("< $finding : ($site = $leg OR $site = $skin), $morphology = $break", "twofractures burntfracture");
    check("* : ($site OR $cause) = ($fall OR $leg)", "twofractures burntfracture");
}

#[test]
fn groups_hold_attributes_together() {
    check("< $finding : { $site = $arm, $morphology = $heat }", "armburn");
    check("< $finding : { $site = $arm, $morphology = $break }", "armfracture twofractures burntfracture");
    check(
        "< $finding : { $site = $arm, $morphology = $break }, { $site = $skin, $morphology = $heat }",
        "burntfracture",
    );
    check("< $finding : { $site = $leg } OR { $cause = $fall }", "twofractures burntfracture");
}

#[test]
fn cardinalities_count_attributes_that_are_not_redundant() {
    check("< $finding : [2..*] $site = *", "twofractures armburn burntfracture");
    check("< $finding : [1..1] $site = *", "fracture armfracture");
    check("< $finding : [1..1] $morphology = *", "fracture armfracture twofractures burn armburn");
    check("<< $fracture : [0..0] $site = $arm", "fracture");
    check("<< $fracture : [0..1] $site = << $limb", "fracture armfracture burntfracture");
    check("<< $injury : [0..0] $morphology != $break, $morphology = *", "fracture armfracture twofractures");
    check("<< $hurt OR $hurt", "hurt");
    check("$hurt : [0..0] $site = *", "");
}

#[test]
fn cardinalities_count_groups() {
    check("< $finding : [2..*] { $morphology = * }", "twofractures burntfracture");
    check("< $finding : [2..*] { $site = <<$limb }", "twofractures");
    check("< $finding : { [2..*] $site = * }", "armburn");
    check("<< $burn : [0..0] { [2..*] $site = * }", "burn burntfracture");
    check("<< $burn : { [0..0] $site = * }", "burn burntfracture");
}

#[test]
fn reversed_attributes_and_dots_go_the_other_way() {
    check("< $body : R $site = $twofractures", "arm leg");
    check("$twofractures . $site", "arm leg");
    check("< $burn . << $site", "arm skin");
    check("* : [3..*] R $site = *", "arm");
    check("* : reverseOf $site != $twofractures", "body arm skin");
    check("$burntfracture . $cause . $site", "");
    check("< $body : { R $site = $armburn }", "arm skin");
    check("< $body : R $site = #5", "refused: a reversed attribute");
}

#[test]
fn concrete_values_are_compared() {
    check("* : $strength = #5", "pillfive");
    check("* : $strength = #10", "pillten");
    check("* : $strength >= #5, $strength < #10.00", "pillfive");
    check("* : $strength != #5", "pillten");
    check("* : $brand = \"ALPHA\"", "pillfive");
    check("* : $brand = \"alpha\"", "");
    check("* : $brand = match:\"one bet\"", "pillten");
    check("* : $brand = (\"ALPHA\" wild:\"b*ONE\")", "pillfive pillten");
    check("* : $generic = TRUE", "pillfive");
    check("* : $generic != true", "pillten");
    check("* : $brand = #5", "");
}

#[test]
fn members_are_the_active_rows() {
    check("^ $problems", "armfracture burn hurt");
    check("< ^ $problems", "armburn burntfracture");
    check("^ ($problems OR $maps)", "fracture armfracture burn hurt");
    check("^ $arm", "");
    check("^ $problems {{ C active = 1 }}", "armfracture burn");
    check("^ $problems {{ M active = 0 }}", "fracture");
    check("^ $problems {{ M active = \"*\" }}", "fracture armfracture burn hurt");
    check("^ $problems {{ M moduleId = $extra }}", "burn");
    check("^ $problems {{ M moduleId = << $module }} {{ M effectiveTime < \"20190731\" }}", "");
}

#[test]
fn columns_are_filtered_and_selected() {
    check("^ $maps {{ M mapTarget = \"S42\" }}", "fracture");
    check("^ $maps {{ M mapTarget = wild:\"S42\" }}", "");
    check("^ $maps {{ M mapTarget = wild:\"S42*\", mapGroup = #1 }}", "fracture");
    check("^ $maps {{ M mapGroup > #1 }}", "burn");
    check("^ $maps {{ M since >= \"20210101\" }}", "burn");
    check("^ [targetComponentId] $sameas {{ M referencedComponentId = $hurt }}", "injury");
    check("^ [targetComponentId] (<! $historical)", "injury armburn leg");
    check("^ [mapTarget] $maps", "refused: the column `mapTarget` holds something that is no concept");
    check("^ [other] $maps", "refused: the reference set has no column `other`");
    check("^ $problems {{ M mapTarget = \"S\" }}", "refused: no column `mapTarget`");
    check("^ [*] $maps", "refused: several columns");
    check("$maps {{ M mapTarget = \"S\" }}", "refused: a member filter has a meaning only after `^`");
}

#[test]
fn history_adds_what_was_replaced() {
    check("<! $finding {{ + HISTORY-MIN }}", "injury hurt");
    check("<! $finding {{ + HISTORY ($sameas) }}", "injury hurt");
    check("<< $burn {{ + HISTORY-MIN }}", "burn armburn burntfracture");
    check("<< $burn {{ + HISTORY-MOD }}", "burn armburn burntfracture ache");
    check("$leg {{ + HISTORY-MOD }}", "leg");
    check("$leg {{ + HISTORY-MAX }}", "hurt leg");
    check("$leg {{ + HISTORY (*) }}", "hurt leg");
    check("$fracture {{ + HISTORY }}", "fracture");
}

#[test]
fn one_description_must_satisfy_a_whole_filter() {
    check("* {{ term = \"frac arm\" }}", "armfracture");
    check("* {{ term = \"arm\", term = \"frac\" }}", "armfracture");
    check("* {{ term = \"bone\" }} {{ term = \"fracture\" }}", "fracture");
    check("* {{ term = \"bone fracture\" }}", "");
    check("* {{ term = (\"bone\" \"burn\") }}", "fracture burn armburn");
    check("<< $fracture {{ term != \"fracture\" }}", "fracture");
    check("* {{ D type = def }}", "burn");
    check("* {{ typeId = 900000000000550004 }}", "burn");
    check("* {{ term = \"b\", type = (syn fsn) }}", "fracture burn armburn");
    check("* {{ id = 700001 }}", "fracture");
    check("* {{ id = (700001 700003) }}", "fracture armfracture");
    check("* {{ D active = 0 }}", "fracture");
    check("* {{ D term = \"crack\" }}", "");
    check("* {{ moduleId = $extra }}", "");
}

#[test]
fn dialects_have_acceptabilities() {
    check("* {{ term = \"bone\", dialect = en-us (prefer) }}", "");
    check("* {{ term = \"bone\", dialect = en-gb (prefer) }}", "fracture");
    check("* {{ type = syn, dialect = (en-us en-gb) (prefer) }}", "fracture armfracture");
    check("* {{ type = syn, dialect = (en-us (prefer) en-gb (accept)) }}", "armfracture armburn");
    check("* {{ type = syn, dialect = en-us, dialect = en-gb }}", "fracture");
    check("* {{ type = syn, dialect != en-us }}", "burn armburn");
    check("* {{ type = syn, dialectId = 900000000000509007 (900000000000548007) }}", "armfracture");
    check("* {{ dialect = xx }}", "refused: the dialect `xx` is not known");
}

#[test]
fn marks_and_case_are_ignored_one_way() {
    check("* {{ term = \"BRULURE\" }}", "armburn");
    check("* {{ term = \"brûlure\" }}", "armburn");
    check("* {{ term = \"bûrn\" }}", "");
    // In Swedish `ä` is a letter of its own.
    check("* {{ term = \"brannskada\" }}", "");
    check("* {{ term = \"brännskada\", language = SV }}", "burn");
    check("* {{ term = \"brännskada\", language = en }}", "");
    check("* {{ term = wild:\"*b*arm*lure\" }}", "armburn");
    check("* {{ term = wild:\"burn\" }}", "");
    check("* {{ term = wild:\"fracture of arm\" }}", "armfracture");
}

#[test]
fn concept_filters_ask_the_concept() {
    check("< $injury {{ C definitionStatus = primitive }}", "burn armburn");
    check("< $burn {{ C definitionStatusId = 900000000000073002 }}", "burntfracture");
    check("< $injury {{ C moduleId = $extra, definitionStatus = defined }}", "armfracture");
    check("< $injury {{ C moduleId != (100000 100001) }} {{ C effectiveTime > \"20190731\" }}", "burn");
    check("< $injury {{ C effectiveTime = \"\" }}", "fracture");
    check(
        "< $injury {{ C effectiveTime <= (\"20190731\" \"20180131\") }} AND < $burn",
        "armburn burntfracture",
    );
    check("< $injury {{ C effectiveTime != \"20190731\" }}", "fracture burn");
}

#[test]
fn filters_hold_for_what_stands_right_before_them() {
    check("$arm OR < $injury {{ term = \"burn\" }}", "burn armburn arm");
    check("($arm OR < $injury) {{ term = \"burn\" }}", "burn armburn");
    check("* : $site = << $body {{ term = \"x\" }}", "");
}

#[test]
fn what_is_not_loaded_is_said() {
    let mut ontology = Ontology::new();
    ontology.is_active_alone = true;
    assert!(
        ontology.ask("* {{ D active = 0 }}").is_err_and(|it| it.contains("inactive rows are not loaded"))
    );
    assert!(ontology.ask("^ $problems {{ M active = \"*\" }}").is_err());
    assert_eq!(ontology.ask("^ $problems {{ M active = 1 }}").as_deref(), Ok("armfracture burn hurt"));
    assert_eq!(ontology.ask("* {{ D active != 0, type = def }}").as_deref(), Ok("burn"));
}
