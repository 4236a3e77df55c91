//! How is a page written so that nobody's text becomes part of it?
//!
//! Markup can only be a literal of the program; whatever else is written goes through the one escape there is, in text
//! and in attributes alike. <https://html.spec.whatwg.org/multipage/syntax.html>

/// Markup that holds nothing unescaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Begins with markup.
    pub(crate) fn of(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// Adds markup of the program's own; only a literal can be.
    pub(crate) fn raw(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Adds anyone's text.
    pub(crate) fn text(mut self, text: &str) -> Self {
        escape(text, &mut self.0);
        self
    }

    /// Adds an attribute with anyone's value to a tag that is open.
    pub(crate) fn attribute(mut self, name: &'static str, value: &str) -> Self {
        for part in [" ", name, "=\""] {
            self.0.push_str(part);
        }
        escape(value, &mut self.0);
        self.0.push('"');
        self
    }

    /// Adds what was written elsewhere.
    pub(crate) fn add(mut self, other: Html) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Adds an element around a text.
    pub(crate) fn element(self, open: &'static str, text: &str, close: &'static str) -> Self {
        self.raw(open).text(text).raw(close)
    }

    /// The markup.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(parts: I) -> Self {
        parts.into_iter().fold(Self::new(), Self::add)
    }
}

/// Writes text so that it is text in an element and in a quoted attribute.
fn escape(text: &str, page: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            // A browser may take it for a quote, or for the end of a tag.
            '`' => page.push_str("&#96;"),
            // Neither seen nor allowed; and what turns the direction of writing could dress one word up as another.
            '\t' | '\n' => page.push(' '),
            hidden if hidden.is_control() || is_direction(hidden) => page.push('\u{fffd}'),
            other => page.push(other),
        }
    }
}

/// Whether it turns the direction of what follows, beyond its own place.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that have broken out of other pages.
    const HOSTILE: &[&str] = &[
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onfocus='alert(1)' autofocus='",
        "</title><svg/onload=alert(1)>",
        "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
        "` onmouseover=alert(1)",
        "&lt;script&gt;",
        "<a href=\"javascript:alert(1)\">",
        "\u{0}<\u{0}script>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "{{constructor.constructor('alert(1)')()}}",
        "]]><script>",
    ];

    #[test]
    fn no_text_becomes_markup_in_an_element_or_an_attribute() {
        for hostile in HOSTILE {
            let page =
                Html::of("<p").attribute("title", hostile).raw(">").text(hostile).raw("</p>").into_string();
            let inside = page.strip_prefix("<p title=\"").and_then(|rest| rest.strip_suffix("</p>"));
            let (value, text) =
                inside.and_then(|rest| rest.split_once("\">")).expect("one attribute, one text");
            for part in [value, text] {
                assert!(!part.contains(['<', '>', '"', '\'', '`', '\0']), "{part}");
                let bare = part.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
                let bare = bare.replace("&quot;", "").replace("&#39;", "").replace("&#96;", "");
                assert!(!bare.contains('&'), "{part}");
            }
        }
    }

    #[test]
    fn text_is_read_as_it_was_meant() {
        let page = Html::new().element("<b>", "Müller & Søn, 愛 مريم", "</b>").into_string();
        assert_eq!(page, "<b>Müller &amp; Søn, 愛 مريم</b>");
        assert_eq!(Html::new().text("a\u{202e}b").into_string(), "a\u{fffd}b");
    }
}
