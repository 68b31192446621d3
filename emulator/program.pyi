class Program:
    streams: tuple[str, ...]
