"""Signing in: proving who one is, and the sessions that follow from it."""
