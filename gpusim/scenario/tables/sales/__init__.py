"""Terms of what is sold: prices within a term, tranches and their hardware."""
