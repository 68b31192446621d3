"""Programs that are bundled with the package, one folder each.

`zisk-py demo` takes every folder NAME that holds `NAME.o`, `NAME.so` or `NAME.elf`, with `input.bin` as its
input. The C source and the way to build it stand beside them. `zisk-py new` takes what is in `templates`.
"""
