"""Compatibility views, the fence, the last window, the proof, the rename."""
