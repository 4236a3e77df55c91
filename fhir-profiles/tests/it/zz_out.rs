//! temporary
use fhir_profiles::Definitions;
use model::{json, xml};
#[test]
fn zz_out() {
    std::fs::create_dir_all("/tmp/h1/out").unwrap();
    for e in std::fs::read_dir("/tmp/h1/ex/package").unwrap() {
        let p = e.unwrap().path();
        let name = p.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".json") || std::fs::exists(format!("/tmp/h1/core/package/{name}")).unwrap() {
            continue;
        }
        let t = json::parse(&std::fs::read(&p).unwrap()).unwrap();
        std::fs::write(format!("/tmp/h1/out/{name}.xml"), xml::write(&t, Definitions::r4()).unwrap())
            .unwrap();
    }
}
