"""The instruction set: operations, instructions, the ROM, and the map of memory."""
