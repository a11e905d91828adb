"""Access tokens, and the endpoint that gives them."""
