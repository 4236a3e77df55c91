//! What does a scenario say?
//!
//! Scenarios are Markdown: a heading that is a sentence about behaviour, prose, and pairs of `http` blocks,
//! a request and the answer that is expected. `scenarios/README.md` describes the form for writers; here
//! it is read, and whatever it does not describe is refused, so that no scenario is passed over.

/// Names and values of headers, in their order.
pub type Headers = Vec<(String, String)>;

/// One promise, told as an example.
#[derive(Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The promise, in a sentence.
    pub heading: String,
    /// Where it stands, from 1.
    pub line: usize,
    /// What is asked and answered, in order.
    pub exchanges: Vec<Exchange>,
}

/// A request and the answer to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What is sent.
    pub request: Request,
    /// What must come back.
    pub expected: Expected,
}

/// What is sent, with names of captures still in braces.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// Where it stands, from 1.
    pub line: usize,
    /// How its text becomes bytes.
    pub options: Options,
    /// Method and target; of a raw request the whole text.
    pub head: String,
    /// Names and values as written.
    pub headers: Headers,
    /// Whatever follows the first empty line.
    pub body: String,
}

/// How a request's text becomes bytes; all of it stands behind `http` on the fence.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The text is the request, byte for byte.
    pub raw: bool,
    /// The body goes out in chunks, without a length.
    pub chunked: bool,
    /// The body is made, because it is too large or too odd to be written down.
    pub generated: Option<String>,
    /// The body is compressed in this coding.
    pub compressed: Option<String>,
}

/// What must come back.
#[derive(Debug, PartialEq, Eq)]
pub struct Expected {
    /// Where it stands, from 1.
    pub line: usize,
    /// The status code.
    pub status: u16,
    /// Headers by name and pattern.
    pub headers: Headers,
    /// How the body is compared.
    pub comparison: Comparison,
    /// What the body is compared with; nothing means that any body will do.
    pub body: String,
}

/// How a body is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// As partial JSON if that is what is expected, else line by line.
    #[default]
    Usual,
    /// Each line occurs, in order, white space aside.
    Text,
    /// The body is this text, character for character.
    Exact,
}

/// An `http` block between its fences.
struct Block {
    line: usize,
    options: Vec<String>,
    lines: Vec<String>,
}

/// Reads all scenarios of a file.
pub fn parse(markdown: &str) -> Result<Vec<Scenario>, String> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    let mut asked: Option<Request> = None;
    let mut lines = markdown.lines().zip(1..);
    while let Some((text, line)) = lines.next() {
        if let Some(heading) = text.strip_prefix("## ") {
            refuse_unanswered(asked.as_ref())?;
            scenarios.push(Scenario { heading: heading.trim().to_owned(), line, exchanges: Vec::new() });
        } else if let Some(info) = text.strip_prefix("```") {
            let Some(block) = read_block(info, line, &mut lines)? else { continue };
            let scenario = scenarios.last_mut();
            let scenario =
                scenario.ok_or_else(|| format!("line {line}: a block before the first heading"))?;
            match (asked.take(), expected_status(&block)) {
                (None, None) => asked = Some(read_request(block)?),
                (Some(request), Some(status)) => {
                    scenario.exchanges.push(Exchange { request, expected: read_expected(block, status)? });
                }
                (None, Some(_)) => return Err(format!("line {line}: an answer that nobody asked for")),
                (Some(request), None) => refuse_unanswered(Some(&request))?,
            }
        }
    }
    refuse_unanswered(asked.as_ref())?;
    refuse_empty_and_alike(&scenarios)?;
    Ok(scenarios)
}

fn refuse_unanswered(asked: Option<&Request>) -> Result<(), String> {
    match asked {
        Some(request) => Err(format!("line {}: a request without its answer", request.line)),
        None => Ok(()),
    }
}

fn refuse_empty_and_alike(scenarios: &[Scenario]) -> Result<(), String> {
    for (place, scenario) in scenarios.iter().enumerate() {
        if scenario.exchanges.is_empty() {
            return Err(format!("line {}: a scenario without a request", scenario.line));
        }
        if scenarios[..place].iter().any(|earlier| earlier.heading == scenario.heading) {
            return Err(format!("line {}: a heading that stands in this file already", scenario.line));
        }
    }
    Ok(())
}

/// Reads on to the closing fence; blocks in other languages are prose.
fn read_block<'text>(
    info: &str,
    line: usize,
    lines: &mut impl Iterator<Item = (&'text str, usize)>,
) -> Result<Option<Block>, String> {
    let mut content = Vec::new();
    loop {
        match lines.next() {
            None => return Err(format!("line {line}: a block that is never closed")),
            Some((text, _)) if text.starts_with("```") => break,
            Some((text, _)) => content.push(text.to_owned()),
        }
    }
    let mut words = info.split_whitespace().map(str::to_owned);
    if words.next().as_deref() != Some("http") {
        return Ok(None);
    }
    Ok(Some(Block { line, options: words.collect(), lines: content }))
}

/// The status, if the block is an answer: its first line is nothing but a number.
fn expected_status(block: &Block) -> Option<u16> {
    block.lines.first()?.trim().parse().ok()
}

fn read_request(block: Block) -> Result<Request, String> {
    let line = block.line;
    let options = read_options(&block)?;
    if options.raw {
        let head = block.lines.join("\r\n") + "\r\n";
        return Ok(Request { line, options, head, headers: Vec::new(), body: String::new() });
    }
    let (head, headers, body) = split(block)?;
    if head.split_whitespace().count() != 2 {
        return Err(format!("line {line}: `{head}` is not a method and a target"));
    }
    if options.generated.is_some() && !body.is_empty() {
        return Err(format!("line {line}: a body beside one that is made"));
    }
    Ok(Request { line, options, head, headers, body })
}

fn read_options(block: &Block) -> Result<Options, String> {
    let mut options = Options::default();
    for option in &block.options {
        match option.split_once('=') {
            None if option == "raw" => options.raw = true,
            None if option == "chunked" => options.chunked = true,
            Some(("generated", what)) => options.generated = Some(what.to_owned()),
            Some(("compressed", coding)) => options.compressed = Some(coding.to_owned()),
            _ => return Err(format!("line {}: a request has no option `{option}`", block.line)),
        }
    }
    Ok(options)
}

fn read_expected(block: Block, status: u16) -> Result<Expected, String> {
    let line = block.line;
    let mut comparison = Comparison::Usual;
    for option in &block.options {
        comparison = match option.as_str() {
            "text" => Comparison::Text,
            "exact" => Comparison::Exact,
            _ => return Err(format!("line {line}: an answer has no option `{option}`")),
        };
    }
    let (_, headers, body) = split(block)?;
    Ok(Expected { line, status, headers, comparison, body })
}

/// First line, headers, and the body: behind an empty line, or at once where it shows what it is.
fn split(block: Block) -> Result<(String, Headers, String), String> {
    let mut lines = block.lines.into_iter();
    let first = lines.next().unwrap_or_default();
    let mut headers = Vec::new();
    let mut body = Vec::new();
    for text in lines.by_ref() {
        if text.is_empty() {
            break;
        }
        if text.starts_with(['{', '[', '<']) {
            body.push(text);
            break;
        }
        let Some((name, value)) = text.split_once(':') else {
            return Err(format!("line {}: `{text}` is not a header", block.line));
        };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    body.extend(lines);
    Ok((first.trim().to_owned(), headers, body.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows what was understood of a file, a line for each request and answer.
    fn check(markdown: &str, expected: &str) {
        let shown = match parse(markdown) {
            Err(complaint) => complaint,
            Ok(scenarios) => scenarios.iter().map(show).collect::<Vec<_>>().join("\n"),
        };
        assert_eq!(shown, expected);
    }

    fn show(scenario: &Scenario) -> String {
        let mut lines = vec![format!("{}: {}", scenario.line, scenario.heading)];
        for Exchange { request, expected } in &scenario.exchanges {
            lines.push(format!("{:?} {:?} {:?}", request.head, request.headers, request.body));
            lines.push(format!("{} {:?} {:?}", expected.status, expected.headers, expected.body));
        }
        lines.join("\n")
    }

    #[test]
    fn a_request_and_its_answer_are_read() {
        check(
            "# Chapter\n\n## It works\n\nProse.\n\n```http\nPUT /Patient/7\nIf-Match: W/\"1\"\n\n{ \"a\":\n\n1 }\n```\n\
             ```json\nprose too\n```\n```http\n200\nETag: W/\"2\"\n```\n",
            "3: It works\n\"PUT /Patient/7\" [(\"If-Match\", \"W/\\\"1\\\"\")] \"{ \\\"a\\\":\\n\\n1 }\"\n\
             200 [(\"ETag\", \"W/\\\"2\\\"\")] \"\"",
        );
    }

    #[test]
    fn a_body_that_shows_what_it_is_needs_no_empty_line() {
        check(
            "## A\n```http\nPUT /x\nA: b\n{\n\n}\n```\n```http\n200\n<empty>\n```",
            "1: A\n\"PUT /x\" [(\"A\", \"b\")] \"{\\n\\n}\"\n200 [] \"<empty>\"",
        );
    }

    #[test]
    fn a_raw_request_keeps_its_text() {
        check(
            "## A\n```http raw\nGET /x\nA b\n\n```\n```http\n400\n```",
            "1: A\n\"GET /x\\r\\nA b\\r\\n\\r\\n\" [] \"\"\n400 [] \"\"",
        );
    }

    #[test]
    fn what_the_form_does_not_describe_is_refused() {
        for (markdown, complaint) in [
            ("## A", "line 1: a scenario without a request"),
            ("```http\nGET /\n```", "line 1: a block before the first heading"),
            ("## A\n```http\nGET /\n```", "line 2: a request without its answer"),
            ("## A\n```http\nGET /\n```\n```http\nGET /\n```", "line 2: a request without its answer"),
            ("## A\n```http\n200\n```", "line 2: an answer that nobody asked for"),
            ("## A\n```http\nGET /", "line 2: a block that is never closed"),
            ("## A\n```http\nGET\n```", "line 2: `GET` is not a method and a target"),
            ("## A\n```http big\nGET /\n```", "line 2: a request has no option `big`"),
            ("## A\n```http\nGET /\nx\n```", "line 2: `x` is not a header"),
            ("## A\n```http generated=x\nPUT /\n\ny\n```", "line 2: a body beside one that is made"),
            ("## A\n```http\nGET /\n```\n```http raw\n200\n```", "line 5: an answer has no option `raw`"),
        ] {
            check(markdown, complaint);
        }
        let exchange = "```http\nGET /\n```\n```http\n200\n```\n";
        check(
            &format!("## A\n{exchange}## A\n{exchange}"),
            "line 8: a heading that stands in this file already",
        );
    }
}
