"""How a campaign goes and went: its figures, and the story of every delivery."""
