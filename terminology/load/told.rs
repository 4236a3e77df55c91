//! How is a table written down, so that a test can hold it against a text?

use crate::CodeSystem;

/// All that a table tells of a code, in one line: display, flags, parents, properties, names.
pub(super) fn told(table: &CodeSystem, code: &str) -> String {
    let Some(place) = table.find(code) else { return "not there".to_owned() };
    let mut parts = vec![table.display(place).unwrap_or("-").to_owned()];
    let flags = [(table.is_inactive(place), "inactive"), (table.is_abstract(place), "abstract")];
    parts.extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| format!("[{flag}]")));
    parts.extend(table.hierarchy.parents(place).iter().map(|parent| format!("< {}", table.code(*parent))));
    parts.extend(table.properties(place).map(|property| format!("{}={}", property.code, property.value)));
    parts.extend(table.designations(place).map(|name| {
        let purpose = name.purpose.rsplit('|').next().unwrap_or_default();
        format!("{}/{purpose}: {}", name.language, name.value)
    }));
    let members: Vec<_> = table.members(place).map(|member| member.code.to_owned()).collect();
    parts.extend((!members.is_empty()).then(|| format!("{{{}}}", members.join(" "))));
    parts.join(" ; ")
}
