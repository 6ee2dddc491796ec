"""Grids, checks, filings, review and totals: from people's facts to every level's tables."""
