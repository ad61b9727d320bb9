"""MySQL and MariaDB: all that the phases need of them, behind one class each."""
