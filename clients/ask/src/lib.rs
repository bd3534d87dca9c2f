#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod amount;
pub mod answer;
pub mod artifact;
pub mod asked;
pub mod capable;
pub mod evaluation;
pub mod fits;
pub mod going_on;
pub mod inputs;
pub mod own;
pub mod paying;
pub mod question;
pub mod request;
pub mod sending;
pub mod stages;
pub mod stream;
pub mod waiting;

use quorate_client::{Account, Client, Error};

/// Who asks, and where.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    pub client: &'a Client,
    pub account: &'a Account,
}

/// Something was found out here: nothing went out, and nothing was paid.
fn nothing_sent(why: impl std::fmt::Display) -> Error {
    Error::Input(format!("nothing was sent: {why}"))
}
