"""Handwritten digits by Flower on a Quorate network."""
