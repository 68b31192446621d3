"""RISC-V programs (RV64, user level) to ROMs."""
