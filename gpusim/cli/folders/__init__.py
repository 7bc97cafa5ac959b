"""The commands about a folder that is kept: list, show, verify, report, explain, replay."""
