//! One file per call, and one for each other part.

mod bonds;
mod claim;
mod escrow;
mod fund;
mod history;
mod pot;
mod withdraw_fund;
