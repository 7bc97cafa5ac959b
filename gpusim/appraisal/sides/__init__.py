"""What is told of lots beside their figures: years of cash, the lender's side, GPUs re-let."""
