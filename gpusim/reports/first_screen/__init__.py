"""The first screen of a run: its verdict, a table by year, how to go on."""
