//! `quorate capability`.

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// What each validator declares that its machine can answer: memory for one batch, in MiB, millions of operations in a block's time, and the
    /// version of the arithmetic; and whether it is asked for answers, or why not.
    List {
        /// Also how many of them could answer what needs so many MiB, as `quorate infer` shows it; a quorum of all have to.
        #[arg(long, value_name = "MIB")]
        memory: Option<u32>,
    },
}
