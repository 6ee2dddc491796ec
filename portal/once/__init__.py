"""Doing a thing once, however often it is asked for: the key that an act was asked for under."""
