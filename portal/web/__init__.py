"""Pages. They read the request, call one service in one transaction, and show the outcome."""
