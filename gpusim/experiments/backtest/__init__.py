"""Forecasts held against what was reported."""
