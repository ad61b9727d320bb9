"""Before any row moves: refuse what would not be safe, make the target, start capture, take watermark X."""
