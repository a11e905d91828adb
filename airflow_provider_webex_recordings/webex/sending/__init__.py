"""One request until it is answered."""
