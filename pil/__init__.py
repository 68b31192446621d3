"""PIL: the language of constraints; parse, compile, check."""
