# Compiles what standard input names, `SOURCE NUL COMPILED` a line, relative to the current folder. Prints the sources
# that cannot be compiled.
import py_compile
import sys

for line in sys.stdin.buffer:
    source, compiled = line[:-1].decode().split("\0")
    try:
        # The import system corrects the name of the source when it loads what was compiled.
        py_compile.compile(
            source,
            compiled,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except (py_compile.PyCompileError, ValueError, RecursionError, MemoryError):
        print(source)
