"""The steps of a campaign, each a function, the same in every pipeline."""
