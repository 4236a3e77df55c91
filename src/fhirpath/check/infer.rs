//! What does each part of an expression yield?
//!
//! One walk over the syntax, with what `$this` and `$total` hold. Where types are abstract or unknown, everything may
//! come.

use crate::check::Complaint;
use crate::check::functions::{self, Asks, Gives, Signature};
use crate::check::kind::{Of, System, Yields, is_a, is_structure, name, system_of};
use crate::check::view::{View, is_other_literal, view};
use crate::syntax::Syntax;
use crate::types::{Kind, TypeId, Types};

/// Types that stand for others: what they do not have, the others may.
const ABSTRACT: [&str; 4] = ["Resource", "DomainResource", "Element", "BackboneElement"];

struct Inference<'t> {
    types: &'t dyn Types,
    complaints: Vec<Complaint>,
}

/// What an expression stands in.
#[derive(Clone)]
struct Scope {
    this: Yields,
    root: TypeId,
}

/// What the syntax yields on an item of `context_type`, or all that is wrong with it.
pub(super) fn infer(
    syntax: &Syntax,
    context_type: TypeId,
    types: &dyn Types,
) -> Result<Yields, Vec<Complaint>> {
    let mut inference = Inference { types, complaints: Vec::new() };
    let scope = Scope { this: Yields::one(Of::Fhir(context_type)), root: context_type };
    let yields = inference.infer(syntax, &scope);
    if inference.complaints.is_empty() { Ok(yields) } else { Err(inference.complaints) }
}

impl Inference<'_> {
    fn infer(&mut self, syntax: &Syntax, scope: &Scope) -> Yields {
        match view(syntax) {
            View::Empty => Yields::empty(),
            View::Literal(system) => Yields::one(Of::System(system)),
            View::This => scope.this.clone(),
            View::Index => Yields::system(System::Integer),
            View::Total => Yields::anything(),
            View::Variable(name) => variable(name, scope),
            View::Member { input: None, name } => self.first_member(name, scope),
            View::Member { input: Some(input), name } => {
                let input = self.infer(input, scope);
                self.member(&input, name)
            }
            View::Call { input, name, arguments } => {
                let input = input.map_or_else(|| scope.this.clone(), |input| self.infer(input, scope));
                self.call(input, name, arguments, scope)
            }
            View::Indexer { input, index } => {
                let input = self.infer(input, scope);
                self.infer(index, scope);
                self.need_order(&input, "[]");
                Yields { least: 0, repeats: false, ordered: true, ..input }
            }
            View::Sign(operand) => {
                let operand = self.infer(operand, scope);
                self.need_value(&operand, "-");
                self.value_of(operand)
            }
            View::Binary { operator, left, right } => self.binary(operator, left, right, scope),
            View::Is { value, name } => {
                let value = self.infer(value, scope);
                self.need_one(&value, "is");
                self.of_type(value, &name);
                Yields::system(System::Boolean)
            }
            View::As { value, name } => {
                let value = self.infer(value, scope);
                self.need_one(&value, "as");
                self.of_type(value, &name)
            }
            View::OfType { value, name } => {
                let value = self.infer(value, scope);
                self.of_type(value, &name)
            }
        }
    }

    /// The first name of a path: an element, or the type of the context.
    fn first_member(&mut self, name: &str, scope: &Scope) -> Yields {
        let Some(named) =
            self.types.find(name).filter(|_| name.starts_with(|letter: char| letter.is_uppercase()))
        else {
            return self.member(&scope.this, name);
        };
        if is_a(scope.root, named, self.types) || is_a(named, scope.root, self.types) {
            return Yields::one(Of::Fhir(scope.root));
        }
        let root = self.types.name(scope.root);
        let message = format!("cannot begin with `{name}` on {root}, expected `{root}` or an element of it");
        self.complaints.push(Complaint { message, elsewhere: true });
        Yields::empty()
    }

    fn member(&mut self, input: &Yields, element: &str) -> Yields {
        let mut found =
            Yields { types: Vec::new(), least: 0, repeats: input.repeats, ordered: input.ordered };
        let mut refused = Vec::new();
        for of in &input.types {
            let before = found.types.len();
            let mut known = false;
            self.members_of(*of, element, &mut |of, repeats| {
                known = true;
                found.add(of);
                found.repeats |= repeats;
            });
            if !known && found.types.len() == before {
                refused.push(name(*of, self.types));
            }
        }
        // One type that has the element is enough: the others only yield nothing.
        if refused.len() == input.types.len() && !refused.is_empty() {
            self.complain(format!("cannot find the element `{element}` in {}", refused.join(", ")));
        }
        found
    }

    fn members_of(&self, of: Of, element: &str, found: &mut dyn FnMut(Of, bool)) {
        match of {
            Of::Any => found(Of::Any, true),
            Of::System(System::Type) if matches!(element, "name" | "namespace") => {
                found(Of::System(System::String), false);
            }
            Of::System(System::Quantity) if matches!(element, "value" | "unit") => found(Of::Any, false),
            Of::System(_) => {}
            Of::Fhir(type_id) => {
                let mut any = false;
                let mut take = |member: crate::types::Member| {
                    any = true;
                    found(member.type_id.map_or(Of::Any, Of::Fhir), member.repeats);
                };
                self.types.element(type_id, element, &mut take);
                if let (false, Kind::Primitive, Some(base)) =
                    (any, self.types.kind(type_id), self.types.find("Element"))
                {
                    self.types.element(base, element, &mut |member| {
                        found(member.type_id.map_or(Of::Any, Of::Fhir), member.repeats);
                    });
                } else if !any && ABSTRACT.contains(&self.types.name(type_id)) {
                    found(Of::Any, true);
                }
            }
        }
    }

    fn call(&mut self, input: Yields, function: &str, arguments: &[Syntax], scope: &Scope) -> Yields {
        let signature = functions::ALL.iter().find(|signature| signature.name == function);
        if let Some(signature) = signature {
            self.ask(&input, signature);
        }
        let given = self.arguments(&input, function, arguments, scope);
        signature.map_or_else(Yields::anything, |signature| self.give(input, signature.gives, given))
    }

    fn arguments(
        &mut self,
        input: &Yields,
        function: &str,
        arguments: &[Syntax],
        scope: &Scope,
    ) -> Vec<Yields> {
        let each = Scope { this: Yields { least: 1, repeats: false, ..input.clone() }, root: scope.root };
        let scope = if functions::FOR_EACH.contains(&function) { &each } else { scope };
        let given: Vec<_> = arguments.iter().map(|argument| self.infer(argument, scope)).collect();
        let truth = |of: Of| of == Of::System(System::Boolean) || !matches!(of, Of::System(_));
        match given.first() {
            Some(criterion) if function == "iif" && criterion.is_all(|of| !truth(of)) => {
                self.complain("cannot decide `iif` by a value that is no Boolean".to_owned());
            }
            _ => {}
        }
        given
    }

    fn ask(&mut self, input: &Yields, signature: &Signature) {
        match signature.asks {
            Asks::Any => {}
            Asks::One => self.need_one(input, signature.name),
            Asks::Value => self.need_value(input, signature.name),
            Asks::Order => self.need_order(input, signature.name),
        }
    }

    fn give(&self, input: Yields, gives: Gives, given: Vec<Yields>) -> Yields {
        match gives {
            Gives::System(system) => Yields::system(system),
            Gives::Systems(system) => Yields { repeats: true, ..Yields::system(system) },
            Gives::Input => input.some(),
            Gives::Sorted => Yields { ordered: true, ..input },
            Gives::OneOfInput => Yields { least: 0, repeats: false, ordered: true, ..input },
            Gives::ValueOfInput => self.value_of(input),
            Gives::Projection => {
                let projected = given.into_iter().next().unwrap_or_else(Yields::empty);
                let ordered = input.ordered && projected.ordered;
                Yields { least: 0, repeats: input.repeats || projected.repeats, ordered, ..projected }
            }
            Gives::Both => joined(input, given.into_iter().next().unwrap_or_else(Yields::empty), 0),
            Gives::Arguments(first) => {
                let repeats = given.iter().skip(first).any(|given| given.repeats);
                let all = given.into_iter().skip(first).fold(Yields::empty(), Yields::with);
                Yields { repeats, ..all }
            }
            Gives::Fhir(name) => {
                let of = self.types.find(name).map_or(Of::Any, Of::Fhir);
                Yields { repeats: true, ..Yields::maybe(of) }
            }
            Gives::Unordered => Yields { ordered: false, ..Yields::anything() },
        }
    }

    fn binary(&mut self, operator: &str, left: &Syntax, right: &Syntax, scope: &Scope) -> Yields {
        let before = self.complaints.len();
        let first = self.infer(left, scope);
        let middle = self.complaints.len();
        let second = self.infer(right, scope);
        match operator {
            "|" => {
                self.forgive(before, middle);
                joined(first, second, usize::from(is_other_literal(left, right)))
            }
            "+" | "-" | "*" | "/" | "div" | "mod" | "&" => self.arithmetic(operator, first, second),
            "<" | "<=" | ">" | ">=" => {
                self.need_value(&first, operator);
                self.need_value(&second, operator);
                Yields::system(System::Boolean)
            }
            _ => Yields::system(System::Boolean),
        }
    }

    fn arithmetic(&mut self, operator: &str, left: Yields, right: Yields) -> Yields {
        self.need_value(&left, operator);
        self.need_value(&right, operator);
        let is_one_of = |yields: &Yields, wanted: &[System]| {
            yields.is_all(|of| system_of(of, self.types).is_some_and(|system| wanted.contains(&system)))
        };
        let dates = [System::Date, System::DateTime, System::Time];
        if is_one_of(&left, &dates) && is_one_of(&right, &[System::Integer, System::Decimal, System::String])
        {
            self.complain(format!("cannot apply `{operator}` to a date and what is no Quantity"));
        }
        match operator {
            "&" => Yields::system(System::String),
            "div" | "mod" | "*" | "/" => Yields { repeats: false, ..Yields::maybe(Of::Any) },
            _ => self.value_of(left.some()),
        }
    }

    /// In a union each part may be for another type, as search parameters are written.
    fn forgive(&mut self, before: usize, middle: usize) {
        let right = self.complaints.split_off(middle);
        let left = self.complaints.split_off(before);
        let fits = |complaints: &[Complaint]| !complaints.iter().any(|complaint| complaint.elsewhere);
        let one_fits = fits(&left) || fits(&right);
        let kept = left.into_iter().chain(right).filter(|complaint| !(one_fits && complaint.elsewhere));
        self.complaints.extend(kept);
    }

    fn of_type(&mut self, input: Yields, type_name: &str) -> Yields {
        let (system, fhir) = match type_name.split_once('.') {
            Some(("System", name)) => (System::find(name), None),
            Some(("FHIR", name)) => (None, self.types.find(name)),
            _ => (System::find(type_name), self.types.find(type_name)),
        };
        // Another name in `System` is no mistake: nothing is of such a type.
        if system.is_none() && fhir.is_none() && !type_name.starts_with("System.") {
            self.complain(format!("cannot find the type `{type_name}`"));
            return Yields::anything();
        }
        let fits = |of: Of| match (of, fhir) {
            (Of::Any, _) => true,
            (Of::System(one), _) => system == Some(one),
            (Of::Fhir(one), Some(other)) => is_a(one, other, self.types) || is_a(other, one, self.types),
            (Of::Fhir(_), None) => true,
        };
        let types = if input.types.iter().any(|of| fits(*of)) {
            fhir.map(Of::Fhir).into_iter().chain(system.map(Of::System)).collect()
        } else {
            Vec::new()
        };
        Yields { types, least: 0, ..input }
    }

    /// The System types that the items become where a value is needed.
    fn value_of(&self, input: Yields) -> Yields {
        let mut values = Yields { types: Vec::new(), least: 0, repeats: false, ordered: true };
        for of in input.types {
            values.add(system_of(of, self.types).map_or(Of::Any, Of::System));
        }
        values
    }

    fn need_one(&mut self, input: &Yields, name: &str) {
        if input.least > 1 {
            self.complain(format!("cannot apply `{name}` to several items, expected one"));
        }
    }

    fn need_value(&mut self, input: &Yields, operation: &str) {
        self.need_one(input, operation);
        if input.is_all(|of| is_structure(of, self.types)) {
            let names: Vec<_> = input.types.iter().map(|of| name(*of, self.types)).collect();
            self.complain(format!("cannot apply `{operation}` to {}, expected a value", names.join(", ")));
        }
    }

    fn need_order(&mut self, input: &Yields, name: &str) {
        if !input.ordered {
            self.complain(format!("cannot apply `{name}` to a collection without a defined order"));
        }
    }

    fn complain(&mut self, message: String) {
        self.complaints.push(Complaint { message, elsewhere: false });
    }
}

fn variable(name: &str, scope: &Scope) -> Yields {
    match name {
        "context" => Yields::one(Of::Fhir(scope.root)),
        "ucum" | "sct" | "loinc" => Yields::one(Of::System(System::String)),
        _ => Yields::anything(),
    }
}

/// The items of both; `distinct` more than the first surely has.
fn joined(first: Yields, second: Yields, distinct: usize) -> Yields {
    let least = std::cmp::max(first.least, second.least) + distinct;
    let repeats = !first.types.is_empty() && !second.types.is_empty() || first.repeats || second.repeats;
    let ordered = first.ordered && second.ordered;
    Yields { least, repeats, ordered, ..first.with(second) }
}
