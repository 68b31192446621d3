"""Elliptic curves as micro-code: program addresses and the recovery of secp256k1 keys."""
