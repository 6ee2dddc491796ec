"""The REST API: the same verbs, the same scope, other words."""
