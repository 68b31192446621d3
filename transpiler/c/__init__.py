"""C to programs for BPF and RISC-V: the compilers, the linking, and the headers that programs include."""
