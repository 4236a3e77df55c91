//! What does a kit know of its guide?
//!
//! `metadata.yml` is written by one program and uses little of YAML: blocks, plain and quoted scalars, anchors. It is
//! read as a tree of objects, arrays and texts; the colon in front of a name says nothing and is left out.
//! <https://yaml.org/spec/1.2.2/>

use std::collections::HashMap;

use model::{Object, Value};

/// Reads a document.
pub(crate) fn parse(text: &str) -> Value {
    let lines = text.lines().filter(|line| *line != "---" && !line.trim().is_empty());
    let lines = lines.map(|line| {
        let content = line.trim_start();
        Line { indent: line.len() - content.len(), content: content.to_owned() }
    });
    let mut reader = Reader { lines: lines.collect(), next: 0, anchors: HashMap::new() };
    reader.block(0)
}

struct Line {
    indent: usize,
    content: String,
}

struct Reader {
    lines: Vec<Line>,
    next: usize,
    anchors: HashMap<String, Value>,
}

impl Reader {
    /// The block that begins at the next line and is indented so.
    fn block(&mut self, indent: usize) -> Value {
        match self.lines.get(self.next) {
            Some(line) if is_item(&line.content) => self.items(indent),
            _ => self.members(indent),
        }
    }

    fn items(&mut self, indent: usize) -> Value {
        let mut items = Vec::new();
        while let Some(line) = self.lines.get_mut(self.next)
            && line.indent == indent
            && is_item(&line.content)
        {
            let content = line.content[1..].trim_start().to_owned();
            let inner = indent + line.content.len() - content.len();
            if is_item(&content) || member(&content).is_some() {
                (line.indent, line.content) = (inner, content);
                items.push(self.block(inner));
            } else {
                self.next += 1;
                items.push(self.scalar(content, indent));
            }
        }
        Value::Array(items)
    }

    fn members(&mut self, indent: usize) -> Value {
        let mut object = Object::new();
        while let Some(line) = self.lines.get(self.next)
            && line.indent == indent
            && let Some((name, rest)) = member(&line.content)
        {
            let (name, rest) = (name.to_owned(), rest.to_owned());
            self.next += 1;
            let value = self.value(rest, indent);
            object.set(&name, value);
        }
        Value::Object(object)
    }

    /// What stands behind a name: something on its line, or a block below it.
    fn value(&mut self, rest: String, indent: usize) -> Value {
        if let Some(anchored) = rest.strip_prefix('&') {
            let (anchor, rest) = anchored.split_once(' ').unwrap_or((anchored, ""));
            let (anchor, rest) = (anchor.to_owned(), rest.to_owned());
            let value = self.value(rest, indent);
            self.anchors.insert(anchor, value.clone());
            return value;
        }
        if !rest.is_empty() {
            return self.scalar(rest, indent);
        }
        match self.lines.get(self.next) {
            Some(line) if line.indent > indent || (line.indent == indent && is_item(&line.content)) => {
                self.block(line.indent)
            }
            _ => Value::Null,
        }
    }

    /// A scalar with the lines on which it goes on.
    fn scalar(&mut self, mut text: String, indent: usize) -> Value {
        while let Some(line) = self.lines.get(self.next).filter(|line| line.indent > indent) {
            text = format!("{text} {}", line.content);
            self.next += 1;
        }
        if let Some(anchor) = text.strip_prefix('*') {
            return self.anchors.get(anchor).cloned().unwrap_or(Value::Null);
        }
        match text.as_str() {
            "[]" => Value::Array(Vec::new()),
            "{}" => Value::Object(Object::new()),
            _ => unquoted(&text).into(),
        }
    }
}

fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

/// Name and rest of a line that is a member.
fn member(content: &str) -> Option<(&str, &str)> {
    let (name, rest) = match content.strip_suffix(':') {
        Some(name) if !name.contains(' ') => (name, ""),
        _ => content.split_once(": ")?,
    };
    let name = name.strip_prefix(':').unwrap_or(name);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '$');
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name, rest.trim()))
}

fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::json;

    fn check(text: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&json::to_compact(&parse(text))), expected);
    }

    #[test]
    fn blocks_scalars_and_anchors_are_read() {
        check("---\n:a:\n- :b: c\n  :d: ''\n- http://e/f\n", r#"{"a":[{"b":"c","d":""},"http://e/f"]}"#);
        check(":a:\n  b: c d\n    e\n:f: []\n", r#"{"a":{"b":"c d e"},"f":[]}"#);
        check(":a: &1\n- x:y\n:b: *1\n:c: {}\n", r#"{"a":["x:y"],"b":["x:y"],"c":{}}"#);
        check("- - 1\n  - 2\n- :a:\n", r#"[["1","2"],{"a":null}]"#);
    }
}
