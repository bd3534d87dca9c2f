//! `--as`: the form in which a version is written.

use quorate_convert::Precision;

/// Most bytes of tensors in a file, unless said: what Transformers 4 writes itself.
const SHARD: u64 = 5_000_000_000;

/// Another form than the version's own file.
#[derive(clap::Args, Clone, Debug)]
pub struct FormArguments {
    /// A folder with model.safetensors, or shards and their index, and config.json if the version was made with one; of an adapter
    /// adapter_model.safetensors and adapter_config.json.
    #[arg(long = "as", id = "form", value_name = "FORM")]
    pub form: Option<Form>,
    /// The type of trained tensors: the one that they came in, or f32, which the chain has them in.
    #[arg(long, requires = "form", value_name = "TYPE", default_value = "original")]
    pub dtype: Dtype,
    /// Most bytes of tensors in one file.
    #[arg(long, requires = "form", value_name = "BYTES", default_value_t = SHARD, value_parser = clap::value_parser!(u64).range(1..))]
    pub shard: u64,
}

/// The forms.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A folder that Transformers, PEFT and safetensors.torch load.
    Hf,
}

/// The types.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// The type that each tensor came in: values are rounded to it.
    Original,
    /// f32, nothing rounded.
    F32,
}

impl From<Dtype> for Precision {
    fn from(dtype: Dtype) -> Self {
        match dtype {
            Dtype::Original => Self::Original,
            Dtype::F32 => Self::F32,
        }
    }
}
