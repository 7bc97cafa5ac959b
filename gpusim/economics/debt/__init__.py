"""What is lent, tested, paid and in which order."""
