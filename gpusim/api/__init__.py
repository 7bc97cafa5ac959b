"""What Python users call: functions named like the commands, and what they return."""
