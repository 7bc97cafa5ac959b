"""Inputs that are drawn: which, by what law, at which level in which set, laid over a model."""
