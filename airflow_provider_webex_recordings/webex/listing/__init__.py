"""Listing a window, page by page or in parts side by side."""
