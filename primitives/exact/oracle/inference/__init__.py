"""Exact inference, sections 12 to 17 of docs/exactness.md, from the text alone: f32 as bits, computed by integers."""
