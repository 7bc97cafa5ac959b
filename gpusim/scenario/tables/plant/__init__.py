"""Parts of a site's terms, a module a subject."""
