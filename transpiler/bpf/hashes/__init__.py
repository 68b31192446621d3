"""Hashes as micro-code: SHA-256, Keccak-256 and BLAKE3."""
