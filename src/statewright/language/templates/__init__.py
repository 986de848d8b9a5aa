"""Reads templates: text in, nodes of `kernel.expressions` out. `compiling` is the front."""
