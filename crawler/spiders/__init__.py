"""The spiders: every district is an instance of one; a further mode is a class of its own."""
