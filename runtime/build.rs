//! Compiles the runtime to WebAssembly when the native one is built.

fn main() {
    #[cfg(feature = "std")]
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
