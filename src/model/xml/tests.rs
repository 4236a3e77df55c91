//! Is what is read what is written?

use super::*;
use crate::issue::Code;
use crate::json;
use crate::limits::{ATTRIBUTES_MAX, DEPTH_MAX, NUMBER_LENGTH_MAX};

/// A handful of elements, so that the form is tested without the definitions.
struct Few;

const ELEMENT: Node = Node(0);
const THING: Node = Node(1);
const EXTENSION: Node = Node(2);
const PART: Node = Node(3);
const TEXT: Node = Node(4);

impl Shape for Few {
    fn resource(&self, name: &str) -> Option<Node> {
        (name == "Thing").then_some(THING)
    }

    fn part(&self, node: Node, name: &str) -> Option<Part> {
        let (form, repeats, order) = match (node, name) {
            (ELEMENT | EXTENSION | PART | TEXT, "id") => (Form::Attribute, false, 0),
            (_, "extension") => (Form::Object(EXTENSION), true, 1),
            (EXTENSION, "url") => (Form::Attribute, false, 2),
            (EXTENSION, "valueString") => (Form::Primitive(Leaf::String), false, 3),
            (TEXT, "div") => (Form::Narrative, false, 3),
            (THING, "id") => (Form::Primitive(Leaf::String), false, 0),
            (THING, "text") => (Form::Object(TEXT), false, 2),
            (THING, "contained") => (Form::Resource, true, 3),
            (THING, "active") => (Form::Primitive(Leaf::Boolean), false, 4),
            (THING, "count") => (Form::Primitive(Leaf::Number), false, 5),
            (THING | PART, "word") => (Form::Primitive(Leaf::String), true, 6),
            (THING | PART, "part") => (Form::Object(PART), true, 7),
            _ => return None,
        };
        Some(Part { form, repeats, order })
    }

    fn element(&self) -> Node {
        ELEMENT
    }
}

fn thing(content: &str) -> String {
    format!(r#"<Thing xmlns="http://hl7.org/fhir">{content}</Thing>"#)
}

fn to_json(xml: &str) -> String {
    let tree = parse(xml.as_bytes(), &Few).unwrap_or_else(|wrong| panic!("{xml}: {wrong:?}"));
    String::from_utf8(json::to_compact(&tree)).expect("UTF-8")
}

fn to_xml(json: &str) -> Result<String, String> {
    let tree = json::parse(json.as_bytes()).expect(json);
    match write(&tree, &Few) {
        Ok(xml) => {
            let xml = String::from_utf8(xml).expect("UTF-8");
            Ok(xml
                .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
                .expect("a declaration")
                .to_owned())
        }
        Err(wrong) => Err(format!("{} {}", wrong.code.as_str(), wrong.expression)),
    }
}

/// Both ways: the content of a Thing, and its members beside the type.
fn check(content: &str, members: &str) {
    let json = format!(r#"{{"resourceType":"Thing",{members}}}"#);
    assert_eq!(to_json(&thing(content)), json);
    assert_eq!(to_xml(&json), Ok(thing(content)));
}

#[test]
fn each_form_is_read_and_written() {
    check(r#"<id value="7"/>"#, r#""id":"7""#);
    check(r#"<active value="false"/><count value="-1.50E+3"/>"#, r#""active":false,"count":-1.50E+3"#);
    check(r#"<word value="a"/><word value="b"/>"#, r#""word":["a","b"]"#);
    check(r#"<part id="p"><word value="a"/></part><part/>"#, r#""part":[{"id":"p","word":["a"]},{}]"#);
    check(
        r#"<extension id="e" url="u"><valueString value="x"/></extension>"#,
        r#""extension":[{"id":"e","url":"u","valueString":"x"}]"#,
    );
    check(
        r#"<contained><Thing><id value="1"/></Thing></contained><contained><Thing/></contained>"#,
        r#""contained":[{"resourceType":"Thing","id":"1"},{"resourceType":"Thing"}]"#,
    );
    check(
        r#"<text><div xmlns="http://www.w3.org/1999/xhtml">a &lt; <b title="x">c</b><br/></div></text>"#,
        r#""text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a &lt; <b title=\"x\">c</b><br/></div>"}"#,
    );
}

#[test]
fn what_stands_beside_primitives_is_padded_with_null() {
    check(r#"<active id="a"/>"#, r#""_active":{"id":"a"}"#);
    check(
        r#"<active value="true" id="a"><extension url="u"/></active>"#,
        r#""active":true,"_active":{"id":"a","extension":[{"url":"u"}]}"#,
    );
    check(
        r#"<word value="a"/><word id="i"/><word value="c" id="j"/><word value="d"/>"#,
        r#""word":["a",null,"c","d"],"_word":[null,{"id":"i"},{"id":"j"},null]"#,
    );
    check(r#"<word id="i"/><word id="j"/>"#, r#""_word":[{"id":"i"},{"id":"j"}]"#);
}

#[test]
fn any_text_survives_in_an_attribute() {
    check(r#"<word value="&lt;&amp;&quot;'>&#9;&#10;&#13; é😀 "/>"#, r#""word":["<&\"'>\t\n\r é😀 "]"#);
    assert_eq!(
        to_json(&thing("<word value='a\n\tb&apos;&#x41;'/>")),
        r#"{"resourceType":"Thing","word":["a  b'A"]}"#
    );
}

#[test]
fn elements_are_written_in_the_order_of_their_definition() {
    let json = r#"{"word":["a"],"id":"7","resourceType":"Thing","_active":{"id":"x"},"active":true}"#;
    assert_eq!(to_xml(json), Ok(thing(r#"<id value="7"/><active value="true" id="x"/><word value="a"/>"#)));
}

#[test]
fn the_pretty_form_reads_as_the_same_tree() {
    let source = r#"{"resourceType":"Thing","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"> a\n</div>"},"part":[{"word":["x"]}]}"#;
    let tree = json::parse(source.as_bytes()).expect("valid");
    let pretty = write_pretty(&tree, &Few).expect("writable");
    assert_eq!(parse(&pretty, &Few), Ok(tree));
    let text = String::from_utf8(pretty).expect("UTF-8");
    assert!(text.ends_with("\n  <part>\n    <word value=\"x\"/>\n  </part>\n</Thing>\n"), "{text}");
}

#[test]
fn what_carries_no_meaning_is_passed_over() {
    let json = r#"{"resourceType":"Thing","id":"7"}"#;
    for xml in [
        "\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<!-- c --><?p i?><Thing xmlns='http://hl7.org/fhir'>\n <!-- c --><?p i?> <id value='7'></id>\r\n</Thing>\n<!-- c -->",
        "<f:Thing xmlns:f='http://hl7.org/fhir'><f:id value='7'/></f:Thing>",
        "<Thing xmlns='http://hl7.org/fhir' xmlns:s='http://www.w3.org/2001/XMLSchema-instance' s:schemaLocation='a b'><id value='7'/></Thing>",
    ] {
        assert_eq!(to_json(xml), json, "{xml}");
    }
}

#[test]
fn a_narrative_is_made_to_stand_alone() {
    let expected = r#"{"resourceType":"Thing","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" id=\"d\">a<b>c</b><br/></div>"}}"#;
    for xml in [
        "<Thing xmlns='http://hl7.org/fhir' xmlns:h='http://www.w3.org/1999/xhtml'><text><h:div id=\"d\">a<h:b>c</h:b><h:br/></h:div></text></Thing>",
        "<f:Thing xmlns:f='http://hl7.org/fhir' xmlns='http://www.w3.org/1999/xhtml'><f:text><div id=\"d\">a<b>c</b><br/></div></f:text></f:Thing>",
    ] {
        assert_eq!(to_json(xml), expected, "{xml}");
    }
    let mixed = r##"<Thing xmlns='http://hl7.org/fhir' xmlns:h='http://www.w3.org/1999/xhtml'><text><h:div><日 xmlns='http://www.w3.org/1999/xhtml'/><h:b/><g:i xmlns:g='http://www.w3.org/1999/xhtml'></g:i></h:div></text></Thing>"##;
    assert!(
        to_json(mixed).contains("<日 xmlns='http://www.w3.org/1999/xhtml'/><b/><i xmlns:g"),
        "{}",
        to_json(mixed)
    );
    assert_eq!(refused(mixed.replace("<h:b/>", "<b/>")).0, Code::MalformedXml);
    let lines = thing("<text><div xmlns=\"http://www.w3.org/1999/xhtml\">a\r\nb\rc</div></text>");
    assert!(to_json(&lines).contains(r"a\nb\nc"));
}

#[test]
fn numeric_references_in_a_narrative_become_characters_where_they_can() {
    for (read, expected) in [
        ("&#39;&#xe9;&#10;&quot;&#34;", "'é\n&quot;\""),
        ("&#60;&#62;&#38;&#13;", "&#60;&#62;&#38;&#13;"),
        ("<b title='&#39;&#233;&#10;'/>", "<b title='&#39;é&#10;'/>"),
        ("<!-- &#39; --><![CDATA[&#39;]]>", "<!-- &#39; --><![CDATA[&#39;]]>"),
    ] {
        let xml = thing(&format!("<text><div xmlns='http://www.w3.org/1999/xhtml'>{read}</div></text>"));
        let tree = parse(xml.as_bytes(), &Few).unwrap_or_else(|wrong| panic!("{xml}: {wrong:?}"));
        let div = tree.get("text").and_then(|text| text.text("div")).expect("a div");
        assert_eq!(div, format!("<div xmlns='http://www.w3.org/1999/xhtml'>{expected}</div>"));
    }
}

fn refused(xml: impl AsRef<[u8]>) -> (Code, usize, usize) {
    let syntax = parse(xml.as_ref(), &Few).expect_err("refused");
    (syntax.code, syntax.line, syntax.column)
}

#[test]
fn what_is_not_xml_is_refused_where_it_goes_wrong() {
    for (xml, expected) in [
        ("", (Code::EmptyBody, 1, 1)),
        ("<!-- c -->\n", (Code::EmptyBody, 2, 1)),
        ("{}", (Code::MalformedXml, 1, 1)),
        ("<Thing/>", (Code::NotAResource, 1, 1)),
        ("<Thing xmlns='urn:x'/>", (Code::NotAResource, 1, 1)),
        ("<Else xmlns='http://hl7.org/fhir'/>", (Code::UnknownResource, 1, 1)),
        ("<Thing xmlns='http://hl7.org/fhir'>", (Code::MalformedXml, 1, 36)),
        ("<Thing xmlns='http://hl7.org/fhir'/><Thing/>", (Code::MalformedXml, 1, 37)),
        ("<Thing xmlns='http://hl7.org/fhir'/>x", (Code::MalformedXml, 1, 37)),
        ("<!DOCTYPE x><Thing xmlns='http://hl7.org/fhir'/>", (Code::MalformedXml, 1, 1)),
        ("<?xml version='1.1'?><Thing xmlns='http://hl7.org/fhir'/>", (Code::MalformedXml, 1, 1)),
        (
            "<?xml version='1.0' encoding='latin1'?><Thing xmlns='http://hl7.org/fhir'/>",
            (Code::MalformedXml, 1, 1),
        ),
        ("\n<?xml version='1.0'?><Thing xmlns='http://hl7.org/fhir'/>", (Code::MalformedXml, 2, 1)),
    ] {
        assert_eq!(refused(xml), expected, "{xml}");
    }
    assert_eq!(refused(b"<a>\n\xff"), (Code::InvalidUtf8, 2, 1));
}

#[test]
fn what_the_shape_does_not_know_is_refused() {
    for (content, code) in [
        ("<other/>", Code::UnknownElement),
        ("<id value='1' other='x'/>", Code::UnknownElement),
        ("<id xml:lang='x' value='1'/>", Code::UnknownElement),
        ("<part id='a'><id value='x'/></part>", Code::UnknownElement),
        ("<part value='x'/>", Code::UnknownElement),
        ("<id xmlns='urn:x' value='1'/>", Code::UnknownElement),
        ("<u:id value='1'/>", Code::UnknownElement),
        ("<text><div>a</div></text>", Code::UnknownElement),
        ("<contained><Else/></contained>", Code::UnknownResource),
        ("<contained/>", Code::InvalidStructure),
        ("<contained><Thing/><Thing/></contained>", Code::InvalidStructure),
        ("<id/>", Code::InvalidStructure),
        ("<active value='1'/>", Code::InvalidStructure),
        ("<count value='01'/>", Code::InvalidStructure),
        ("<count value=' 1'/>", Code::InvalidStructure),
        ("<count value=''/>", Code::InvalidStructure),
        ("<id value='1'/><id value='2'/>", Code::DuplicateMember),
        ("<active id='1'/><active id='2'/>", Code::DuplicateMember),
        ("text", Code::MalformedXml),
        ("&amp;", Code::MalformedXml),
        ("<![CDATA[x]]>", Code::MalformedXml),
        ("<id value='&nbsp;'/>", Code::MalformedXml),
        ("<id value='&#0;'/>", Code::MalformedXml),
        ("<id value='&#x1;'/>", Code::MalformedXml),
        ("<id value='\u{1}'/>", Code::MalformedXml),
        ("<id value='<'/>", Code::MalformedXml),
        ("<id value='1' value='2'/>", Code::MalformedXml),
        ("<id value=1/>", Code::MalformedXml),
        ("<id value='1'></part>", Code::MalformedXml),
        ("<!-- a -- b -->", Code::MalformedXml),
    ] {
        assert_eq!(refused(thing(content)).0, code, "{content}");
    }
    let wrong =
        parse(thing("\n<part><word value='a'/>\n <x/></part>").as_bytes(), &Few).expect_err("refused");
    assert_eq!((wrong.line, wrong.column), (3, 2));
    assert_eq!(wrong.message, "the element `x` does not exist here at `Thing.part[0]`");
}

#[test]
fn a_narrative_that_is_not_xhtml_is_refused_both_ways() {
    let open = "<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"";
    for (div, is_written) in [
        (format!("{open}>a</div>"), true),
        (format!("{open}>&#233;&amp;</div>"), true),
        (format!("{open}>&nbsp;</div>"), false),
        (format!("{open}>&#0;</div>"), false),
        (format!("{open}><p></div>"), false),
        (format!("{open}>"), false),
        (format!("{open}/>x"), false),
        (format!("{open}/>{open}/>"), false),
        (format!("{open}><x:y/></div>"), false),
        (format!("{open} x:y='1'/>"), false),
        (format!("{open}><p a='1' a='2'/></div>"), false),
        (format!("{open}><p a='<'/></div>"), false),
        (format!("{open}><1/></div>"), false),
        (format!("{open}>]]></div>"), false),
        (format!("{open}><!-- -- --></div>"), false),
        (format!("<!DOCTYPE x>{open}/>"), false),
        ("<div>a</div>".to_owned(), false),
        ("text".to_owned(), false),
        (String::new(), false),
    ] {
        let json = format!(r#"{{"resourceType":"Thing","text":{{"div":"{div}"}}}}"#);
        assert_eq!(to_xml(&json).is_ok(), is_written, "{div}");
        let xml = thing(&format!("<text>{}</text>", div.replace('\\', "")));
        assert_eq!(parse(xml.as_bytes(), &Few).is_ok(), is_written || div.is_empty(), "{xml}");
    }
}

#[test]
fn what_xml_cannot_say_is_not_written() {
    for (members, expected) in [
        (r#""other":1"#, "unknown-element Thing"),
        (r#""_part":[{"id":"x"}]"#, "unknown-element Thing"),
        (r#""part":[{"resourceType":"Thing"}]"#, "unknown-element Thing.part[0]"),
        (r#""part":[{"_id":{"id":"x"}}]"#, "unknown-element Thing.part[0]"),
        (r#""part":[{"id":1}]"#, "invalid-structure Thing.part[0]"),
        (r#""part":{}"#, "invalid-structure Thing"),
        (r#""part":[]"#, "invalid-structure Thing"),
        (r#""part":["x"]"#, "invalid-structure Thing.part[0]"),
        (r#""active":"true""#, "invalid-structure Thing.active"),
        (r#""count":"1""#, "invalid-structure Thing.count"),
        (r#""id":1"#, "invalid-structure Thing.id"),
        (r#""id":null"#, "invalid-structure Thing.id"),
        (r#""_id":"x""#, "invalid-structure Thing.id"),
        (r#""id":"\u0001""#, "invalid-structure Thing.id"),
        (r#""word":["a",null]"#, "invalid-structure Thing.word[1]"),
        (r#""contained":[{"id":"1"}]"#, "not-a-resource Thing.contained[0]"),
        (r#""contained":[{"resourceType":"Else"}]"#, "unknown-resource Thing.contained[0]"),
        (r#""contained":[{"resourceType":"Thing","id":true}]"#, "invalid-structure Thing.contained[0].id"),
    ] {
        let json = format!(r#"{{"resourceType":"Thing",{members}}}"#);
        assert_eq!(to_xml(&json), Err(expected.to_owned()), "{json}");
    }
}

/// The levels of JSON that `parts` nested repeats make are two each, and one for the resource.
fn nested(parts: usize, inner: &str) -> String {
    thing(&("<part>".repeat(parts) + inner + &"</part>".repeat(parts)))
}

#[test]
fn depth_ends_where_it_ends_in_json() {
    let parts = (DEPTH_MAX - 1) / 2;
    assert!(json::parse(to_json(&nested(parts, "<word value='x'/>")).as_bytes()).is_ok());
    assert_eq!(refused(nested(parts, "<word id='x'/>")).0, Code::TooDeep);
    assert_eq!(refused(nested(parts + 1, "")).0, Code::TooDeep);
    assert_eq!(
        refused("<Thing xmlns='http://hl7.org/fhir'>".to_owned() + &"<part>".repeat(100_000)).0,
        Code::TooDeep
    );
    let div = |depth| "<div xmlns='http://www.w3.org/1999/xhtml'>".to_owned() + &"<p>".repeat(depth);
    assert_eq!(refused(thing(&format!("<text>{}", div(100_000)))).0, Code::MalformedXml);
}

#[test]
fn numbers_and_attributes_end_at_their_limits() {
    let count = |length| thing(&format!("<count value='{}'/>", "1".repeat(length)));
    assert!(parse(count(NUMBER_LENGTH_MAX).as_bytes(), &Few).is_ok());
    assert_eq!(refused(count(NUMBER_LENGTH_MAX + 1)).0, Code::NumberTooLong);
    let div = |count| {
        let attributes: String = (0..count).map(|number| format!(" a{number}=''")).collect();
        thing(&format!("<text><div xmlns='http://www.w3.org/1999/xhtml'><p{attributes}/></div></text>"))
    };
    assert!(parse(div(ATTRIBUTES_MAX).as_bytes(), &Few).is_ok());
    assert_eq!(refused(div(ATTRIBUTES_MAX + 1)).0, Code::MalformedXml);
}
