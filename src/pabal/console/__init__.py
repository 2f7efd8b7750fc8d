"""The pages: people sign in here, choose an audience, and read what became of a campaign.

Django lives here and nowhere below. Knows the rooms under it through the pipeline; gives
the pipeline campaigns and audiences by implementing its ports (adapters.py).
"""
