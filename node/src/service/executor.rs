//! What runs the runtime.

use sc_executor::{HeapAllocStrategy, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_service::config::ExecutorConfiguration;

pub type Executor = sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>;

/// Names a folder, by an absolute path, in which compiled runtimes are kept.
const CACHE: &str = "QUORATE_RUNTIME_CACHE";

/// The executor that [`sc_service::new_wasm_executor`] makes. With [`CACHE`] a start does not compile what another one has compiled: for
/// networks of tests, whose nodes have one runtime. What lies in the folder is run unseen, so that no validator may have it.
pub fn executor(config: &ExecutorConfiguration) -> Executor {
    let fixed = |pages: u64| HeapAllocStrategy::Static {
        extra_pages: pages as _,
    };
    let heap = config.default_heap_pages.map_or(DEFAULT_HEAP_ALLOC_STRATEGY, fixed);
    let builder = Executor::builder()
        .with_execution_method(config.wasm_method)
        .with_onchain_heap_alloc_strategy(heap)
        .with_offchain_heap_alloc_strategy(heap)
        .with_max_runtime_instances(config.max_runtime_instances)
        .with_runtime_cache_size(config.runtime_cache_size);
    match std::env::var_os(CACHE) {
        Some(folder) => builder.with_cache_path(folder).build(),
        None => builder.build(),
    }
}
