"""How a short model is whole: what it leaves out, what it names, what a template writes."""
