//! One file for the call, and one for each thing that other pallets ask.

mod capable;
mod declare;
mod example;
mod silent;
mod views;
mod weights;
