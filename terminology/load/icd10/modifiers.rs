//! Which codes do modifiers make?
//!
//! A class that is modified stands for one code with each of the modifier's endings, unless it says which it may have
//! or a class below excludes the modifier: <https://www.iso.org/standard/69318.html>.

use std::collections::{HashMap, HashSet};

use super::class::Class;
use crate::code_system::Builder;

/// Steps from a class to the top; editions have five. More is a circle.
const LEVELS_MAX: usize = 50;

/// What is known of modifiers, and of the classes that they may modify.
#[derive(Default)]
pub(super) struct Modifiers {
    /// The endings of each modifier, with what they mean.
    endings: HashMap<String, Vec<(String, String)>>,
    classes: Vec<Class>,
    places: HashMap<String, usize>,
}

impl Modifiers {
    /// Takes note of a class.
    pub(super) fn take(&mut self, class: Class) {
        if class.is_class() {
            self.places.insert(class.code.clone(), self.classes.len());
            self.classes.push(class);
        } else {
            let meant = class.display().to_owned();
            self.endings.entry(class.modifier).or_default().push((class.code, meant));
        }
    }

    /// Adds the codes that modifiers make, and tells how many.
    pub(super) fn apply(&self, builder: &mut Builder) -> Result<u64, String> {
        let mut made = 0;
        for class in self.classes.iter().filter(|class| !class.has_below) {
            let mut bases = vec![(class.code.clone(), class.display().to_owned())];
            for (modifier, valid) in self.modifiers(class)? {
                let endings = self.endings.get(modifier).map_or(&[][..], Vec::as_slice);
                let endings = endings.iter().filter(|(ending, _)| valid.is_empty() || valid.contains(ending));
                let endings: Vec<_> = endings.collect();
                let mut next = Vec::new();
                for (base, meant) in &bases {
                    for (ending, more) in &endings {
                        let code = joined(base, ending);
                        let display = format!("{meant}: {more}");
                        let place = builder.add(&code, Some(&display))?;
                        builder.put_below_code(place, base)?;
                        next.push((code, display));
                    }
                }
                made += next.len() as u64;
                if !next.is_empty() {
                    bases = next;
                }
            }
        }
        Ok(made)
    }

    /// The modifiers of a class and of all above it, the highest first, without those that are excluded on the way.
    fn modifiers<'m>(&'m self, class: &'m Class) -> Result<Vec<(&'m str, &'m [String])>, String> {
        let mut excluded: HashSet<&str> = HashSet::new();
        let mut found: Vec<(&str, &[String])> = Vec::new();
        let mut current = Some(class);
        let mut levels = 0;
        while let Some(class) = current {
            levels += 1;
            if levels > LEVELS_MAX {
                return Err(format!("the class `{}` stands in a circle", class.code));
            }
            excluded.extend(class.not_modified_by.iter().map(String::as_str));
            for (modifier, valid) in class.modified_by.iter().rev() {
                let is_known = found.iter().any(|(known, _)| known == modifier);
                if !is_known && !excluded.contains(modifier.as_str()) {
                    found.insert(0, (modifier, valid));
                }
            }
            current = class.above.first().and_then(|above| self.classes.get(*self.places.get(above)?));
        }
        Ok(found)
    }
}

/// A code with an ending; a second point is left out.
fn joined(base: &str, ending: &str) -> String {
    let is_pointed = base.contains('.');
    format!("{base}{}", if is_pointed { ending.trim_start_matches('.') } else { ending })
}
