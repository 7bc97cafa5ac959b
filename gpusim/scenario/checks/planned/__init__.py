"""What the planned path of a model cannot keep."""
