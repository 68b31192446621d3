"""One module per command; each is imported when its command is used."""

COMMANDS = (
    "new",
    "build",
    "execute",
    "verify-constraints",
    "prove",
    "verify",
    "trace",
    "solana",
    "pil",
    "disasm",
    "demo",
    "info",
    "ebpf-plugin",
)
