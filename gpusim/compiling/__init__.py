"""How a rule becomes machine code and where that is kept; knows no rule."""
