"""Tools that are HTTP requests to addresses of a file."""
