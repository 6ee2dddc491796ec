"""Background work with progress, cancel and history."""
