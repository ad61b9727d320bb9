"""The house rules, executable. Beside each, planted trees show that it can fail."""
