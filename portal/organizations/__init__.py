"""The dated tree of organizations, who is appointed to what in it, and which plugins serve it."""
