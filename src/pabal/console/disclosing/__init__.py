"""What is known of somebody, told to themselves."""
