"""What a model file may say, a module for each kind of table."""
