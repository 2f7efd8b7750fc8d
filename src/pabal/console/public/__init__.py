"""The pages of those who receive: signed links, no log-in, no JavaScript, no cookies."""
