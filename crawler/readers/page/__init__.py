"""The page as a whole: bounds, its tree, and what it says of itself for programs."""
