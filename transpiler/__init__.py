"""The transpiler: program files (sBPF, eBPF) to the ROM that runs and is proven."""
