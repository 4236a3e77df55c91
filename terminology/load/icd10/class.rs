//! What does a class of ClaML say?
//!
//! A `Class` or a `ModifierClass` with what stands above it, its modifiers and its rubrics: labels by kind, of which
//! `preferred` is the display and the others are properties by their kind. <https://www.iso.org/standard/69318.html>.

use crate::code_system::{Builder, Designation};
use crate::load::Defect;
use crate::load::tags::{Element, Piece, Tags};
use crate::load::telling::{call, tell, text};

/// A class, or one that modifies others.
#[derive(Default)]
pub(super) struct Class {
    pub(super) code: String,
    /// `chapter`, `block`, `category`.
    kind: String,
    /// `dagger`, `aster`, `optional`; empty for most.
    usage: String,
    /// Of one that modifies: the modifier that it belongs to.
    pub(super) modifier: String,
    pub(super) above: Vec<String>,
    pub(super) has_below: bool,
    /// The modifiers of this class, each with the codes that it may have here; all, if there are none.
    pub(super) modified_by: Vec<(String, Vec<String>)>,
    pub(super) not_modified_by: Vec<String>,
    rubrics: Vec<Rubric>,
    is_modifying: bool,
}

struct Rubric {
    kind: String,
    language: String,
    label: String,
}

/// A class that is being read.
pub(super) struct Reading {
    class: Class,
    name: String,
}

impl Reading {
    /// Whether an element begins a class.
    pub(super) fn begins(element: &Element) -> Option<Self> {
        let is_modifying = element.name == "ModifierClass";
        if !is_modifying && element.name != "Class" {
            return None;
        }
        let class = Class {
            code: element.attribute("code").to_owned(),
            kind: element.attribute("kind").to_owned(),
            usage: element.attribute("usage").to_owned(),
            modifier: element.attribute("modifier").to_owned(),
            is_modifying,
            ..Class::default()
        };
        Some(Self { class, name: element.name.clone() })
    }

    /// Reads up to the end of the class.
    pub(super) fn finish(mut self, tags: &mut Tags<'_>) -> Result<Class, Defect> {
        if self.class.code.is_empty() {
            return Err(tags.refuse("a class has no code"));
        }
        let mut kind = String::new();
        let mut label: Option<Rubric> = None;
        while let Some(piece) = tags.next_piece()? {
            match piece {
                Piece::Open(element) if element.name == "Rubric" => {
                    kind = element.attribute("kind").to_owned()
                }
                Piece::Open(element) if element.name == "Label" => {
                    let language = element.attribute("xml:lang").to_owned();
                    label = Some(Rubric { kind: kind.clone(), language, label: String::new() });
                }
                // Pieces of a label are parted by a blank, as the format sets them apart.
                Piece::Open(element) => match &mut label {
                    Some(label) => label.label.push(' '),
                    None => self.class.relate(&element),
                },
                Piece::Text(text) => label.iter_mut().for_each(|label| label.label.push_str(&text)),
                Piece::Close(name) if name == "Label" => self.class.rubrics.extend(label.take()),
                Piece::Close(name) if name == self.name => break,
                Piece::Close(_) => {}
            }
        }
        for rubric in &mut self.class.rubrics {
            rubric.label = rubric.label.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        Ok(self.class)
    }
}

impl Class {
    /// Whether it is a class of its own and not one that modifies others.
    pub(super) fn is_class(&self) -> bool {
        !self.is_modifying
    }

    /// What it is called in the report.
    pub(super) fn counted_as(&self) -> &'static str {
        match self.kind.as_str() {
            _ if self.is_modifying => "modifiers",
            "chapter" => "chapters",
            "block" => "blocks",
            _ => "categories",
        }
    }

    /// What it is called.
    pub(super) fn display(&self) -> &str {
        let preferred = self.rubrics.iter().find(|rubric| rubric.kind == "preferred");
        preferred.map_or("", |rubric| &rubric.label)
    }

    fn relate(&mut self, element: &Element) {
        let code = element.attribute("code").to_owned();
        match element.name.as_str() {
            "SuperClass" => self.above.push(code),
            "SubClass" => self.has_below = true,
            "ModifiedBy" => self.modified_by.push((code, Vec::new())),
            "ExcludeModifier" => self.not_modified_by.push(code),
            "ValidModifierClass" => {
                self.modified_by.last_mut().into_iter().for_each(|(_, valid)| valid.push(code.clone()));
            }
            _ => {}
        }
    }

    /// Adds it as a concept.
    pub(super) fn add(&self, language: &str, builder: &mut Builder) -> Result<u32, String> {
        let place = builder.add(&self.code, Some(self.display()))?;
        for above in &self.above {
            builder.put_below_code(place, above)?;
        }
        tell(builder, place, text("kind", &self.kind))?;
        tell(builder, place, text("usage", &self.usage))?;
        if matches!(self.kind.as_str(), "chapter" | "block") {
            builder.set_abstract(place);
        }
        let mut is_displayed = false;
        for rubric in &self.rubrics {
            let is_other = !rubric.language.is_empty() && rubric.language != language;
            match rubric.kind.as_str() {
                "preferred" if !is_displayed => is_displayed = true,
                "preferred" | "preferredLong" => {
                    let language = if is_other { rubric.language.as_str() } else { language };
                    call(builder, place, Designation { language, purpose: "", value: &rubric.label })?;
                }
                kind => tell(builder, place, text(kind, &rubric.label))?,
            }
        }
        Ok(place)
    }
}
