"""Tools of MCP servers: what the file says, a connection for each server, results as texts."""
