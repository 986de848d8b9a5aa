"""Wires a project and its data folder: what is read, and who performs it, this process or the folder's owner."""

from statewright.app.application import App
from statewright.app.opening import open_app

__all__ = ["App", "open_app"]
