"""For authors of constraint files: compile, give a witness, see what is wrong, prove it."""
