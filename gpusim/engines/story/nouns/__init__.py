"""A module a noun: the records of its events, how they are read, and the sentences on them."""
