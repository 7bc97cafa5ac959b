"""The figures of a page: asked, answered and drawn, a module a kind of folder or subject."""
