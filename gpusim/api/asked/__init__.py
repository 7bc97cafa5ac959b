"""What a caller asks for, checked and made into the request of an experiment."""
