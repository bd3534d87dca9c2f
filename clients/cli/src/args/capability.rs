//! `quorate capability`.

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// What each validator declares that its machine can answer: memory for one batch, and operations in a block's time.
    List {
        /// Also how many of them could answer what needs so many MiB.
        #[arg(long, value_name = "MIB")]
        memory: Option<u32>,
    },
}
