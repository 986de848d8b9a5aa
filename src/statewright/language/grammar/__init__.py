"""Says what may be written: one table per entity, which reading, the JSON Schema and the reference all follow."""
