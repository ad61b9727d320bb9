"""The way back: the old tables take their names again, or before the cutover everything of ours goes."""
