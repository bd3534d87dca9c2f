//! One file for each call, and one for each other part.

mod bonds;
mod charge;
mod claim;
mod escrow;
mod example;
mod fund;
mod history;
mod pot;
mod withdraw_fund;
