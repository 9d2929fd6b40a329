"""Taking captures and articles out of an archive, in forms that others read. Nothing is changed."""
