"""The roster: people, their history, and how they leave it."""
