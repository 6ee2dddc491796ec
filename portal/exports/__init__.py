"""Files that leave the portal: asked for, approved, taken once, listed, and traced when leaked."""
