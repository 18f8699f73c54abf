"""The exchange's state changes in `ExchangeState.apply` and nowhere else: what the log says is what happened."""

import ast
from collections.abc import Iterator, Set as AbstractSet
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from simexchange.core.vocabulary.events import Event
from tests.house.sources import PACKAGE, at, modules, name, project_files, tree

Finding = tuple[ast.expr | ast.stmt, str]

CORE = PACKAGE / "core"
KEPT = (
    "accounts", "averages", "book", "choices", "deadlines", "debts", "deliveries", "distress", "holding", "indexes",
    "ledger", "legs", "market", "moves", "positions", "sampling", "standing", "state", "tape", "trailing", "triggers",
)  # fmt: skip
KEPT_IN = [CORE / f"{stem}.py" for stem in KEPT]
"""The modules whose classes are the state, or that fold into it."""

MUTATORS = {
    # The first makes an empty one where there was none.
    "Account": {"balance", "count_buys", "forget_sub", "forget_wallet", "limit_asset", "to_buy"},
    "Deadlines": {"add", "drop"},
    "Exposure": {"count"},
    "Followers": {"_drop", "_mark", "_take_of", "_unmark", "advance", "follow", "leave", "take"},
    "Funding": {"sample"},
    "Averages": {"trade"},
    "Level": {"append", "unlink"},
    "ListLadder": {"drop", "make"},
    "MovingAverage": {"add"},
    "OrderBook": {"add", "reduce", "remove", "replenish", "resize"},
    "Position": {"close", "grow"},
    "Purses": {"move", "subsidise"},
    "SettlementAverage": {"add"},
    "TapeSide": {"record"},
    "Watch": {"lay", "lift", "wake"},
}
"""Methods that change state. A new one is added here, and may be called from state.py only."""

RECEIVERS = {
    "add": "book", "append": "level", "close": "position", "count": "exposure", "reduce": "book", "remove": "book",
    "sample": "funding",
}  # fmt: skip
"""Names that ordinary containers have too, with the word the receiver then ends in."""

FUNCTIONS = {"apply_"}
"""Functions (by the start of their name) that change the state they are given."""

CONTAINER = {
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault",
    "sort", "update",
}  # fmt: skip
"""Methods of lists, dicts and sets that change them."""

LOADER = CORE / "canonical.py"
"""Builds a state from its bytes, before anybody else holds it."""

WORKING_COPIES = {"tape.py": {"taker"}}
"""Orders that a module makes for itself and that never come into the state: whoever the tape says took."""

COPIERS = {"holding.py": {"imagined"}}
"""Functions that fold into a copy which they make and which never comes into the state."""

APPLIERS = {"simexchange/core/engine.py", "simexchange/core/state.py"}
"""Who may call `state.apply`, beside the event log's replay."""


@pytest.fixture(scope="module", autouse=True)
def _core_is_there() -> None:
    if not (CORE / "state.py").exists():
        pytest.skip("there is no simexchange/core/state.py")


# ------------------------------------------------------------------------------------------------------------ the rules


def test_only_state_py_changes_the_state() -> None:
    kept = kept_names()
    deciding = [path for path in modules("core") if path not in {CORE / "state.py", LOADER}]

    found = [
        at(path, *change)
        for path in deciding
        for change in changes(
            tree(path), kept, path in KEPT_IN, WORKING_COPIES.get(path.name, set()), COPIERS.get(path.name, set())
        )
    ]

    assert found == []


def test_no_other_room_reaches_into_the_state() -> None:
    kept = attributes(CORE / "state.py")["ExchangeState"]
    others = [path for path in python() if not path.is_relative_to(CORE)]

    assert [at(path, *found) for path in others for found in intrusions(tree(path), kept)] == []


def test_only_the_engine_and_replay_apply_events_to_the_state() -> None:
    calls = [
        at(path, node, "state.apply")
        for path in python()
        if name(path) not in APPLIERS and not path.is_relative_to(PACKAGE / "eventlog")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and words(node.func)[-2:] in (["state", "apply"], ["_state", "apply"])
    ]

    assert calls == []


def test_the_list_of_mutators_is_complete() -> None:
    found = {
        cls.name: methods
        for path in KEPT_IN
        if path.exists() and path.name != "state.py"
        for cls in tree(path).body
        if isinstance(cls, ast.ClassDef) and (methods := mutating_methods(cls))
    }

    assert found == MUTATORS


def test_apply_knows_every_event() -> None:
    from simexchange.core.state import ExchangeState

    assert set(ExchangeState()._apply) == set(get_args(Event))


@pytest.mark.parametrize(
    "line",
    [
        "order.left = 0",
        "order.left -= qty",
        "self._state.accounts[no] = account",
        "del account.orders[no]",
        "account.positions.pop(no)",
        "orders = account.orders\n    orders.clear()",
        "market.book.add(order)",
        "position.close(qty, cost, at)",
        "account.balance(wallet, asset).free += 1",
        "market.funding.sample(at, premium)",
        "tape.apply_tape_printed(state, event)",
        "setattr(order, name, 1)",
    ],
)
def test_a_change_is_found(line: str) -> None:
    module = ast.parse(f"def decide(order: Order, market: MarketState):\n    {line}")

    assert list(changes(module, kept_names(), keeps_state=False))


@pytest.mark.parametrize(
    "line",
    [
        "left = order.left",
        "self._batch.append(event)",
        "self._batch = []",
        "rows = []\n    rows.append(order.left)",
        "found = account.free(wallet, asset)",
        "ticket.qty = 1",
    ],
)
def test_a_look_is_let_pass(line: str) -> None:
    module = ast.parse(f"def decide(self, ticket: Ticket):\n    {line}")

    assert not list(changes(module, kept_names(), keeps_state=False))


# ----------------------------------------------------------------------------------------------------------- the search


def python() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".py" and path.is_relative_to(PACKAGE)]


def words(node: ast.expr) -> list[str]:
    """`a.b[c].d(e)` as a, b, d."""
    match node:
        case ast.Name(id=word):
            return [word]
        case ast.Attribute(value=value, attr=word):
            return [*words(value), word]
        case ast.Subscript(value=value) | ast.Call(func=value):
            return words(value)
    return [""]


@cache
def attributes(path: Path) -> dict[str, set[str]]:
    """Per class of *path*, what its `__init__` gives to self."""
    return {
        cls.name: {
            target.attr
            for node in ast.walk(cls)
            if isinstance(node, (ast.Assign, ast.AnnAssign))
            for target in targets(node)
            if isinstance(target, ast.Attribute) and words(target.value) == ["self"]
        }
        for cls in tree(path).body
        if isinstance(cls, ast.ClassDef)
    }


def kept_names() -> set[str]:
    """Every attribute of every class the state is made of."""
    found: set[str] = set()
    for path in KEPT_IN:
        if path.exists():
            found = found.union(*attributes(path).values())
    return found


def targets(node: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to or deletes."""
    match node:
        case ast.Assign(targets=places) | ast.Delete(targets=places):
            flat = [part for place in places for part in (place.elts if isinstance(place, ast.Tuple) else [place])]
            return list(flat)
        case ast.AugAssign(target=place) | ast.AnnAssign(target=place, value=ast.expr()):
            return [place]
    return []


def kept_place(node: ast.expr, kept: set[str], aliases: set[str]) -> bool:
    """Whether *node* is a kept attribute of something else than self, or a local name for one."""
    if isinstance(node, ast.Name):
        return node.id in aliases
    return isinstance(node, ast.Attribute) and node.attr in kept and words(node.value) != ["self"]


def changes(
    module: ast.Module,
    kept: set[str],
    keeps_state: bool,
    copies: AbstractSet[str] = frozenset(),
    copiers: AbstractSet[str] = frozenset(),
) -> Iterator[Finding]:
    """Where *module* changes state. In a module that defines state its classes and its folding functions may."""
    folding = (folding_functions(module) if keeps_state else set()) | copiers
    for part in module.body:
        if (keeps_state and isinstance(part, ast.ClassDef)) or getattr(part, "name", "") in folding:
            continue
        for function in functions(part):
            aliases = {
                target.id
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute)
                for target in node.targets
                if isinstance(target, ast.Name) and kept_place(node.value, kept, set())
            }
            own = working_copies(function) | copies
            for node in ast.walk(function):
                yield from changes_at(node, kept, aliases, own)


def folding_functions(module: ast.Module) -> set[str]:
    """`apply_…`, and the functions that nothing but those calls."""
    defined = [part for part in module.body if isinstance(part, ast.FunctionDef)]
    callers: dict[str, set[str]] = {part.name: set() for part in defined}
    for part in defined:
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and node.id in callers:
                callers[node.id].add(part.name)
    folding = {word for word in callers if word.startswith("apply_")}
    while more := {word for word, by in callers.items() if by and by <= folding} - folding:
        folding |= more
    return folding


def working_copies(function: ast.stmt) -> set[str]:
    """Parameters whose declared class is no part of the state: what a decision notes for itself (a ticket, a tally)."""
    state = {"Any", "object"} | {cls for path in KEPT_IN if path.exists() for cls in attributes(path)}
    return {
        node.arg
        for node in ast.walk(function)
        if isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name) and node.annotation.id not in state
    }


def functions(part: ast.stmt) -> list[ast.stmt]:
    if isinstance(part, ast.ClassDef):
        return list(part.body)
    return [part]


def changes_at(node: ast.AST, kept: set[str], aliases: set[str], own: set[str]) -> Iterator[Finding]:
    if isinstance(node, ast.stmt):
        for place in targets(node):
            if isinstance(place, ast.Attribute) and isinstance(place.value, ast.Name) and place.value.id in own:
                continue
            if isinstance(place, ast.Attribute) and kept_place(place, kept, set()):
                yield node, f"assigns to {'.'.join(words(place))}"
            if isinstance(place, ast.Subscript) and kept_place(place.value, kept, aliases):
                yield node, f"changes {'.'.join(words(place.value))}"
    if not isinstance(node, ast.Call):
        return
    path = words(node.func)
    called, receiver = path[-1], (path[-2] if len(path) > 1 else "")
    if called == "setattr" or any(called.startswith(start) for start in FUNCTIONS):
        yield node, f"calls {called}"
    if not isinstance(node.func, ast.Attribute):
        return
    if called in CONTAINER and kept_place(node.func.value, kept, aliases):
        yield node, f"changes {'.'.join(path[:-1])}"
    if any(called in methods for methods in MUTATORS.values()) and receiver.endswith(RECEIVERS.get(called, "")):
        yield node, f"calls {'.'.join(path)}"


def intrusions(module: ast.Module, kept: set[str]) -> Iterator[Finding]:
    """Where a room above the core changes something under a name that ends in `state`."""
    for node in ast.walk(module):
        places = targets(node) if isinstance(node, ast.stmt) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            known = CONTAINER.union(*MUTATORS.values())
            places = [node.func.value] if node.func.attr in known else []
        for place in places:
            path = words(place)
            reached = any(a in {"state", "_state"} and b in kept for a, b in pairwise(path))
            if reached and isinstance(node, (ast.stmt, ast.expr)):
                yield node, f"reaches into {'.'.join(path)}"


def mutating_methods(cls: ast.ClassDef) -> set[str]:
    """Methods of *cls* that assign to an attribute of anything, or call something that does."""
    inner = CONTAINER.union(*MUTATORS.values())
    return {
        method.name
        for method in cls.body
        if isinstance(method, ast.FunctionDef) and method.name != "__init__"
        if any(changes_something(node, method, inner) for node in ast.walk(method))
    }


def changes_something(node: ast.AST, method: ast.FunctionDef, inner: set[str]) -> bool:
    if isinstance(node, ast.stmt) and any(not isinstance(place, ast.Name) for place in targets(node)):
        return True
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in inner):
        return False
    owner = node.func.value
    return not (isinstance(owner, ast.Name) and owner.id in fresh_names(method))


def fresh_names(method: ast.FunctionDef) -> set[str]:
    """Local names of containers that *method* makes itself."""
    return {
        target.id
        for node in ast.walk(method)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, (ast.List, ast.Dict, ast.Set))
        for target in targets(node)
        if isinstance(target, ast.Name)
    }
