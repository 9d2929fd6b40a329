"""The spiders; there is one, and every district is an instance of it."""
