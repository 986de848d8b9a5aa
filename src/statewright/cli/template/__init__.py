"""The commands about templates: `template eval`."""
