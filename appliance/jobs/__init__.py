"""Ticks of the scheduler: each looks for what is due and is safe to repeat."""
