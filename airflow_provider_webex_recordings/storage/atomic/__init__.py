"""A path holds the old file or the whole new one, in every kind of store."""
