//! How do the concepts of a release hang together?
//!
//! Inferred relationships: `is a` makes the hierarchy, every other type is a property of the source, in its group, by
//! <https://hl7.org/fhir/R4/snomedct.html>. A concept that would stand below itself is refused, naming the line.

use super::concepts::{Concepts, is_active};
use super::files::Files;
use super::newest::Newest;
use super::sctid;
use crate::code_system::{Builder, Kind, Property};
use crate::load::rows::{Form, Heading, Row};
use crate::load::{Defect, Entry, Loading};

const IS_A: u64 = 116_680_003;
const STATED: &str = "900000000000010007";
const ADDITIONAL: &str = "900000000000227009";

pub(super) fn read(
    loading: &mut Loading<'_>,
    files: &Files<'_>,
    concepts: &Concepts,
    builder: &mut Builder,
) -> Result<(), Defect> {
    let mut newest = Newest::of(loading, &files.relationships)?;
    let mut links: Vec<(u32, u32)> = Vec::new();
    for entry in &files.relationships {
        read_file(loading, (entry, "destinationId"), &mut newest, &mut |report, row, told| {
            let target = sctid::concept(row, told.value, "destinationId")?;
            let (Some(source), Some(destination)) = (concepts.place(told.source), concepts.place(target))
            else {
                report.skip("relationships of concepts that the release does not have");
                return Ok(());
            };
            if told.kind == IS_A {
                links.push((source, destination));
                builder.put_below(source, destination);
                report.take("is-a relationships");
                return Ok(());
            }
            report.take("attributes");
            let property = Property {
                code: &told.kind.to_string(),
                kind: Kind::Code,
                value: row.text(told.value),
                system: "",
            };
            builder.relate(source, told.group, property).map_err(|message| row.refuse(message))
        })?;
    }
    if let Some((child, parent)) = circle(concepts.len(), &links) {
        return Err(circular(loading, files, (builder.code(child), builder.code(parent))));
    }
    read_concrete(loading, files, concepts, builder)
}

fn read_concrete(
    loading: &mut Loading<'_>,
    files: &Files<'_>,
    concepts: &Concepts,
    builder: &mut Builder,
) -> Result<(), Defect> {
    let mut newest = Newest::of(loading, &files.concrete)?;
    for entry in &files.concrete {
        read_file(loading, (entry, "value"), &mut newest, &mut |report, row, told| {
            let Some(source) = concepts.place(told.source) else {
                report.skip("relationships of concepts that the release does not have");
                return Ok(());
            };
            let (kind, value) = concrete(row.text(told.value)).ok_or_else(|| {
                row.refuse("`value` is neither a number `#…`, a text in quotes nor a truth value")
            })?;
            report.take("concrete values");
            let property = Property { code: &told.kind.to_string(), kind, value, system: "" };
            builder.relate(source, told.group, property).map_err(|message| row.refuse(message))
        })?;
    }
    Ok(())
}

/// What a relationship's row tells, and in which column its value stands.
struct Told {
    source: u64,
    kind: u64,
    group: u16,
    value: usize,
}

type Take<'t> = &'t mut dyn FnMut(&mut crate::load::Report, &Row<'_>, &Told) -> Result<(), Defect>;

/// Gives every active inferred relationship of a file to `take`.
fn read_file(
    loading: &mut Loading<'_>,
    (entry, value): (&Entry, &str),
    newest: &mut Newest,
    take: Take<'_>,
) -> Result<(), Defect> {
    let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
    let names =
        ["id", "effectiveTime", "active", "sourceId", "relationshipGroup", "typeId", "characteristicTypeId"];
    let [id, time, active, source, group, kind, character] = rows.columns(names)?;
    let [value] = rows.columns([value])?;
    while let Some(row) = rows.next_row()? {
        let number = sctid::component(&row, id, "id")?;
        if !newest.is(number, row.number(time, "effectiveTime")?) {
            continue;
        }
        let is_active = is_active(&row, active)?;
        let skipped = match row.text(character) {
            _ if !is_active => Some("inactive relationships"),
            STATED => Some("stated relationships"),
            ADDITIONAL => Some("additional relationships, which define nothing"),
            _ => None,
        };
        if let Some(why) = skipped {
            loading.report.skip(why);
            continue;
        }
        let group = u16::try_from(row.number(group, "relationshipGroup")?);
        let told = Told {
            source: sctid::concept(&row, source, "sourceId")?,
            kind: sctid::concept(&row, kind, "typeId")?,
            group: group.map_err(|_| row.refuse("`relationshipGroup` is greater than 65,535"))?,
            value,
        };
        take(&mut loading.report, &row, &told)?;
    }
    Ok(())
}

/// A concrete value, without the marks of its kind.
fn concrete(text: &str) -> Option<(Kind, &str)> {
    if let Some(number) = text.strip_prefix('#') {
        let kind = if number.contains('.') { Kind::Decimal } else { Kind::Integer };
        return model::Number::new(number).is_some().then_some((kind, number));
    }
    match text {
        "true" | "false" => Some((Kind::Boolean, text)),
        _ => text.strip_prefix('"')?.strip_suffix('"').map(|text| (Kind::Text, text)),
    }
}

/// A link of a circle, child and parent; none when nothing stands below itself.
fn circle(count: usize, links: &[(u32, u32)]) -> Option<(u32, u32)> {
    let mut sorted = links.to_vec();
    sorted.sort_unstable_by_key(|(_, parent)| *parent);
    let mut parents_left = vec![0_u32; count];
    links.iter().for_each(|(child, _)| parents_left[*child as usize] += 1);
    // Whoever has no parent that is left is taken away, and so on: what remains hangs on a circle.
    let mut free: Vec<u32> = (0..count)
        .filter_map(|place| u32::try_from(place).ok())
        .filter(|place| parents_left[*place as usize] == 0)
        .collect();
    while let Some(place) = free.pop() {
        let first = sorted.partition_point(|(_, parent)| *parent < place);
        for (child, _) in sorted[first..].iter().take_while(|(_, parent)| *parent == place) {
            parents_left[*child as usize] -= 1;
            if parents_left[*child as usize] == 0 {
                free.push(*child);
            }
        }
    }
    // From any of those, up along what is left, a place comes again: it is in the circle.
    let is_left = |place: &u32| parents_left[*place as usize] > 0;
    let up: std::collections::HashMap<u32, u32> =
        links.iter().copied().filter(|(child, parent)| is_left(child) && is_left(parent)).collect();
    let mut place = *up.keys().min()?;
    let mut seen = std::collections::HashSet::new();
    while seen.insert(place) {
        place = *up.get(&place)?;
    }
    up.get(&place).map(|parent| (place, *parent))
}

/// The refusal of a circle: the files are read again for the line that closes it.
fn circular(loading: &Loading<'_>, files: &Files<'_>, (child, parent): (&str, &str)) -> Defect {
    let message = format!("the concept {child} stands below itself, by way of {parent}");
    let find = |entry: &Entry| -> Result<Option<u64>, Defect> {
        let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
        let [active, source, target, kind] =
            rows.columns(["active", "sourceId", "destinationId", "typeId"])?;
        while let Some(row) = rows.next_row()? {
            let is_is_a = row.text(active) == "1" && row.text(kind) == IS_A.to_string();
            if is_is_a && row.text(source) == child && row.text(target) == parent {
                return Ok(Some(row.line()));
            }
        }
        Ok(None)
    };
    for entry in &files.relationships {
        match find(entry) {
            Ok(Some(line)) => return Defect::at(&entry.name, line, message),
            Ok(None) => {}
            Err(refused) => return refused,
        }
    }
    Defect::of("", message)
}
