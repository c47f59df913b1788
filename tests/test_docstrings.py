"""A public function with three parameters or more says what each of them is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MIN_PARAMETERS = 3
Function = tuple[str, list[str], str]


def public_functions(path: Path) -> Iterator[Function]:
    """Yield name, parameters and docstring of each public function and method of a module.

    The docstring of a class speaks for its ``__init__``; options of a command have a help text.
    """
    tree = ast.parse(path.read_text())
    where = path.relative_to(ROOT)
    owners: list[tuple[str, str, ast.Module | ast.ClassDef]] = [("", "", tree)]
    owners += [
        (f"{node.name}.", ast.get_docstring(node) or "", node)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    for prefix, of_class, owner in owners:
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef) or is_command(node):
                continue
            said = of_class if node.name == "__init__" else ast.get_docstring(node) or ""
            if node.name == "__init__" or not node.name.startswith("_"):
                yield f"{where}: {prefix}{node.name}", parameters(node), said


def is_command(node: ast.FunctionDef) -> bool:
    return any(
        ".command(" in text or ".callback(" in text
        for text in map(ast.unparse, node.decorator_list)
    )


def parameters(node: ast.FunctionDef) -> list[str]:
    listed = node.args
    found = [*listed.posonlyargs, *listed.args, *listed.kwonlyargs]
    found += [each for each in (listed.vararg, listed.kwarg) if each]
    return [each.arg for each in found if each.arg not in {"self", "cls"}]


def described(docstring: str) -> list[str]:
    """Return the names in the section of parameters, in its order."""
    section = re.search(r"(?ms)^Parameters\n-{10}\n(.*?)(?=^\w+\n-{3,}$|\Z)", docstring)
    heads = re.findall(r"(?m)^(\S[^:\n]*)(?: : |$)", section[1] if section else "")
    return [name.strip("* ") for head in heads for name in head.split(",")]


def all_functions() -> list[Function]:
    return [
        found for path in sorted((ROOT / "bench").rglob("*.py")) for found in public_functions(path)
    ]


def test_functions_with_many_parameters_describe_them() -> None:
    functions = all_functions()
    assert len(functions) > 500
    silent = [
        n for n, names, said in functions if len(names) >= MIN_PARAMETERS and not described(said)
    ]
    assert silent == []


def test_a_described_parameter_is_one_of_the_function_in_its_order() -> None:
    wrong = []
    for name, names, said in all_functions():
        found = described(said)
        if [each for each in names if each in found] != found:
            wrong.append((name, found))
    assert wrong == []
