"""F and D: instructions on floating-point numbers, by routines that are RISC-V code without them."""
