//! The application of the tests: that of spin.toml, and the probe.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cli::{compose, manifest::Manifest};

const PROBE: &str = r#"
[[trigger.http]]
route = { private = true }
component = "stage-probe"

# For the benchmark, which calls a stage without a pipeline.
[[trigger.http]]
route = "/bench-probe"
component = "stage-probe"

[component.stage-probe]
source = "stage-probe.wasm"
key_value_stores = ["default"]
[component.stage-probe.tool.ropewalk]
stage = "stage-probe"
memory_mib = 64
time_s = 3

# The same, with time to wait for a store that does not answer, and with room for large inputs.
[[trigger.http]]
route = "/bench-probe-patient"
component = "stage-probe-patient"

[component.stage-probe-patient]
source = "stage-probe-patient.wasm"
key_value_stores = ["default"]
[component.stage-probe-patient.tool.ropewalk]
stage = "stage-probe"
memory_mib = 128
time_s = 60

# The example of a stage in Rust.
[[trigger.http]]
route = { private = true }
component = "stage-todo-marks"

[component.stage-todo-marks]
source = "stage-todo-marks.wasm"
key_value_stores = ["default"]
[component.stage-todo-marks.tool.ropewalk]
stage = "stage-todo-marks"
"#;

/// Path of the manifest, with every component built: once in a process.
pub(crate) fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = root.join("target/ropewalk/e2e");
        std::fs::create_dir_all(&folder).unwrap();
        let text = std::fs::read_to_string(root.join("spin.toml")).unwrap();
        let text = text.replace("source = \"target/ropewalk/", "source = \"../") + PROBE;
        // A registry of the tests' own stands in for the real ones.
        let text = text.replace("[\"https://registry.npmjs.org\",", "[\"http://127.0.0.1:*\",");
        let path = folder.join("spin.toml");
        std::fs::write(&path, text).unwrap();
        let manifest = Manifest::load(&path).unwrap();
        compose::build(&manifest, &[], &compose::Silent).unwrap();
        path
    })
}
