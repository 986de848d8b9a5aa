"""The store remembers: journals, their index, blobs, definitions and conversations. It decides nothing."""
