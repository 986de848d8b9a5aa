"""Turns the text of a YAML file into marked values, and reads typed fields from them."""
