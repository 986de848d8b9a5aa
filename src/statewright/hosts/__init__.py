"""Hosts turn the crank: decide, record, do, tell. They decide nothing themselves."""
