"""Campaigns from templates: stages, deadlines, deliverables."""
