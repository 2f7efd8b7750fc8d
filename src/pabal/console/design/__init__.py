"""How pages look: the base layout, the components, the style sheet."""
