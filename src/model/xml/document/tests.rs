//! Is a document written as it was read, and what is none refused?

use super::*;

/// Reads, writes, reads again: the tree must be the same; returns the text written.
fn check(text: &str, expected: &str) {
    let shown = match parse(text.as_bytes()) {
        Ok(document) => {
            let written = write(&document);
            assert_eq!(parse(written.as_bytes()).as_ref(), Ok(&document), "{written}");
            written
        }
        Err(wrong) => wrong.message,
    };
    assert_eq!(shown, expected);
}

#[test]
fn what_was_read_is_written_again() {
    check(
        r#"<a b="1" xmlns="urn:x">t<!-- c --><?p q?><d/></a>"#,
        r#"<a xmlns="urn:x" b="1">t<!-- c --><?p q?><d/></a>"#,
    );
    check(r#"<p:a xmlns:p="urn:x" p:b="&lt;&quot;"/>"#, r#"<p:a xmlns:p="urn:x" p:b="&lt;&quot;"/>"#);
    check("<a b='&#10;x&#9;'/>", r#"<a b="&#10;x&#9;"/>"#);
    check("<a>1 &lt; 2 &#38; <![CDATA[<3>]]></a>", "<a>1 &lt; 2 &amp; &lt;3&gt;</a>");
}

#[test]
fn what_was_moved_gets_the_declarations_it_needs() {
    let inner = parse(br#"<r xmlns="urn:x"><p:c xmlns:p="urn:y"><d/></p:c></r>"#).expect("well-formed");
    let child =
        inner.root().expect("a root").children[0].as_element().expect("an element").children[0].clone();
    let mut outer = parse(b"<r/>").expect("well-formed");
    let Some(Node::Element(root)) = outer.nodes.first_mut() else { panic!("a root") };
    root.children.push(child);
    assert_eq!(write(&outer), r#"<r><d xmlns="urn:x"/></r>"#);
}

#[test]
fn what_is_no_document_is_refused() {
    check("<!DOCTYPE a><a/>", "a document type is not allowed");
    check("<a/><b/>", "exactly one root element is expected");
    check("", "exactly one root element is expected");
    check("<a>", "the document ends inside an element");
    check("<a>&x;</a>", "an entity is used that is not declared");
    check("<\t\n/>", "`` is no name");
    check("<1a/>", "`1a` is no name");
    check("<p:a/>", "the prefix of `p:a` is not declared");
    check("x<a/>", "text stands outside the root element");
    let deep = "<a>".repeat(65);
    check(&deep, "nested deeper than the limit of 64 levels");
}
