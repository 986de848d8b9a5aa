"""Reads what a project defines: models, agents, tools, memories, schemas."""
