"""From recordings to the bytes of a file."""
