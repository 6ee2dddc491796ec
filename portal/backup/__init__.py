"""Backups: taken while the portal runs, sealed with a key of their own, proved by restoring."""
