//! Which answers has a question of LOINC?
//!
//! `AnswerList.csv` and the links of terms to lists. A list is a concept that stands for the set of its answers;
//! `http://loinc.org/vs/LL…` is the value set of them: <https://hl7.org/fhir/R4/loinc.html#implicit>.

use std::collections::HashSet;

use super::{ANSWER_LINKS, ANSWERS, SYSTEM, files};
use crate::code_system::{Builder, Kind, Member, Property};
use crate::load::rows::{Form, Heading};
use crate::load::telling::{code, tell, text};
use crate::load::{Defect, Loading};

pub(super) fn read(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    for name in files(loading, ANSWERS) {
        answers(loading, &name, builder)?;
    }
    for name in files(loading, ANSWER_LINKS) {
        links(loading, &name, builder)?;
    }
    Ok(())
}

fn answers(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Commas, Heading::Line)?;
    let names = ["AnswerListId", "AnswerListName", "AnswerStringId", "SequenceNumber", "DisplayText"];
    let [list, title, id, sequence, display] = rows.columns(names)?;
    let oid = rows.column("AnswerListOID");
    let mut known = HashSet::new();
    while let Some(row) = rows.next_row()? {
        let mut add = || -> Result<bool, String> {
            let set = builder.add(row.text(list), Some(row.text(title)))?;
            if known.insert(set) {
                tell(builder, set, text("AnswerListOID", oid.map_or("", |column| row.text(column))))?;
            }
            let answer = row.text(id);
            if answer.is_empty() {
                return Ok(false);
            }
            let place = builder.add(answer, Some(row.text(display)))?;
            tell(builder, place, code("LIST", row.text(list)))?;
            builder.enlist(set, Member { code: answer, detail: "", fields: row.text(sequence) })?;
            Ok(true)
        };
        if add().map_err(|message| row.refuse(message))? {
            loading.report.take("answers in lists");
        } else {
            loading.report.skip("lists whose answers stand elsewhere");
        }
    }
    *loading.report.taken.entry("answer lists").or_default() += known.len() as u64;
    Ok(())
}

fn links(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Commas, Heading::Line)?;
    let [number, list] = rows.columns(["LoincNumber", "AnswerListId"])?;
    while let Some(row) = rows.next_row()? {
        let (term, answers) = (row.text(number), row.text(list));
        let (Some(place), Some(set)) = (builder.find(term), builder.find(answers)) else {
            loading.report.skip("links of terms or answer lists that are not in the tables");
            continue;
        };
        let coding = |code, value| Property { code, kind: Kind::Coding, value, system: SYSTEM };
        let mut link = || -> Result<(), String> {
            tell(builder, place, coding("answer-list", answers))?;
            tell(builder, set, coding("answers-for", term))
        };
        link().map_err(|message| row.refuse(message))?;
        loading.report.take("links to answer lists");
    }
    Ok(())
}
