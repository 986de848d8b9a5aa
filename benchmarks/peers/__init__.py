"""The peers' programs, one file each. They run in `.venv-bench` and import nothing of ours but `measured`."""
