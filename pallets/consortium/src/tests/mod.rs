//! One file per call or change, and one for each of the pallet's other parts.

mod accept_account;
mod admit;
mod capture;
mod changes;
mod consent;
mod endpoint;
mod example;
mod free_calls;
mod genesis;
mod histories;
mod inspect;
mod outsider;
mod quota;
mod recover_account;
mod register_validator;
mod remove;
mod remove_validator;
mod rotate_account;
mod seats;
mod session;
mod set_account;
mod sponsor;
mod suspend;
mod unsponsor;
mod views;
