"""Models answer prompts: simulated, scripted, or a provider's; `choose.py` picks, and nothing switches silently."""
