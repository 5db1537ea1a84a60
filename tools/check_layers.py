"""Includes, CMake links and Python imports go left only.

python tools/check_layers.py [ROOT] prints each offence with file and line; exit code 1 if there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LAYERS = ("base", "data", "features", "models", "judge", "tracking")
# Python: pipelines tie the layers together, the server stands on them, the command line on all.
PYTHON_LAYERS = (*LAYERS, "pipelines", "serving", "cli")
CPP_SUFFIXES = {".hpp", ".cpp", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')
LINK = re.compile(r"^assay_layer\((\w+)\s+([^)]*)\)", re.MULTILINE)


def layer_of(path: Path, root: Path) -> str | None:
    """The layer in whose folder a file stands, whichever of the trees it is in."""
    parts = path.relative_to(root).parts
    for layer in LAYERS:
        if layer in parts[:-1]:
            return layer
    return None


def included_layer(text: str) -> str | None:
    """The layer an include names: "assay/data/table.hpp" and "data/detail/x.hpp" are both data."""
    head = text.removeprefix("assay/").split("/")[0]
    return head if head in LAYERS and "/" in text else None


def cpp_offences(root: Path) -> Iterator[str]:
    for tree in ("include/assay", "src", "bindings", "tests/cpp"):
        for path in sorted((root / tree).rglob("*")):
            if path.suffix not in CPP_SUFFIXES or "python" in path.parts:
                continue
            layer = layer_of(path, root)
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = INCLUDE.match(line)
                if match is None:
                    continue
                where = f"{path.relative_to(root)}:{number}"
                if match[1] in ("assay/assay.hpp", "assay.hpp"):
                    yield f"{where}: the umbrella header is for applications; include single headers"
                target = included_layer(match[1])
                if layer and target and LAYERS.index(target) > LAYERS.index(layer):
                    yield f"{where}: {layer} includes {target} to its right"


def header_cycles(root: Path) -> Iterator[str]:
    include = root / "include"
    graph: dict[str, list[str]] = {}
    for path in sorted(include.rglob("*.hpp")):
        found = (INCLUDE.match(line) for line in path.read_text(encoding="utf-8").splitlines())
        graph[path.relative_to(include).as_posix()] = [m[1] for m in found if m and m[1].startswith("assay/")]

    done: set[str] = set()
    trail: list[str] = []

    def visit(header: str) -> Iterator[str]:
        if header in trail:
            yield "cycle: " + " -> ".join([*trail[trail.index(header) :], header])
            return
        if header in done:
            return
        trail.append(header)
        for target in graph.get(header, []):
            yield from visit(target)
        trail.pop()
        done.add(header)

    for header in graph:
        yield from visit(header)


def cmake_offences(root: Path) -> Iterator[str]:
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    declared = [match[1] for match in LINK.finditer(text)]
    if declared != list(LAYERS):
        yield f"CMakeLists.txt: expected the layers {', '.join(LAYERS)}, got {', '.join(declared)}"
    for match in LINK.finditer(text):
        for target in re.findall(r"assay::(\w+)", match[2]):
            if target not in LAYERS or LAYERS.index(target) >= LAYERS.index(match[1]):
                yield f"CMakeLists.txt: {match[1]} links assay::{target}, not to its left"


def imported_modules(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Absolute names of the imports of a module, those under TYPE_CHECKING included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
            yield node.lineno, base
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def python_offences(root: Path) -> Iterator[str]:
    source = root / "bindings" / "python"
    for path in sorted((source / "assay").rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        layer = parts[1]
        if layer not in PYTHON_LAYERS:
            continue
        package = ".".join(parts[:-1])
        for number, name in imported_modules(ast.parse(path.read_text(encoding="utf-8")), package):
            names = name.split(".")
            if names[:2] == ["assay", "_core"]:
                del names[1]
            target = names[1] if len(names) > 1 else ""
            if names[0] != "assay" or target not in PYTHON_LAYERS:
                continue
            if PYTHON_LAYERS.index(target) > PYTHON_LAYERS.index(layer):
                yield f"{path.relative_to(root)}:{number}: {layer} imports {target} to its right"


def offences(root: Path) -> list[str]:
    found = [*cpp_offences(root), *header_cycles(root), *cmake_offences(root), *python_offences(root)]
    return list(dict.fromkeys(found))


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = offences(root)
    print("\n".join(found) if found else "layers: includes, links and imports go left only")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
