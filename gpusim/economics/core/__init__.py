"""What a firm is, in columns, and the calendar of its events."""
