"""Incidents: what is broken, who has it, what is asked of whom by when. Pure: no clock, network or disk."""
