"""What is around every page: navigation, style, and what happens when something goes wrong."""
