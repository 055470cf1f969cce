"""What was compared: data, pools and policies; one command plays it, another file writes the page."""
