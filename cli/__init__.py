"""The command `zisk-py`: it parses, calls the library and prints; nothing else."""
