//! How a thread computes, which any library in the process may have changed.

use std::hint::black_box;

/// Whether results are rounded to the nearest, and numbers below the normal ones are kept.
pub fn is_default() -> bool {
    let (one, half) = (black_box(1.0f32), black_box(f32::EPSILON / 2.0));
    // Between two numbers: to the even one. Just above the middle: up; and the same below zero.
    let nearest = one + half == one
        && one + black_box(f32::EPSILON * 0.75) > one
        && -one - half == -one
        && -one - black_box(f32::EPSILON * 0.75) < -one;
    let small = black_box(f32::MIN_POSITIVE);
    let kept = small * black_box(0.5) > 0.0 && black_box(f32::from_bits(1)) + black_box(0.0) > 0.0;
    nearest && kept
}
