"""The MCP server: tools by which an AI assistant talks to the people in one room."""
