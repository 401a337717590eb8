"""Every small way of breaking a file of rules: comparisons moved by one, signs, `and` for `or`, numbers one off,
conditions dropped, the least for the most.

A mutant is a change of one expression. It is known by its file, the function that it is in and the words before and
after, so that it keeps its name while lines move. Types, decorators and texts are left alone: no rule is in them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}


@dataclass(frozen=True)
class Mutant:
    """One broken version of a file. `path` is from the root of the repository; `number` and `variant` say which of its
    expressions is broken, and in which of the ways.
    """

    path: str
    place: str
    change: str
    number: int
    variant: int

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def name(self) -> str:
        return f"{self.path}, {self.place}: {self.change}"

    def code(self) -> ast.Module:
        """The whole file, broken."""
        tree = _parsed(self.path)
        target = [node for node, _place in _rules(tree)][self.number]
        broken = list(_broken(target))[self.variant]
        return ast.fix_missing_locations(_Replacing(target, broken).visit(tree))


def mutants_of(path: str) -> list[Mutant]:
    """Every mutant of one file, in the order in which they stand in it."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    found: list[Mutant] = []
    met: Counter[tuple[str, str]] = Counter()
    for number, (node, place) in enumerate(_rules(_parsed(path))):
        for variant, broken in enumerate(_broken(node)):
            where = lines[getattr(node, "lineno", _first_line(node)) - 1].strip()
            change = f"{_words(node)} -> {_words(broken)} in {where}"
            met[place, change] += 1
            again = met[place, change]
            found.append(Mutant(path, place, f"{change} ({again})" if again > 1 else change, number, variant))
    return found


def _parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def _first_line(node: ast.AST) -> int:
    return min(int(one.lineno) for one in ast.walk(node) if hasattr(one, "lineno"))


def _words(node: ast.AST) -> str:
    return f"if {ast.unparse(node.test)}" if isinstance(node, ast.If) else ast.unparse(node).strip()


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return ast.copy_location(self.new, node) if node is self.old else self.generic_visit(node)


def _rules(node: ast.AST, place: str = "module") -> Iterator[tuple[ast.AST, str]]:
    """Every node that may hold a rule, with the name of the function or class around it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        place = node.name if place == "module" else f"{place}.{node.name}"
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "keywords", "type_comment"):
            # Of keywords only what is given to keys of an order matters, and is met as a rule of its own.
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, place
                yield from _rules(child, place)
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg not in ("strict", "frozen", "slots", "kw_only"):
                yield keyword.value, place
                yield from _rules(keyword.value, place)


def _broken(node: ast.AST) -> Iterator[ast.AST]:
    """The broken versions of one node; made anew at each call."""
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in COMPARED[type(operator)]:
                yield ast.Compare(node.left, [*node.ops[:index], other(), *node.ops[index + 1 :]], node.comparators)
    elif isinstance(node, ast.BinOp) and type(node.op) in RECKONED:
        yield ast.BinOp(node.left, RECKONED[type(node.op)](), node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in RECKONED:
        yield ast.AugAssign(node.target, RECKONED[type(node.op)](), node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for index in range(len(node.values)):
            rest = [*node.values[:index], *node.values[index + 1 :]]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.If):
        for constant in (True, False):
            yield ast.If(ast.Constant(constant), node.body, node.orelse)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.comprehension):
        for index in range(len(node.ifs)):
            ifs = [*node.ifs[:index], *node.ifs[index + 1 :]]
            yield ast.comprehension(node.target, node.iter, ifs, node.is_async)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED:
        keywords = [] if node.func.id == "sorted" else node.keywords
        yield ast.Call(ast.Name(CALLED[node.func.id], ast.Load()), node.args, keywords)
