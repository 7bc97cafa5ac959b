"""What runs leave behind: payloads, tables, summaries and the run folder."""
