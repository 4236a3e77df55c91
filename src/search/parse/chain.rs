//! What do names with steps to other resources ask for?
//!
//! `subject:Patient.name` follows a reference, <https://hl7.org/fhir/R4/search.html#chaining>, and
//! `_has:Observation:patient:code` looks for those that refer, <https://hl7.org/fhir/R4/search.html#has>.

use fhir_profiles::Definitions;
use model::{Code, ResourceType};

use super::clause::{self, shown};
use super::refusal::{Force, Ground, Refusal};
use crate::catalogue::{Catalogue, Kind, Parameter};
use crate::condition::{Chain, Condition, Has};
use crate::limits::CHAIN_STEPS_MAX;

/// How the name of a step against a reference begins.
pub(super) const HAS: &str = "_has:";

/// What stands between two steps.
const STEP: char = '.';

/// What `name=value` asks of resources of a type.
pub(super) fn parse(
    name: &str,
    value: &str,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    let steps = name.matches(STEP).count() + name.matches(HAS).count();
    if steps > CHAIN_STEPS_MAX {
        let beginning: String = name.chars().take(60).collect();
        let message = format!(
            "`{beginning}…` has {steps} steps to other resources, and {CHAIN_STEPS_MAX} are the limit"
        );
        return Err(Refusal::limit(message));
    }
    along(name, value, resource_type, ground)
}

/// The same of a name whose steps are few enough.
fn along(
    name: &str,
    value: &str,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    if let Some(rest) = name.strip_prefix(HAS) {
        return has(rest, value, resource_type, ground);
    }
    let Some((step, rest)) = name.split_once(STEP) else {
        return clause::parse(&clause::Own::split(name), value, resource_type, ground);
    };
    let step = Step::of(step, resource_type, ground.surroundings.catalogue)?;
    step.follow(ground, &|target| along(rest, value, target, ground))
}

/// A reference that is followed.
pub(super) struct Step<'c> {
    parameter: &'c Parameter,
    candidates: Vec<ResourceType>,
    /// Whether the name says to which type.
    is_named: bool,
}

impl<'c> Step<'c> {
    /// The step that `subject` or `subject:Patient` takes from a type.
    pub(super) fn of(
        name: &str,
        resource_type: ResourceType,
        catalogue: &'c Catalogue,
    ) -> Result<Self, Refusal> {
        let own = clause::Own::split(name);
        let parameter = reference(own.code, resource_type, catalogue)?;
        let Some(type_name) = own.modifier else {
            let all = || Definitions::r4().resource_types().to_vec();
            let candidates = if parameter.targets.is_empty() { all() } else { parameter.targets.clone() };
            return Ok(Self { parameter, candidates, is_named: false });
        };
        let target = type_called(type_name)
            .map_err(|refusal| refusal.firmly())
            .and_then(|target| leads_to(parameter, target).map(|()| target))?;
        Ok(Self { parameter, candidates: vec![target], is_named: true })
    }

    /// The parameter of the reference.
    pub(super) fn parameter(&self) -> &'c Parameter {
        self.parameter
    }

    /// What is asked of each type that it may lead to. Where the name does not say to which, those are left out
    /// that do not understand what is asked, unless none does.
    pub(super) fn each<T>(
        &self,
        ground: &Ground<'_>,
        asked: &dyn Fn(ResourceType) -> Result<T, Refusal>,
    ) -> Result<Vec<(ResourceType, T)>, Refusal> {
        let mut understood = Vec::new();
        let mut complaint: Option<Refusal> = None;
        for target in &self.candidates {
            ground.spend()?;
            match asked(*target) {
                Ok(it) => understood.push((*target, it)),
                Err(refusal) if refusal.force == Force::Final => return Err(refusal),
                Err(refusal) => complaint = Some(graver(complaint, refusal)),
            }
        }
        match complaint {
            Some(refusal) if understood.is_empty() => Err(self.at_none(refusal)),
            _ => Ok(understood),
        }
    }

    pub(super) fn follow(
        &self,
        ground: &Ground<'_>,
        asked: &dyn Fn(ResourceType) -> Result<Condition, Refusal>,
    ) -> Result<Condition, Refusal> {
        let targets = self.each(ground, asked)?;
        Ok(Condition::Chain(Chain { parameter: self.parameter.id, targets }))
    }

    /// Says that a complaint concerns every type there is to follow to.
    fn at_none(&self, mut refusal: Refusal) -> Refusal {
        if !self.is_named && self.candidates.len() > 1 {
            let code = &self.parameter.code;
            refusal.issue.message = format!(
                "of no type that `{code}` may refer to is this understood: {}",
                refusal.issue.message
            );
        }
        refusal
    }
}

/// The one of two complaints that tells more: a parameter that is there and misused, over one that is not there.
fn graver(before: Option<Refusal>, refusal: Refusal) -> Refusal {
    match before {
        Some(before) if before.issue.code != Code::UnknownParameter => before,
        Some(before) if refusal.issue.code == Code::UnknownParameter => before,
        _ => refusal,
    }
}

/// What `_has:` followed by `rest` asks: `Observation:patient:code`.
fn has(
    rest: &str,
    value: &str,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    let mut parts = rest.splitn(3, ':');
    let (Some(type_name), Some(code), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        let message = format!(
            "`{HAS}{}` lacks a part: `{HAS}[type]:[reference]:[parameter]` is expected, \
             as in `{HAS}Observation:patient:code`",
            shown(rest)
        );
        return Err(Refusal::value(message).firmly());
    };
    let source = type_called(type_name)?;
    let parameter = reference(code, source, ground.surroundings.catalogue)?;
    leads_to(parameter, resource_type)?;
    ground.spend()?;
    let condition = Box::new(along(name, value, source, ground)?);
    Ok(Condition::Has(Has { resource_type: source, parameter: parameter.id, condition }))
}

/// The type of resources called `name`.
pub(super) fn type_called(name: &str) -> Result<ResourceType, Refusal> {
    let unknown = || Refusal::value(format!("`{}` is no resource type", shown(name)));
    Definitions::r4().resource_type(name).ok_or_else(unknown)
}

/// The parameter `code` of a type.
pub(super) fn find<'c>(
    code: &str,
    resource_type: ResourceType,
    catalogue: &'c Catalogue,
) -> Result<&'c Parameter, Refusal> {
    catalogue.find(resource_type, code).ok_or_else(|| Refusal::misnamed(code, resource_type))
}

/// The parameter `code` of a type, which must be a reference.
pub(super) fn reference<'c>(
    code: &str,
    resource_type: ResourceType,
    catalogue: &'c Catalogue,
) -> Result<&'c Parameter, Refusal> {
    let parameter = find(code, resource_type, catalogue)?;
    if parameter.kind == Kind::Reference {
        return Ok(parameter);
    }
    let type_name = resource_type.as_str();
    Err(Refusal::value(format!(
        "`{code}` of {type_name} is no reference, and only references lead elsewhere"
    )))
}

/// Whether a reference may lead to a type.
pub(super) fn leads_to(parameter: &Parameter, target: ResourceType) -> Result<(), Refusal> {
    if parameter.targets.is_empty() || parameter.targets.contains(&target) {
        return Ok(());
    }
    let (code, source) = (&parameter.code, parameter.resource_type.as_str());
    let names: Vec<_> = parameter.targets.iter().map(|it| it.as_str()).collect();
    let (target, names) = (target.as_str(), names.join(", "));
    Err(Refusal::value(format!("`{code}` of {source} never refers to {target}, only to {names}")))
}
