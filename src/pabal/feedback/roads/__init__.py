"""The roads by which feedback comes: a mailbox that is visited, or a server that is called."""
