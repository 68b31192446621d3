"""The BPF front end: generic eBPF (RFC 9669) and Solana's sBPF."""
