//! What in a Rust file is code, what is comment, and what is text?
//!
//! Enough of the language's tokens to tell these apart; it understands no grammar.

/// A file taken apart; each part has the lines of the whole.
pub(super) struct Source {
    /// The code, with blanks where comments and the insides of literals stood.
    pub(super) code: String,
    /// The comments, with blanks where everything else stood.
    pub(super) comments: String,
    /// String literals with the line on which they begin, from 1.
    pub(super) strings: Vec<(usize, String)>,
}

/// A function with the lines of its body that hold code.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) body_lines: usize,
}

/// What a stretch of text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    String,
    Character,
}

pub(super) fn take_apart(text: &str) -> Source {
    let mut source = Source { code: String::new(), comments: String::new(), strings: Vec::new() };
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let (kind, length) = next_token(rest, source.code.chars().next_back());
        let (token, after) = rest.split_at(length);
        let blank: String =
            token.chars().map(|character| if character == '\n' { '\n' } else { ' ' }).collect();
        source.code.push_str(if kind == Kind::Code { token } else { &blank });
        source.comments.push_str(if kind == Kind::Comment { token } else { &blank });
        if kind == Kind::String {
            source.strings.push((line, literal(token).to_owned()));
        }
        line += token.matches('\n').count();
        rest = after;
    }
    source
}

/// The kind and length of what comes next; code goes character by character.
fn next_token(rest: &str, before: Option<char>) -> (Kind, usize) {
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment(rest));
    }
    let within_name = before.is_some_and(|before| before.is_alphanumeric() || before == '_');
    let prefix =
        ["br", "r", "b", "c", ""].into_iter().find(|prefix| rest.starts_with(prefix)).unwrap_or_default();
    let quoted = &rest[prefix.len()..];
    let hashes = quoted.len() - quoted.trim_start_matches('#').len();
    let is_raw = prefix.ends_with('r') && quoted[hashes..].starts_with('"');
    if is_raw && !within_name {
        let end = format!("\"{}", "#".repeat(hashes));
        let body = prefix.len() + hashes + 1;
        return (Kind::String, rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()));
    }
    if quoted.starts_with('"') && (prefix.is_empty() || !within_name) {
        return (Kind::String, prefix.len() + string(quoted));
    }
    if let Some(length) = character(rest) {
        return (Kind::Character, length);
    }
    (Kind::Code, first)
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let step = match &rest[at..] {
            here if here.starts_with("/*") => {
                depth += 1;
                2
            }
            here if here.starts_with("*/") => {
                depth -= 1;
                2
            }
            here => here.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a string in double quotes.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character in single quotes; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let end = match inner.strip_prefix('\\') {
        Some(escaped) => 2 + escaped.get(1..)?.find('\'')?,
        None => inner.chars().next()?.len_utf8(),
    };
    inner.get(end..)?.starts_with('\'').then_some(end + 2)
}

/// What stands between the quotes.
fn literal(token: &str) -> &str {
    let start = token.find('"').map_or(0, |quote| quote + 1);
    token[start..].trim_end_matches('#').strip_suffix('"').unwrap_or(&token[start..])
}

/// Every function with a body.
pub(super) fn functions(code: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name: String =
            code[at + 3..].chars().take_while(|next| next.is_alphanumeric() || *next == '_').collect();
        let before = code[..at].chars().next_back();
        let is_word = before.is_none_or(|before| !before.is_alphanumeric() && before != '_');
        if name.is_empty() || !is_word {
            continue;
        }
        if let Some(body) = body(&code[at..]) {
            let body_lines = body.lines().filter(|line| !line.trim().is_empty()).count();
            functions.push(Function { name, line: code[..at].matches('\n').count() + 1, body_lines });
        }
    }
    functions
}

/// What stands between the braces of a function; none if it is only declared.
fn body(code: &str) -> Option<&str> {
    let mut brackets = 0_usize;
    let start = code.char_indices().find_map(|(at, character)| {
        match character {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if brackets == 0 => return Some(None),
            '{' if brackets == 0 => return Some(Some(at + 1)),
            _ => {}
        }
        None
    })??;
    let mut depth = 1_usize;
    let end = code[start..].find(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    Some(&code[start..start + end])
}

#[test]
fn code_comments_and_texts_are_told_apart() {
    let source = take_apart(concat!(
        "let a = \"x // y\"; // z \"q\"\n/* m /* n */ o */ let b = r#\"c \"d\" { \"#;\n",
        "let e: &'a str = b\"f\\\"{\"; let g = ['{', '\\'', '\\u{7b}'];\n",
        "let bar\u{e9} = br\"h\";"
    ));
    assert_eq!(
        source.strings,
        [(1, "x // y"), (2, "c \"d\" { "), (3, "f\\\"{"), (4, "h")]
            .map(|(line, text)| (line, text.to_owned()))
    );
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(&source.comments), "// z \"q\" /* m /* n */ o */");
    assert_eq!(
        words(&source.code),
        "let a = ; let b = ; let e: &'a str = ; let g = [ , , ]; let bar\u{e9} = ;"
    );
    assert_eq!(source.code.matches('\n').count(), 3);
}

#[test]
fn functions_are_measured_by_the_lines_of_code_in_their_bodies() {
    let code = "trait T { fn declared(&self) -> [u8; 2]; }\nfn one() {}\npub fn two(f: fn(u8)) -> X {\n a {\n\n }\n}\n";
    let shown: Vec<_> = functions(code)
        .iter()
        .map(|function| format!("{} {} {}", function.name, function.line, function.body_lines))
        .collect();
    assert_eq!(shown, ["one 2 0", "two 3 2"]);
}
