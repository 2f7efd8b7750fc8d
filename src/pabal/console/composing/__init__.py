"""The pages on which a campaign is written, tried, checked, approved and started."""
