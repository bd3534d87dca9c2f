//! `quorate organisation`, `quorate contributor` and `quorate validator`.

use quorate_client::calls::consortium::ChangeId;
use quorate_primitives::{AccountId, BlockNumber, Hash, OrganisationId};
use std::ffi::OsString;

/// Votes that come with a proposal.
#[derive(clap::Args, Clone, Debug)]
pub struct Voters {
    /// Further members that vote for it now, for people who hold several keys. Others vote with `quorate motion
    /// vote`, or in polkadot.js.
    #[arg(long = "with", value_name = "KEY")]
    pub with: Vec<OsString>,
}

/// Whether the council decides instead of the owner.
#[derive(clap::Args, Clone, Debug)]
pub struct CouncilArguments {
    /// Propose it to the council, of which more than half is needed; --account is a member organisation's.
    #[arg(long)]
    pub council: bool,
    #[command(flatten)]
    pub voters: Voters,
}

#[derive(clap::Subcommand, Debug)]
pub enum OrganisationCommand {
    /// Propose that an organisation be admitted; --account is a member organisation's. Two thirds of all organisations are needed, and the
    /// change takes effect after a delay: see `changes`.
    Admit {
        name: String,
        /// Signs for the organisation, votes in the council and holds bonds.
        organisation_account: AccountId,
        /// May give the organisation another account should the first be lost.
        #[arg(long, value_name = "ACCOUNT")]
        recovery: Option<AccountId>,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that an organisation leave; as `admit`.
    Remove {
        organisation: OrganisationId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose how many contributors an organisation may sponsor; as `admit`.
    Quota {
        organisation: OrganisationId,
        quota: u32,
        #[command(flatten)]
        voters: Voters,
    },
    /// Changes that two thirds decided and that wait for their block, with the numbers that `cancel` takes.
    Changes,
    /// Propose that a waiting change be dropped; more than half of all organisations are needed.
    Cancel {
        /// Number, as `changes` shows it.
        change: ChangeId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that an organisation be suspended for seven days, at once: its seats are empty, its validators and contributors are
    /// refused. More than half of all organisations are needed, and each organisation can be suspended so only once until two
    /// thirds allow another time.
    Suspend {
        organisation: OrganisationId,
        /// Until it is reinstated: two thirds are needed and a delay, as `admit`.
        #[arg(long)]
        long: bool,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that a suspension end now; more than half of all organisations are needed.
    Reinstate {
        organisation: OrganisationId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that an organisation may be suspended for seven days once more; as `admit`.
    AllowSuspension {
        organisation: OrganisationId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose another account for an organisation that has lost its own and its recovery key; as `admit`.
    SetAccount {
        organisation: OrganisationId,
        new_account: AccountId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose which organisations have seats in the technical committee, all of them; as `admit`.
    TechnicalSeats {
        /// Numbers of organisations.
        #[arg(required = true)]
        organisations: Vec<OrganisationId>,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that another account speak for your organisation; --account is the present one. The new one accepts.
    RotateAccount { new_account: AccountId },
    /// Name the account that may recover your organisation's; --account is the present one.
    SetRecovery { recovery: AccountId },
    /// Propose another account for an organisation when its own is lost; --account is its recovery account. The new one accepts.
    RecoverAccount {
        organisation: OrganisationId,
        new_account: AccountId,
    },
    /// Speak for an organisation from now on, and pay its bonds; --account is the one that was proposed.
    AcceptAccount { organisation: OrganisationId },
    /// All organisations, with their numbers.
    List,
}

#[derive(clap::Subcommand, Debug)]
pub enum ContributorCommand {
    /// Print a consent to be sponsored, to be handed to the organisation; --account is the contributor's. It is used once.
    Consent {
        /// The organisation that is to sponsor you; `quorate organisation list` shows the numbers.
        #[arg(long, value_name = "NUMBER")]
        organisation: OrganisationId,
        /// Blocks from now on for which it holds.
        #[arg(long, default_value_t = 43_200)]
        blocks: BlockNumber,
    },
    /// Let an account contribute; --account is the organisation's. The contributor needs no tokens.
    Sponsor {
        /// What `quorate contributor consent` printed, or a file that holds it.
        #[arg(long, value_name = "CONSENT|FILE")]
        consent: OsString,
    },
    /// End a sponsorship; --account is the organisation's, or the contributor's own.
    Unsponsor { contributor: AccountId },
    /// Refuse a contributor's statements for now; --account is its organisation's.
    Suspend { contributor: AccountId },
    /// Accept a suspended contributor's statements again; --account is its organisation's.
    Reinstate { contributor: AccountId },
    /// All contributors.
    List,
}

/// How a validator's node and gateway are reached.
#[derive(clap::Args, Clone, Debug)]
pub struct EndpointArguments {
    /// Peer id of the node, in base58.
    #[arg(long)]
    pub peer_id: String,
    /// URL of the gateway: scheme, host and perhaps a port.
    #[arg(long)]
    pub gateway: String,
    /// SHA-256 of the public key in the gateway's certificate, for https.
    #[arg(long)]
    pub tls_key_hash: Option<Hash>,
}

#[derive(clap::Subcommand, Debug)]
pub enum ValidatorCommand {
    /// Propose that a validator may join; --account is a member organisation's. Two thirds of all organisations are needed, and the
    /// change takes effect after a delay: see `organisation changes`. Then the validator sets its session keys: `validator keys`.
    Register {
        validator: AccountId,
        /// The organisation that runs it; `quorate organisation list` shows the numbers.
        #[arg(long, value_name = "NUMBER")]
        organisation: OrganisationId,
        #[command(flatten)]
        endpoint: EndpointArguments,
        #[command(flatten)]
        voters: Voters,
    },
    /// Make new session keys in the validator's own node, and set them with the proof that they are its own; --account is the validator's.
    /// They count from the second session after. Run it on the node's machine.
    Keys {
        /// WebSocket of the validator's own node, on this machine. Only there it makes keys for whoever asks.
        #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
        node: String,
    },
    /// Propose that a validator leave; as `register`.
    Remove {
        validator: AccountId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that a validator be suspended for seven days, at once: it is left out of the next session, and its statements are
    /// refused. More than half of all organisations are needed, and each validator can be suspended so only once until two
    /// thirds allow another time.
    Suspend {
        validator: AccountId,
        /// Until it is reinstated: two thirds are needed and a delay, as `register`.
        #[arg(long)]
        long: bool,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that a suspension end now; more than half of all organisations are needed.
    Reinstate {
        validator: AccountId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that a validator may be suspended for seven days once more; as `register`.
    AllowSuspension {
        validator: AccountId,
        #[command(flatten)]
        voters: Voters,
    },
    /// Move node or gateway, or pin another key; --account is the validator's. What is not given stays as it is.
    Move {
        /// Peer id of the node, in base58.
        #[arg(long, required_unless_present_any = ["gateway", "tls_key_hash", "no_pin"])]
        peer_id: Option<String>,
        /// URL of the gateway: scheme, host and perhaps a port.
        #[arg(long)]
        gateway: Option<String>,
        /// SHA-256 of the public key in the gateway's certificate, for https.
        #[arg(long)]
        tls_key_hash: Option<Hash>,
        /// Leave the gateway's certificate to the certificate authorities.
        #[arg(long, conflicts_with = "tls_key_hash")]
        no_pin: bool,
    },
    /// All validators.
    List,
}
