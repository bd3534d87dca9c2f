//! Compiles the runtime to WebAssembly when the native one is built.

fn main() {
    #[cfg(feature = "std")]
    {
        // The target folder may lie outside of the workspace; without this the builder would not find the lock file there
        // and the runtime's dependencies would not be pinned.
        if std::env::var_os("WASM_BUILD_WORKSPACE_HINT").is_none() {
            std::env::set_var("WASM_BUILD_WORKSPACE_HINT", concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        }
        substrate_wasm_builder::WasmBuilder::build_using_defaults();
    }
}
