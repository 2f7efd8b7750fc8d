"""The commands. Here console and pipeline are joined."""
