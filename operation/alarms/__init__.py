"""What is wrong with an archive, judged by rules, and told to its operator."""
