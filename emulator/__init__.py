"""The emulator: EXECUTE once, then COUNT and EXPAND each chunk on its own."""
