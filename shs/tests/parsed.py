"""The sources of the project as Python reads them; each file is parsed once for all tests of a process."""

import ast
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of the file, as `ast.walk` finds them, which takes as long as parsing."""
    return tuple(ast.walk(tree(path)))
