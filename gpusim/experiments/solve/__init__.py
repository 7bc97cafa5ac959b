"""The value of an input at which a target is met."""
