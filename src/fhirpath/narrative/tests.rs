//! Is safe XHTML told from what is not safe, or none?

use super::*;

/// What is found in a narrative: its complaint, or its links, its anchors, and whether it is empty.
fn check(div: &str, expected: &str) {
    let found = match read(div) {
        Err(wrong) => wrong,
        Ok(Narrative { has_content, links, anchors }) => {
            let empty = if has_content { "" } else { " empty" };
            format!("ok {} > {}{empty}", links.join(" "), anchors.join(" "))
        }
    };
    assert!(found.contains(expected), "{div}: {found}");
}

#[test]
fn a_name_is_known_as_a_whole() {
    assert!(is_element("blockquote") && !is_element("blockquotes") && !is_element("blockquot"));
    assert!(is_attribute("xml:lang") && !is_attribute("xml") && !is_attribute("onclick"));
    assert!(!is_element("") && !is_element("script") && !is_attribute(""));
}

#[test]
fn an_end_is_found_wherever_it_stands() {
    let text = "0123456789 abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP";
    for (place, byte) in text.bytes().enumerate() {
        assert_eq!(until(text, byte, b'#').0, place);
        let (_, is_noted) = until(text, b'#', byte);
        assert!(is_noted, "{place}");
    }
    assert_eq!(until(text, b'#', b'#'), (text.len(), false));
    assert_eq!(until("", b'#', b'#'), (0, false));
    assert_eq!(until("é=#é", b'#', b'&'), (3, false));
}

#[test]
fn plain_markup_is_allowed() {
    check(
        r#"<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">a &amp; b<br/></p><!-- c --></div>"#,
        "ok  > ",
    );
    check(r#" <div><a href="http://a.org">a</a> <img src='#i' alt=""/></div> "#, "ok");
    check("<div ><p\n title = 'a > b'\t>&#233;</p ></div\n>", "ok");
}

#[test]
fn active_content_is_refused() {
    check("<div><script>x</script></div>", "`script`");
    check(r#"<div onclick="x"></div>"#, "`onclick`");
    check(r#"<div><a href=" java&#115;cript:x">a</a></div>"#, "active");
    check(r#"<div><a href="&#106;avascript:x">a</a></div>"#, "active");
    check(r#"<div><a href="javascript&colon;x">a</a></div>"#, "active");
    check(r#"<div><a href="Patient?a=b&amp;c=d">a</a></div>"#, "ok");
    check(r##"<div><a href="#a&amp;b">a</a></div>"##, "ok");
    check(r#"<div><a href=" Java	script:x">a</a></div>"#, "active");
    check(r#"<div style="width: Expression (1)">a</div>"#, "active");
    check(r#"<div title="javascript:x">a</div>"#, "ok");
    check(r#"<div><iframe src="x"/></div>"#, "`iframe`");
}

#[test]
fn an_attribute_stands_where_it_belongs() {
    check(r#"<div><td nowrap="a">a</td></div>"#, "ok");
    check(r#"<div><p nowrap="a">a</p></div>"#, "`nowrap` of `p`");
    check(r#"<div><p title="a < b">a</p></div>"#, "holds `<`");
    check(r#"<div><p title="a & b">a</p></div>"#, "`&`");
}

#[test]
fn links_and_what_they_may_lead_to_are_found() {
    check(r##"<div><a href="#a">a</a><p id="a"/><a name='b'/><a href="c"/></div>"##, "ok a > a b");
    check(r##"<div>href="#a" id="b"</div>"##, "ok  > ");
}

#[test]
fn content_is_text_or_an_image() {
    check("<div><p> </p></div>", "empty");
    check("<div> <b>a</b></div>", "ok  > ");
    assert!(read("<div><img src='a' alt='b'/></div>").is_ok_and(|found| found.has_content));
    assert!(read("<div>a</div>").is_ok_and(|found| found.has_content));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    check("<div><p></div>", "closes nothing");
    check("<div>", "does not end");
    check("<div></div><div></div>", "nothing beside");
    check("<div/>a", "behind the end");
    check("text", "behind the end");
    check("", "no `div`");
    check("<p/>", "begins with `div`");
    check("<div class=x/>", "quotes");
    check("<div class", "quotes");
    check("<div class='", "quotes");
    check("<div", "does not end");
    check("<div>a & b</div>", "`&`");
    check("<div><br></div>", "closes nothing");
    check("<div><!-- </div>", "comment");
    check(&"<div>".repeat(NARRATIVE_DEPTH_MAX + 1), "deeper");
}

#[test]
fn letters_of_any_alphabet_are_no_stumbling_block() {
    check("<div>é<é></é></div>", "`é`");
    check("<div é='1'>a</div>", "`é`");
    check("<div title='é' lang=é>a</div>", "quotes");
    check(&format!("<div><{}/></div>", "é".repeat(NARRATIVE_EXCERPT_BYTES_MAX)), "not allowed");
}
