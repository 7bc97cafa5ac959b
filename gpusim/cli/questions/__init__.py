"""The commands that simulate or judge a model: a module a question, as in the API."""
