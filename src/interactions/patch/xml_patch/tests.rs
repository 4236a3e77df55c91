//! Does an XML Patch change what it names, and nothing else?

use model::xml::document;

use super::*;

/// Applies the operations, written inside a patch in FHIR's namespace, to a document.
fn check(target: &str, operations: &str, expected: &str) {
    let patch = format!(r#"<diff xmlns="http://hl7.org/fhir">{operations}</diff>"#);
    let patch = document::parse(patch.as_bytes()).expect("well-formed");
    let target = document::parse(target.as_bytes()).expect("well-formed");
    let shown = match apply(&patch, target) {
        Ok(patched) => document::write(&patched),
        Err(issue) => format!("{}: {}", issue.code.as_str(), issue.message),
    };
    assert_eq!(shown, expected);
}

const DOC: &str = r#"<doc xmlns="http://hl7.org/fhir"><a t="1">x</a><a t="2">y</a><b><c>z</c></b></doc>"#;

fn doc(inner: &str) -> String {
    format!(r#"<doc xmlns="http://hl7.org/fhir">{inner}</doc>"#)
}

#[test]
fn nodes_are_selected_by_name_place_and_content() {
    let rest = doc(r#"<a t="1">x</a><b><c>z</c></b>"#);
    for selector in [
        "f:doc/f:a[2]",
        "doc/a[@t='2']",
        "/f:doc/a[.=\"y\"]",
        "doc/*[2]",
        "*/node()[2]",
        "f:doc/f:a[2][.='y']",
    ] {
        check(DOC, &format!("<remove sel='{}'/>", selector.replace('\'', "&apos;")), &rest);
    }
    check(DOC, r#"<remove sel="doc/b[c='z']"/>"#, &doc(r#"<a t="1">x</a><a t="2">y</a>"#));
    check(r#"<d><e id="7"/></d>"#, r#"<remove sel="id('7')"/>"#, "<d/>");
}

#[test]
fn a_selector_names_exactly_one_node() {
    check(DOC, r#"<remove sel="doc/a"/>"#, "patch-failed: `doc/a` names 2 nodes where one is expected");
    check(DOC, r#"<remove sel="doc/x"/>"#, "patch-failed: `doc/x` names nothing that is there");
    check(DOC, r#"<remove sel="doc/p:x"/>"#, "patch-failed: `doc/p:x` is no selector that XML Patch allows");
    check(
        DOC,
        r#"<remove sel="doc/a[last()]"/>"#,
        "patch-failed: `doc/a[last()]` is no selector that XML Patch allows",
    );
    check(DOC, r#"<remove sel=""/>"#, "patch-failed: `` is no selector that XML Patch allows");
    check(DOC, r#"<remove/>"#, "malformed-patch: `remove` has no selector `sel`");
}

#[test]
fn elements_text_and_attributes_are_added() {
    check(&doc(""), r#"<add sel="doc"><n a="1"/></add>"#, &doc(r#"<n a="1"/>"#));
    check(&doc("<b/>"), r#"<add sel="doc" pos="prepend"><n/>t</add>"#, &doc("<n/>t<b/>"));
    check(&doc("<b/>"), r#"<add sel="doc/b" pos="after">t</add>"#, &doc("<b/>t"));
    check(&doc("<b/>"), r#"<add sel="doc/b" pos="before">t</add>"#, &doc("t<b/>"));
    check(&doc("<b/>"), r#"<add sel="doc/b" type="@v">1</add>"#, &doc(r#"<b v="1"/>"#));
    check(
        &doc("<b/>"),
        r#"<add sel="doc/b" type="namespace::p">urn:p</add>"#,
        &doc(r#"<b xmlns:p="urn:p"/>"#),
    );
    check(&doc("<b/>"), r#"<add sel="doc"><h xmlns="urn:h"/></add>"#, &doc(r#"<b/><h xmlns="urn:h"/>"#));
    check(
        &doc(r#"<b v="1"/>"#),
        r#"<add sel="doc/b" type="@v">2</add>"#,
        "patch-failed: `add` at `doc/b`: there is an attribute `v` already",
    );
}

#[test]
fn nodes_are_replaced_by_their_like() {
    check(&doc("<b/>"), r#"<replace sel="doc/b"><n/></replace>"#, &doc("<n/>"));
    check(&doc(r#"<b v="1"/>"#), r#"<replace sel="doc/b/@v">2</replace>"#, &doc(r#"<b v="2"/>"#));
    check(&doc("<b>x</b>"), r#"<replace sel="doc/b/text()">y</replace>"#, &doc("<b>y</b>"));
    check(&doc("<!--x-->"), r#"<replace sel="doc/comment()[1]"><!--y--></replace>"#, &doc("<!--y-->"));
    check(
        &doc("<?p x?>"),
        r#"<replace sel="doc/processing-instruction('p')"><?p y?></replace>"#,
        &doc("<?p y?>"),
    );
    check(
        &doc("<b/>"),
        r#"<replace sel="doc/b">text</replace>"#,
        "patch-failed: `replace` at `doc/b`: exactly one node of the kind that is replaced is expected",
    );
}

#[test]
fn white_space_goes_with_what_is_removed_when_asked() {
    check(&doc(" <b/> "), r#"<remove sel="doc/b" ws="both"/>"#, r#"<doc xmlns="http://hl7.org/fhir"/>"#);
    check(&doc(" <b/> "), r#"<remove sel="doc/b" ws="before"/>"#, &doc(" "));
    check(
        &doc("<b/>"),
        r#"<remove sel="doc/b" ws="after"/>"#,
        "patch-failed: `remove` at `doc/b`: there is no white space where the patch asks to remove it",
    );
}

#[test]
fn a_document_keeps_its_root() {
    let gone = "patch-failed: the patch leaves no document with exactly one root element";
    check(&doc(""), r#"<remove sel="doc"/>"#, gone);
    check(&doc(""), "", "malformed-patch: the patch has no operations");
    check(
        &doc(""),
        r#"<move sel="doc"/>"#,
        "patch-failed: `move` at `doc`: `move` is no operation: add, replace or remove is expected",
    );
}
