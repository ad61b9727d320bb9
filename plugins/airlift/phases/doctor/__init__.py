"""The doctor: looks at a migration from outside, says what is wrong and what to do, and mends what is safe when asked to."""
