"""The machines: constraints (.pil), witnesses, plans; and the statement they prove together."""
