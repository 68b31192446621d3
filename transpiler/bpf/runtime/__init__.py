"""The Solana runtime around a program, as rows: before its first instruction and after its exit."""
