"""What a credit memo tells of a finished run, read from its folder."""
