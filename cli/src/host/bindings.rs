//! What components import beside WASI, from the WIT of Spin and of wasi-keyvalue.

wasmtime::component::bindgen!({
    inline: r#"
        package ropewalk:host;

        world capabilities {
            include wasi:keyvalue/imports@0.2.0-draft2;
            include fermyon:spin/host-imports@2.0.0;
            import spin:key-value/key-value@3.0.0;
            import spin:variables/variables@3.0.0;
        }
    "#,
    path: ["../wit/deps/keyvalue", "wit/fermyon-spin", "wit/spin-key-value", "wit/spin-variables"],
    imports: {
        // These never wait.
        "wasi:keyvalue/store.open": trappable,
        "wasi:keyvalue/atomics.[method]cas.current": trappable,
        "fermyon:spin/variables@2.0.0.get": trappable,
        "fermyon:spin/key-value@2.0.0.[static]store.open": trappable,
        default: async | trappable,
    },
    with: {
        "wasi:keyvalue/store.bucket": super::keyvalue::Bucket,
        "wasi:keyvalue/atomics.cas": super::keyvalue::Cas,
        "fermyon:spin/key-value@2.0.0.store": super::keyvalue::Bucket,
        "spin:key-value/key-value@3.0.0.store": super::keyvalue::Bucket,
    },
});
