"""One record per member and campaign: checks, findings, the facts that are counted."""
