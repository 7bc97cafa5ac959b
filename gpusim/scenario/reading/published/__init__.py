"""Published tables that models and backtests read, row by row."""
