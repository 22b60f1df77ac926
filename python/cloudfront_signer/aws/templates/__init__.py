"""The stack as a document of each tool."""
