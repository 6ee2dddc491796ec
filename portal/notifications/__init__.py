"""What people are told: an inbox, written in the act and read after it."""
