"""Downloader middlewares, one idea a file."""
