//! Which elements does an expression name?
//!
//! Nearly all expressions of search parameters are unions of plain paths: members, types of choices, and criteria of
//! a few forms (<https://hl7.org/fhir/R4/searchparameter-registry.html>). These are read here; whatever says
//! more is left to the engine of FHIRPath.

use model::Text;

use crate::limits::PATH_DEPTH_MAX;

/// A path that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// The type that it begins with; none where it begins with an element.
    pub(crate) start: Option<Text>,
    /// What follows.
    pub(crate) steps: Vec<Step>,
}

/// A step of a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the elements of this name.
    Member(Text),
    /// Only those of this type: `as`, `ofType`.
    Type(Text),
    /// Only those that meet a criterion.
    Guard(Guard),
}

/// A criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// A member holds this text: `where(system='phone')`, `extension('http://…')`.
    Text {
        /// The member.
        member: Text,
        /// What it must hold.
        text: Text,
    },
    /// It refers to a resource of this type: `where(resolve() is Patient)`.
    Target(Text),
}

/// The operands of the union that an expression is.
pub(crate) fn operands(expression: &str) -> Vec<&str> {
    let mut operands = Vec::new();
    let (mut start, mut depth, mut quote, mut is_escaped) = (0, 0_u32, None, false);
    for (place, letter) in expression.char_indices() {
        match (quote, letter) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), _) => quote = quote.filter(|_| letter != open),
            (None, '\'' | '`' | '"') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '|') if depth == 0 => {
                operands.push(expression[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    operands.push(expression[start..].trim());
    operands
}

/// Whether an operand has an operator that binds less than the union around it, so that it is none.
pub(crate) fn is_compound(operand: &str) -> bool {
    let mut outside = String::new();
    let (mut depth, mut quote) = (0_u32, None);
    for letter in operand.chars() {
        match (quote, letter) {
            (Some(open), _) => quote = quote.filter(|_| letter != open),
            (None, '\'' | '`' | '"') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 => outside.push(letter),
            _ => {}
        }
    }
    outside.contains(['=', '~', '<', '>']) || outside.split_whitespace().any(|word| LOOSE.contains(&word))
}

/// Words that bind less than `|`: <https://hl7.org/fhirpath/N1/#operator-precedence>.
const LOOSE: &[&str] = &["and", "or", "xor", "implies", "in", "contains"];

/// The first name in an expression, which may be that of a type.
pub(crate) fn first_name(expression: &str) -> &str {
    let rest = expression.trim_start_matches(|letter: char| letter == '(' || letter.is_whitespace());
    &rest[..name_length(rest)]
}

/// Reads an expression; none when it is more than a path.
pub(crate) fn parse(expression: &str) -> Option<Path> {
    let mut reader = Reader { rest: expression };
    let path = reader.path(0)?;
    reader.rest.trim().is_empty().then_some(path)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn path(&mut self, depth: usize) -> Option<Path> {
        let mut path = self.first(depth)?;
        while self.takes(".") {
            self.step(&mut path.steps)?;
        }
        Some(path)
    }

    /// A name, or a path in parentheses that may say the type of its end.
    fn first(&mut self, depth: usize) -> Option<Path> {
        if !self.takes("(") {
            let begins_upper = self.rest.trim_start().starts_with(|first: char| first.is_ascii_uppercase());
            if begins_upper {
                return Some(Path { start: Some(self.name()?.into()), steps: Vec::new() });
            }
            let mut steps = Vec::new();
            self.step(&mut steps)?;
            return Some(Path { start: None, steps });
        }
        if depth == PATH_DEPTH_MAX {
            return None;
        }
        let mut path = self.path(depth + 1)?;
        if !self.takes(")") {
            let word = self.name()?;
            (word == "as").then_some(())?;
            path.steps.push(Step::Type(self.type_name()?));
            self.takes(")").then_some(())?;
        }
        Some(path)
    }

    /// A member or a function that is a step, or two as `extension` is.
    fn step(&mut self, steps: &mut Vec<Step>) -> Option<()> {
        let name = self.name()?;
        if !self.takes("(") {
            steps.push(Step::Member(name.into()));
            return Some(());
        }
        match name {
            "as" | "ofType" => steps.push(Step::Type(self.type_name()?)),
            "where" => steps.push(Step::Guard(self.criterion()?)),
            "extension" => {
                steps.push(Step::Member("extension".into()));
                steps.push(Step::Guard(Guard::Text { member: "url".into(), text: self.text()?.into() }));
            }
            _ => return None,
        }
        self.takes(")").then_some(())
    }

    fn criterion(&mut self) -> Option<Guard> {
        let name = self.name()?;
        if name == "resolve" {
            (self.takes("(") && self.takes(")") && self.name()? == "is").then_some(())?;
            return Some(Guard::Target(self.type_name()?));
        }
        self.takes("=").then_some(())?;
        Some(Guard::Text { member: name.into(), text: self.text()?.into() })
    }

    /// A type without a namespace.
    fn type_name(&mut self) -> Option<Text> {
        let name = self.name()?;
        (!self.rest.starts_with('.')).then(|| name.into())
    }

    fn name(&mut self) -> Option<&'t str> {
        self.rest = self.rest.trim_start();
        let (name, rest) = self.rest.split_at(name_length(self.rest));
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    /// A string without escapes.
    fn text(&mut self) -> Option<&'t str> {
        let (text, rest) = self.rest.trim_start().strip_prefix('\'')?.split_once('\'')?;
        self.rest = rest;
        (!text.contains('\\')).then_some(text)
    }

    fn takes(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

/// How many bytes of a text are the name that it begins with.
fn name_length(text: &str) -> usize {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let length = text.bytes().take_while(|byte| is_part(*byte)).count();
    if text.starts_with(|first: char| first.is_ascii_digit()) { 0 } else { length }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path in a line: `Type/member/:Type/[criterion]`.
    fn check(expression: &str, expected: &str) {
        let shown = parse(expression).map_or_else(|| "more".to_owned(), |path| shown(&path));
        assert_eq!(shown, expected, "{expression}");
    }

    fn shown(path: &Path) -> String {
        let steps = path.steps.iter().map(|step| match step {
            Step::Member(name) => name.to_string(),
            Step::Type(name) => format!(":{name}"),
            Step::Guard(Guard::Text { member, text }) => format!("[{member}={text}]"),
            Step::Guard(Guard::Target(name)) => format!("[{name}]"),
        });
        let start = path.start.iter().map(ToString::to_string);
        start.chain(steps).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn a_path_is_read_in_all_its_forms() {
        check("Patient.name.family", "Patient/name/family");
        check("id", "id");
        check("Observation", "Observation");
        check("(Observation.value as CodeableConcept).text", "Observation/value/:CodeableConcept/text");
        check("Condition.onset.as(Age)", "Condition/onset/:Age");
        check("(value as Quantity)", "value/:Quantity");
        check("a.b.ofType(Reference)", "a/b/:Reference");
        check("Patient.telecom.where(system = 'phone')", "Patient/telecom/[system=phone]");
        check("Encounter.subject.where(resolve() is Patient)", "Encounter/subject/[Patient]");
        check("A.extension('http://e/x').value", "A/extension/[url=http://e/x]/value");
        check("extension('http://e/x')", "extension/[url=http://e/x]");
        check(" ( ( A.b ) . c ) ", "A/b/c");
    }

    #[test]
    fn what_is_more_than_a_path_is_left_to_the_engine() {
        for expression in [
            "",
            "Patient.deceased.exists() and Patient.deceased != false",
            "Bundle.entry[0].resource",
            "%resource.referenceSeq.chromosome",
            "item.where(hasExtension('x')).answer",
            "a.where(b = 'c' and d = 'e')",
            r"a.where(b = 'it\'s')",
            "a.where(b = 1)",
            "a | b",
            "value.as(System.String)",
            "`a`.b",
            "a.",
            "a b",
            "(a as )",
            "(a.b",
            "(a is Quantity)",
            "1.b",
            "$this",
            "'text'",
        ] {
            check(expression, "more");
        }
        check(&"(".repeat(100_000), "more");
    }

    #[test]
    fn a_union_is_parted_where_no_bracket_or_quote_is_open() {
        assert_eq!(operands("a.b|c | (d | e).f"), ["a.b", "c", "(d | e).f"]);
        assert_eq!(operands("a.where(b = '|') | `|`"), ["a.where(b = '|')", "`|`"]);
        assert_eq!(operands(r"'\'|' | b"), [r"'\'|'", "b"]);
        assert_eq!(operands(""), [""]);
        assert!(is_compound("a.exists() and b") && is_compound("a=b") && is_compound("(a) or b"));
        assert!(
            !is_compound("a.where(b = 'c' and d)") && !is_compound("a.band") && !is_compound("'a and b'")
        );
        assert_eq!(first_name("((Observation.value as Quantity))"), "Observation");
        assert_eq!(first_name("%resource.id"), "");
    }
}
