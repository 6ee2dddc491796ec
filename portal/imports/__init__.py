"""Uploaded workbooks, what was read from them, and what was taken over."""
