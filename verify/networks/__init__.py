"""Reports on a user's own network, noise or factorisation: frozen results with text, HTML and JSON forms."""
