//! Which terms does a panel of LOINC hold?
//!
//! `PanelsAndForms.csv`: each row puts a term into a panel; the panel itself stands there as its own part and is left
//! out. <https://loinc.org/panels/>.

use super::{PANELS, files};
use crate::code_system::Builder;
use crate::load::rows::{Form, Heading};
use crate::load::telling::{code, tell};
use crate::load::{Defect, Loading};

pub(super) fn read(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    for name in files(loading, PANELS) {
        let mut rows = loading.rows(&name, Form::Commas, Heading::Line)?;
        let [panel, member] = rows.columns(["ParentLoinc", "Loinc"])?;
        while let Some(row) = rows.next_row()? {
            let (panel, member) = (row.text(panel), row.text(member));
            if panel == member {
                continue;
            }
            match builder.find(panel) {
                Some(place) => {
                    let told = tell(builder, place, code("PanelMember", member));
                    told.map_err(|message| row.refuse(message))?;
                    loading.report.take("members of panels");
                }
                None => loading.report.skip("panels that are not in the table"),
            }
        }
    }
    Ok(())
}
