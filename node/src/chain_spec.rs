//! Chain specifications. Their genesis comes from the runtime's own presets, so that it is tested with the runtime.

use quorate_runtime::{configs::system::SS58_PREFIX, DEVELOPMENT_PRESET, LOCAL_PRESET, WASM_BINARY};
use sc_service::{ChainType, Properties};

/// A specification without extensions.
pub type ChainSpec = sc_service::GenericChainSpec;

/// Decimals of the token, for wallets.
pub const DECIMALS: u32 = 12;
/// Symbol of the token, for wallets.
pub const SYMBOL: &str = "QRT";

/// One validator, for trying things out.
pub fn development() -> Result<ChainSpec, String> {
    build(
        "Quorate Development",
        "quorate_dev",
        ChainType::Development,
        DEVELOPMENT_PRESET,
    )
}

/// Four validators on one machine.
pub fn local() -> Result<ChainSpec, String> {
    build("Quorate Local", "quorate_local", ChainType::Local, LOCAL_PRESET)
}

fn build(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
    let code = WASM_BINARY.ok_or(
        "this node was built without the runtime's code (SKIP_WASM_BUILD): name a specification file with --chain",
    )?;
    let properties = Properties::from_iter([
        ("ss58Format".to_owned(), SS58_PREFIX.into()),
        ("tokenDecimals".to_owned(), DECIMALS.into()),
        ("tokenSymbol".to_owned(), SYMBOL.into()),
    ]);
    Ok(ChainSpec::builder(code, None)
        .with_name(name)
        .with_id(id)
        .with_chain_type(kind)
        .with_protocol_id("quorate")
        .with_properties(properties)
        .with_genesis_config_preset_name(preset)
        .build())
}
