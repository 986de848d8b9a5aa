"""The commands about runs that exist: `runs list`, `show`, `events`, `resume`."""
