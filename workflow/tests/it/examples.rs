//! The example pipelines are right.

use std::path::Path;

use workflow::Definition;

#[test]
fn example_pipelines_are_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/pipelines");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            if let Err(problems) = Definition::parse(&text) {
                panic!("{}: {problems:?}", path.display());
            }
            count += 1;
        }
    }
    assert!(count > 0, "there are none");
}
