//! `quorate compile` and `quorate program`.

use quorate_output::Existing;
use std::path::PathBuf;

/// What becomes a program: an ONNX file, or with --template a model of a known architecture.
///
/// A program is for one request: a batch is 1. Sizes that requests have are dimensions with bounds, --dimension tokens=1..128; without
/// them the error says which inputs the model has.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// An ONNX file.
    #[arg(required_unless_present = "template", conflicts_with = "template")]
    pub input: Option<PathBuf>,
    /// The program to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace what is there.
    #[arg(long)]
    pub force: bool,
    /// The model whose tensors the program reads: a canonical file, or any safetensors file with the same names.
    #[arg(long, value_name = "FILE", required_unless_present = "input")]
    pub model: Option<PathBuf>,
    /// Write the initializers to a safetensors file, of which `quorate convert` makes the model.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "template"])]
    pub tensors: Option<PathBuf>,
    /// A dimension's size: NAME=1, NAME=1..128, or NAME=2*tokens of others.
    #[arg(long, value_name = "NAME=SIZE")]
    pub dimension: Vec<String>,
    /// An input's shape: NAME=1,3,32*h,32*w, with --dimension h=1..30.
    #[arg(long = "input", value_name = "NAME=SHAPE", conflicts_with = "template")]
    pub shapes: Vec<String>,
    /// Outputs that the program answers; all of the model's unless given. Of bert: last_hidden_state or embedding.
    #[arg(long, value_name = "NAME")]
    pub output: Vec<String>,
    /// The architecture whose tensors have the names of Hugging Face; mlp: NAME.weight and NAME.bias, in the order of the names.
    #[arg(long, value_enum)]
    pub template: Option<Template>,
    /// The model's config.json: the number of heads is in no tensor.
    #[arg(long, value_name = "FILE", requires = "template")]
    pub config: Option<PathBuf>,
    /// Leave recognised patterns (LayerNorm, GELU, …) the nodes that they are.
    #[arg(long, conflicts_with = "template")]
    pub keep_nodes: bool,
    /// Most bytes of all constants: 64MiB, 1GiB, or a number.
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub constants_at_most: u64,
    /// The model's tokenizer.json: the program names its root, and `quorate infer` refuses another one.
    #[arg(long, value_name = "FILE")]
    pub tokenizer: Option<PathBuf>,
    /// Answer a loss, for `quorate evaluate`: outputs `loss` and `correct` in the place of the logits, and an input i64 with the labels.
    #[arg(long, value_enum)]
    pub loss: Option<Loss>,
    /// The name of that input.
    #[arg(long, value_name = "NAME", requires = "loss")]
    pub label: Option<String>,
    /// The output that has the logits, if there are several.
    #[arg(long, value_name = "NAME", requires = "loss")]
    pub logits: Option<String>,
}

/// What a loss compares with labels.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Of logits [classes], or […, classes]: the mean of all positions.
    CrossEntropy,
}

/// A known architecture.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Template {
    /// Linear layers with Relu between them.
    Mlp,
    /// BertModel.
    Bert,
    /// LlamaForCausalLM.
    Llama,
}

#[derive(clap::Subcommand, Debug)]
pub enum ProgramCommand {
    /// What a program takes and answers, and what it needs at the largest sizes: floating-point operations, and memory in MiB.
    Show {
        /// The program's file.
        file: PathBuf,
        /// List all nodes.
        #[arg(long)]
        nodes: bool,
    },
    /// Run a program here, with a model's tensors, and write what it answers as .npy files.
    Run(RunArguments),
}

#[derive(clap::Args, Debug)]
pub struct RunArguments {
    /// The program's file.
    pub file: PathBuf,
    /// The model: a canonical file, or any safetensors file with the program's tensors.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// An input of the program, as NumPy writes it: once for each of its inputs.
    #[arg(long = "input", value_name = "NAME=FILE.npy")]
    pub inputs: Vec<String>,
    /// A folder for the outputs, NAME.npy.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Replace what is there.
    #[arg(long)]
    pub force: bool,
    /// Run it by the reference, operation after operation: slow, and the same bits.
    #[arg(long)]
    pub reference: bool,
}

/// Whether what is there is replaced.
pub fn existing(force: bool) -> Existing {
    match force {
        true => Existing::Replace,
        false => Existing::Keep,
    }
}

fn size(text: &str) -> Result<u64, String> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let (number, shift) = units
        .iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)))
        .unwrap_or((text, 0));
    let bytes = number
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| format!("{text:?}: a number of bytes such as 64MiB was expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_should_be_read_with_their_units() {
        assert_eq!(size("64MiB"), Ok(64 << 20));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        assert_eq!(size("4096"), Ok(4096));
        for wrong in ["", "MiB", "1TB", "-1", "99999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
