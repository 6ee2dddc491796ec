"""Searches for members out of contact: the contact log and its outcome."""
