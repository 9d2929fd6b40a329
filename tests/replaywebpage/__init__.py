"""ReplayWeb.page, the program of others that shows a WACZ file in a browser."""
