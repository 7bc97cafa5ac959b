"""One model, many replications; points, criteria and conditions on them."""
