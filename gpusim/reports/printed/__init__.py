"""What commands print: a run, an answer or an explanation as tables for people and as JSON."""
