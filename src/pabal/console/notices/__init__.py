"""What the law wants subscribers told about their consent: results, and every two years."""
