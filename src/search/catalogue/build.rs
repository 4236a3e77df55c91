//! How does a catalogue come from definitions?
//!
//! Each definition counts for the types that it names as `base`; of several for one type and code the one of the topmost
//! layer does: <https://hl7.org/fhir/R4/searchparameter.html>.

use std::collections::{BTreeMap, HashMap, HashSet};

use fhir_profiles::{Definitions, Registry, version};
use fhirpath::{TypeId, Types as _};
use model::ResourceType;

use super::chain::is_a;
use super::complaints::Complaints;
use super::composite::Draft;
use super::definition::{self, Definition};
use super::fingerprint::Fingerprints;
use super::plan::{Composite, Plan, Rest, Selection};
use super::tree::{Tree, Wish};
use super::{Catalogue, Component, Kind, Parameter};
use crate::compartments;
use crate::rows::ParameterId;

/// Parameters whose values are stored with every resource and not as rows.
const STORED: &[&str] = &["_id", "_lastUpdated"];

/// Compiles all parameters of a registry.
pub(super) fn catalogue(registry: &Registry) -> Catalogue {
    let mut complaints = Complaints::default();
    let definitions = read(registry, &mut complaints);
    let chosen = choose(&definitions, &mut complaints);
    let mut urls = HashMap::new();
    for (_, definition) in &definitions {
        urls.insert(definition.url.as_str(), definition);
    }
    let resource_types = Definitions::r4().resource_types();
    let of_type = |it: &ResourceType| chosen.get(it).map_or(&[][..], Vec::as_slice);
    let mut fingerprints = Fingerprints::default();
    resource_types.iter().for_each(|it| fingerprints.add(*it, of_type(it), &urls));
    let mut builder = Builder { urls, complaints, taken: HashSet::new(), parameters: Vec::new() };
    let mut plans = Vec::with_capacity(resource_types.len());
    for resource_type in resource_types {
        if let Some(plan) = builder.plan(*resource_type, of_type(resource_type)) {
            plans.push((*resource_type, plan));
        }
    }
    let Builder { parameters, complaints, .. } = builder;
    let ids = parameters.iter().enumerate().map(|(place, parameter)| (parameter.id, place)).collect();
    let compartments = compartments::read(registry);
    Catalogue { parameters, ids, plans, fingerprints, compartments, complaints: complaints.into_texts() }
}

/// The definitions with the numbers of their layers.
fn read(registry: &Registry, complaints: &mut Complaints) -> Vec<(usize, Definition)> {
    let mut definitions = Vec::new();
    for (layer, entries) in registry.layers().iter().enumerate() {
        for entry in entries.of_type("SearchParameter") {
            match definition::read(&entry.resource()) {
                Ok(Some(definition)) => definitions.push((layer, definition)),
                Ok(None) => {}
                Err(why) => complaints.add(&entry.url, why),
            }
        }
    }
    definitions
}

/// For each type the definitions that count, by code.
fn choose<'d>(
    definitions: &'d [(usize, Definition)],
    complaints: &mut Complaints,
) -> BTreeMap<ResourceType, Vec<&'d Definition>> {
    let mut chosen: BTreeMap<ResourceType, BTreeMap<&str, &(usize, Definition)>> = BTreeMap::new();
    for one in definitions {
        let (layer, definition) = one;
        for resource_type in types_of(definition, complaints) {
            let codes = chosen.entry(resource_type).or_default();
            match codes.get(definition.code.as_str()) {
                Some((known_layer, known)) if known_layer == layer && known.url != definition.url => {
                    let why = format!("`{}` of the same package defines `{}`, too", known.url, known.code);
                    complaints.add_for(&definition.url, resource_type, why);
                }
                Some((known_layer, known))
                    if known_layer == layer
                        && version::compare(&known.version, &definition.version).is_gt() => {}
                _ => drop(codes.insert(&definition.code, one)),
            }
        }
    }
    let by_code =
        |codes: BTreeMap<_, &'d (usize, Definition)>| codes.into_values().map(|(_, it)| it).collect();
    chosen.into_iter().map(|(resource_type, codes)| (resource_type, by_code(codes))).collect()
}

/// The types of resources that a definition counts for.
fn types_of(definition: &Definition, complaints: &mut Complaints) -> Vec<ResourceType> {
    let types = Definitions::r4();
    let mut found = Vec::new();
    for base in &definition.bases {
        match types.resource_type(base) {
            Some(resource_type) => found.push(resource_type),
            None if matches!(base.as_str(), "Resource" | "DomainResource") => {
                let fits = |it: &&ResourceType| types.find(it.as_str()).is_some_and(|it| is_a(it, base));
                found.extend(types.resource_types().iter().filter(fits));
            }
            None => {
                let why = format!("its `base` is `{base}`, expected a type of resources");
                complaints.add(&definition.url, why);
            }
        }
    }
    found
}

/// What is needed while types are compiled one after the other.
struct Builder<'d> {
    urls: HashMap<&'d str, &'d Definition>,
    complaints: Complaints,
    taken: HashSet<ParameterId>,
    parameters: Vec<Parameter>,
}

/// What the parameters of a type select that are no composites, by code.
type Selections<'d> = HashMap<&'d str, (Kind, Selection)>;

impl Builder<'_> {
    fn plan(&mut self, resource_type: ResourceType, definitions: &[&Definition]) -> Option<Plan> {
        let type_id = Definitions::r4().find(resource_type.as_str())?;
        let mut plan =
            Plan { type_id, tree: Tree::new(type_id), composites: Vec::new(), rest: Vec::new(), slots: 0 };
        let mut selections = HashMap::new();
        for definition in definitions.iter().filter(|it| it.kind != Kind::Composite) {
            match Selection::values(&definition.expression, type_id) {
                Ok(selection) => {
                    drop(selections.insert(definition.code.as_str(), (definition.kind, selection)))
                }
                Err(why) => self.complaints.add_for(&definition.url, resource_type, why),
            }
        }
        for definition in definitions {
            if definition.kind == Kind::Composite {
                match self.composite(definition, (resource_type, type_id), &selections) {
                    Ok(draft) => self.add_composite(definition, resource_type, draft, &mut plan),
                    Err(why) => self.complaints.add_for(&definition.url, resource_type, why),
                }
            } else if let Some((_, selection)) = selections.get_mut(definition.code.as_str()) {
                self.add_single(definition, resource_type, selection, &mut plan);
            }
        }
        Some(plan)
    }

    /// The place of a new parameter; none when rows would take it for another.
    fn add(
        &mut self,
        definition: &Definition,
        resource_type: ResourceType,
        components: Vec<Component>,
    ) -> Option<usize> {
        let Definition { url, code, kind, targets, .. } = definition;
        let parameter = Parameter {
            id: ParameterId::of(resource_type.as_str(), code),
            resource_type,
            code: code.clone(),
            url: url.clone(),
            kind: *kind,
            targets: targets.clone(),
            components,
        };
        let ids: Vec<_> = parameter.ids().collect();
        if ids.iter().any(|id| self.taken.contains(id)) {
            let why = format!("the number of `{code}` is that of another parameter");
            self.complaints.add_for(url, resource_type, why);
            return None;
        }
        self.taken.extend(ids);
        self.parameters.push(parameter);
        Some(self.parameters.len() - 1)
    }

    fn add_single(
        &mut self,
        definition: &Definition,
        resource_type: ResourceType,
        selection: &mut Selection,
        plan: &mut Plan,
    ) {
        let Some(place) = self.add(definition, resource_type, Vec::new()) else { return };
        // A definition for many types tells what it may lead to in any of them.
        if let Some(targets) = selection.targets() {
            self.parameters[place].targets = targets;
        }
        if STORED.contains(&definition.code.as_str()) {
            return;
        }
        selection.chains.iter().for_each(|chain| plan.tree.plant(chain, Wish::Value(place)));
        let expressions = std::mem::take(&mut selection.expressions);
        if !expressions.is_empty() {
            plan.rest.push(Rest::Values { parameter: place, expressions });
        }
    }

    fn add_composite(
        &mut self,
        definition: &Definition,
        resource_type: ResourceType,
        draft: Draft,
        plan: &mut Plan,
    ) {
        let kinds: Vec<_> = draft.components.iter().map(|component| component.kind).collect();
        let Some(parameter) = self.add(definition, resource_type, draft.components) else { return };
        let slot = plan.slots;
        plan.slots += 1;
        for (root, tree) in draft.walked {
            plan.tree.plant(&root, Wish::Composite(plan.composites.len()));
            plan.composites.push(Composite { parameter, slot, tree, kinds: kinds.clone() });
        }
        if let Some((roots, parts)) = draft.rest {
            plan.rest.push(Rest::Composite { parameter, slot, roots, parts });
        }
    }

    fn composite(
        &self,
        definition: &Definition,
        (resource_type, type_id): (ResourceType, TypeId),
        selections: &Selections<'_>,
    ) -> Result<Draft, String> {
        let mut draft = Draft::new(Selection::of(&definition.expression, type_id)?);
        for part in &definition.parts {
            let own = self.urls.get(part.definition.as_str()).filter(|own| own.kind != Kind::Composite);
            let own = own.ok_or_else(|| {
                format!("its component `{}` is not known as the parameter of a value", part.definition)
            })?;
            let values = draft.add(part, own.kind)?;
            let leads = |(kind, known): &&(Kind, Selection)| {
                *kind == own.kind
                    && values.as_ref().is_some_and(|values| values.iter().all(|it| known.chains.contains(it)))
            };
            let parameter = selections.get(own.code.as_str()).filter(leads);
            draft.components.push(Component {
                parameter: parameter.map(|_| ParameterId::of(resource_type.as_str(), &own.code)),
                kind: own.kind,
            });
        }
        draft.finish(definition)
    }
}
