//! Which texts does a narrative show?
//!
//! XHTML without its tags, <https://hl7.org/fhir/R4/narrative.html#xhtml>: what stands in one paragraph, cell or item is
//! one text, whatever is set off within it. Narratives of any form are read, since they may be stored as they came;
//! nothing here tells whether one is safe to show.

/// Elements within a line, which part no words.
const INLINE: [&str; 22] = [
    "a", "abbr", "acronym", "b", "bdo", "big", "cite", "code", "dfn", "em", "font", "i", "kbd", "q", "s",
    "samp", "small", "span", "strong", "sub", "sup", "tt",
];

/// Bytes of an entity without `&` and `;`; what is longer is none.
const ENTITY_BYTES_MAX: usize = 10;

/// Appends the texts of a narrative, none of which is empty.
pub(super) fn read(xhtml: &str, texts: &mut Vec<String>) {
    let mut reader = Reader { text: String::new(), texts };
    let mut rest = xhtml;
    while let Some(place) = rest.find(['<', '&']) {
        reader.text.push_str(&rest[..place]);
        rest = match &rest[place..] {
            tag if tag.starts_with('<') => reader.tag(tag),
            entity => reader.entity(entity),
        };
    }
    reader.text.push_str(rest);
    reader.end();
}

struct Reader<'t> {
    text: String,
    texts: &'t mut Vec<String>,
}

impl Reader<'_> {
    /// Reads the tag or comment that `text` begins with, and returns what follows it.
    fn tag<'x>(&mut self, text: &'x str) -> &'x str {
        let inside = &text[1..];
        for (opening, closing) in [("!--", "-->"), ("![CDATA[", "]]>")] {
            if let Some(content) = inside.strip_prefix(opening) {
                let (content, rest) = content.split_once(closing).unwrap_or((content, ""));
                if opening != "!--" {
                    self.text.push_str(content);
                }
                return rest;
            }
        }
        let (tag, rest) = inside.split_once('>').unwrap_or((inside, ""));
        let name = tag.trim_start_matches('/');
        let name = name.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "br" => self.text.push(' '),
            name if INLINE.contains(&name) => {}
            _ => self.end(),
        }
        rest
    }

    /// Reads the entity that `text` begins with, and returns what follows it.
    fn entity<'x>(&mut self, text: &'x str) -> &'x str {
        let inside = &text[1..];
        let is_name = |name: &str| {
            name.len() <= ENTITY_BYTES_MAX && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'#')
        };
        let named = inside.split_once(';').filter(|(name, _)| is_name(name));
        let Some((name, rest)) = named else {
            self.text.push('&');
            return inside;
        };
        // Others are not defined in XHTML within JSON or XML, and part words like the space that most are for.
        self.text.push(letter(name).unwrap_or(' '));
        rest
    }

    /// Takes what was read as a text.
    fn end(&mut self) {
        let text = self.text.trim();
        if !text.is_empty() {
            self.texts.push(text.to_owned());
        }
        self.text.clear();
    }
}

fn letter(entity: &str) -> Option<char> {
    let number = entity.strip_prefix('#').map(|number| match number.strip_prefix(['x', 'X']) {
        Some(number) => u32::from_str_radix(number, 16),
        None => number.parse(),
    });
    match (number, entity) {
        (Some(number), _) => number.ok().and_then(char::from_u32),
        (None, "lt") => Some('<'),
        (None, "gt") => Some('>'),
        (None, "amp") => Some('&'),
        (None, "quot") => Some('"'),
        (None, "apos") => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xhtml: &str, expected: &str) {
        let mut texts = Vec::new();
        read(xhtml, &mut texts);
        assert_eq!(texts.join("|"), expected, "{xhtml}");
    }

    #[test]
    fn what_is_shown_is_read_paragraph_by_paragraph() {
        check("<div>Chest pain</div>", "Chest pain");
        check("<div><p>Chest</p><p>pain</p></div>", "Chest|pain");
        check("<table><tr><td>a</td><td>b c</td></tr></table>", "a|b c");
        check("<p>H<sub>2</sub>O <B>now</B></p>", "H2O now");
        check("<p>chest<br/>pain<hr/>end</p>", "chest pain|end");
        check("<p title=\"fever\">a</p><img alt='b'/>", "a");
        check("", "");
        check(" <div> </div> ", "");
    }

    #[test]
    fn entities_are_what_they_stand_for() {
        check("5 &lt; 6 &amp; 7", "5 < 6 & 7");
        check("f&#xe9;ver &#233;t&eacute;", "féver ét");
        check("a&nbsp;b&#x110000;c", "a b c");
        check("R&D and Q&A; &", "R&D and Q  &");
    }

    #[test]
    fn what_is_not_well_formed_is_read_as_far_as_it_goes() {
        check("a < b", "a");
        check("<p>a<!-- b -->c", "ac");
        check("a<!-- b", "a");
        check("<![CDATA[a<b]]>c", "a<bc");
        check("&#;<>x</", "x");
        check("&abcdefghijklmnop;", "&abcdefghijklmnop;");
    }
}
