"""What mail clients show of HTML and CSS, and what a mail uses of it."""
