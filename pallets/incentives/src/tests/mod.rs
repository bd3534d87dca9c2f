//! One file for each call, and one for each other part.

mod bonds;
mod charge;
mod claim;
mod escrow;
mod example;
mod forfeit_fund;
mod fund;
mod history;
mod payer;
mod pot;
mod views;
mod withdraw_fund;
