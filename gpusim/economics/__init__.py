"""The rules of the business, each once: compiled functions over record arrays."""
