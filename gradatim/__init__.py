"""Gradatim: which samples a language model learns from, in which order, in which proportion, when."""

__version__ = "0.1.0"
