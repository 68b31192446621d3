"""Solana from the outside: an instruction and its accounts as people write them, run and proven.

`fixture` holds what an instruction is run on, `reading` and `writing` are its text, `execution` runs and
proves it, `report` says what came out, `comparison` whether a proof states it.
"""
