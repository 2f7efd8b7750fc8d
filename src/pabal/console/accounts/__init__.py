"""People who work with Pabal: who they are, how they sign in, what they may do."""
