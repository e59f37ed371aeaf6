//! Generated from `wit/`. The import of `outbound` is dropped from a component that doesn't use it.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

wit_bindgen::generate!({
    world: "effects-stage",
    path: "../../wit",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_effects_stage",
    default_bindings_module: "stage::__private::bindings",
});
