"""C to BPF: finds a compiler, links what it makes, and has the headers that programs include."""
