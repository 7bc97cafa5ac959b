"""What the operator sees ahead, and what he signs, builds and raises."""
