"""Pages that stand in the place of an article: spam, challenges, notices of closing."""
