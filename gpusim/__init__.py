"""Event-by-event simulation of a leveraged GPU cloud operator."""
