//! One file per call, and one for each of the pallet's other parts.

mod admit;
mod free_calls;
mod genesis;
mod inspect;
mod outsider;
mod quota_and_account;
mod register_validator;
mod remove;
mod remove_validator;
mod session;
mod sponsor;
mod suspend;
mod unsponsor;
mod update_endpoint;
