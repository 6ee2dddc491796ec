"""Rehearsals: a whole campaign played through the services, for training and as proof."""
