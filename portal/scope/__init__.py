"""Which rows a session may touch: the second and third wall behind `access.reach`."""
