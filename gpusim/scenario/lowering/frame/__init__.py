"""What every row is made with: the calendar, lots, names as rows, exact amounts, refusals."""
