"""Evaluates templates and conditions, purely: `template` is the front, `evaluate` says what goes in.

`run` is one evaluation at work; `nodes`, `calls`, `blocks` and `golang` are what a parsed template consists of;
`operators`, `printing` and `made` know values; `functions` holds everything that can be called. The grammar is not
here: `statewright.language.templates` reads text and builds these nodes.
"""
