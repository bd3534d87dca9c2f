//! `quorate infer` and `quorate request`.

use crate::{output::parse_tokens, request_ref::RequestRef, version_ref::ModelRef};
use quorate_primitives::{ArtifactId, Balance, OrganisationId, RequestId};
use std::path::PathBuf;

/// Ask validators to run a program with a version's tensors, and get the answer with its record.
///
/// Validators compute the answer, and a quorum agrees on it, bit for bit. --account is an organisation's, or a contributor's that it
/// sponsors; the organisation's fund pays (`quorate evaluation fund`). The input goes to validators and is shown to nobody but them and the
/// organisation; so is the answer.
///
/// Refused here, before anything is paid: a version or a program that the organisation may not use, a program whose tensors the version has not
/// (names, shapes, types), inputs of other types or sizes than it takes, tokens and other indices outside the tables that it looks them up in,
/// an --out that cannot be written, a fund that is too small, and what too few validators can answer. --dry-run shows the price. A value that
/// is not a number, and an index that the program itself computes, show when it runs: that is a fault, and is paid.
///
/// With --text, --prompt-file or --tokens the program continues a text, token after token; with --input it runs once. If the command is
/// interrupted after the request went out, `quorate request fetch` goes on.
#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["inputs", "text", "prompt_file", "tokens"]))]
pub struct Arguments {
    /// MODEL@VERSION, or MODEL: its newest version.
    pub model: ModelRef,
    /// Number of the program.
    #[arg(long, value_name = "ARTIFACT")]
    pub program: ArtifactId,
    /// An input of the program, as NumPy writes it: once for each of its inputs.
    #[arg(long = "input", value_name = "NAME=FILE.npy", conflicts_with_all = ["text", "prompt_file", "tokens"])]
    pub inputs: Vec<String>,
    /// The text to continue.
    #[arg(long, requires = "tokenizer", conflicts_with_all = ["prompt_file", "tokens"])]
    pub text: Option<String>,
    /// A file with the text to continue.
    #[arg(long, value_name = "FILE", requires = "tokenizer", conflicts_with = "tokens")]
    pub prompt_file: Option<PathBuf>,
    /// The tokens to continue: 1,2,3.
    #[arg(long, value_name = "TOKENS", value_delimiter = ',')]
    pub tokens: Vec<u32>,
    #[command(flatten)]
    pub generation: Generation,
    #[command(flatten)]
    pub answer: Answer,
    /// Pay no more than this, in tokens. What it costs now unless given, and 1 at most.
    #[arg(long, value_name = "TOKENS", value_parser = parse_tokens)]
    pub max_fee: Option<Balance>,
    /// End when the input is uploaded and the request's number is final; `quorate request fetch` gets the answer later.
    #[arg(long)]
    pub no_wait: bool,
    /// Where inputs are kept: the answer cannot be checked without them. $XDG_STATE_HOME/quorate/requests unless given.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
}

/// How a text is continued.
#[derive(clap::Args, Debug)]
pub struct Generation {
    /// Generate so many tokens at most: prompt and answer fit the program. As many as fit, and 64 at most, unless given.
    #[arg(long, value_name = "NUMBER", conflicts_with = "inputs")]
    pub max_tokens: Option<u32>,
    /// Draw tokens at this temperature, above 0, from a seed that the chain draws; the likeliest one is taken unless given.
    #[arg(long, value_name = "NUMBER", conflicts_with = "inputs")]
    pub temperature: Option<f32>,
    /// Draw among so many of the likeliest. 40 unless given.
    #[arg(long, value_name = "NUMBER", requires = "temperature")]
    pub top: Option<u32>,
    /// End after this token: a number, or with a tokenizer its text, such as <|im_end|>.
    #[arg(long, value_name = "TOKEN", conflicts_with = "inputs")]
    pub stop: Option<String>,
}

/// How an answer is shown.
#[derive(clap::Args, Debug)]
pub struct Answer {
    /// A folder for what the program answers, NAME.npy, or for the tokens, tokens.npy; it is made if need be. Without it up to 64 numbers of
    /// an output are printed.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Replace what is there.
    #[arg(long, requires = "out")]
    pub force: bool,
    /// The model's tokenizer.json: text becomes tokens here, and tokens text.
    #[arg(long, value_name = "FILE")]
    pub tokenizer: Option<PathBuf>,
    /// Show tokens on standard error while one validator generates them, before any has attested to them; with --json as lines of JSON. Done by
    /// itself where that is a terminal.
    #[arg(long)]
    pub stream: bool,
    /// Do not.
    #[arg(long, conflicts_with = "stream")]
    pub no_stream: bool,
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// All requests that have a record, or those of one organisation.
    List {
        /// Number of the organisation.
        #[arg(long)]
        organisation: Option<OrganisationId>,
    },
    /// One request, and the record of its batch.
    Show { request: RequestId },
    /// Wait for a request's answer, fetch it, and check that it is for this request. Uploads the input first where validators still lack it.
    /// --account is of the organisation that asked.
    Fetch {
        /// Its number, or the root of its input, which `infer` shows before it sends anything.
        request: RequestRef,
        #[command(flatten)]
        answer: Answer,
        /// Where inputs are kept. $XDG_STATE_HOME/quorate/requests unless given.
        #[arg(long, value_name = "FOLDER")]
        state: Option<PathBuf>,
    },
    /// The inputs that are kept on this machine, and which request each is of: also of an `infer` that was killed before it knew a number.
    /// --account is of the organisation that asked.
    Kept {
        /// Where inputs are kept. $XDG_STATE_HOME/quorate/requests unless given.
        #[arg(long, value_name = "FOLDER")]
        state: Option<PathBuf>,
    },
    /// Take back a request that no batch has taken yet; the base fee is kept. --account is the one that asked, or its organisation's.
    Cancel {
        /// Its number, or the root of its input, whatever number a fork has given it.
        request: RequestRef,
    },
    /// Remove a request's input from this machine.
    Forget {
        /// Its number, or the root of its input.
        request: RequestRef,
        /// Where inputs are kept. $XDG_STATE_HOME/quorate/requests unless given.
        #[arg(long, value_name = "FOLDER")]
        state: Option<PathBuf>,
    },
}
