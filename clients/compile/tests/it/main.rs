//! The compiler from outside: models that are written here, and what their programs compute.

mod hostile;
mod images;
mod make;
mod names;
mod others;
mod patterns;
mod products;
mod sizes;
mod templates;
