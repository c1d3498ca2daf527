"""Parts of a JSON document as read-only objects whose annotations say what is in them.

    class Run(Fields):
        init: str
        \"\"\"The initialization.\"\"\"
        train: Figures
        \"\"\"On the training set.\"\"\"

A key is read when it is asked for, given the declared type, and kept: `run.train.loss` and `run["train"]["loss"]` are the same.
A key that a document may lack has a default, or a type with `None` in it. What no annotation names can be read all the same, so
that documents of a newer version lose nothing.
"""

from __future__ import annotations

import ast
import collections.abc
import difflib
import inspect
import keyword
import math
import textwrap
import typing
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping
from functools import cache, cached_property
from itertools import pairwise
from types import MappingProxyType, NoneType, UnionType
from typing import Any, ClassVar, NewType, Union, get_args, get_origin

from . import _native

__all__ = ["Field", "Fields", "Sentence", "wrap"]

Sentence = NewType("Sentence", str)
"""Text for a person, which speaks of keywords where the document speaks of flags."""

MISSING: Any = object()


class Fields:
    """A part of a document: its keys are attributes, and can be subscripted as those of a mapping can."""

    _fields: ClassVar[dict[str, Field]] = {}
    _tree: Mapping[str, Any]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in list(cls.__annotations__):
            if not name.startswith("_"):
                setattr(cls, name, Field(cls, name, cls.__dict__.get(name, MISSING)))
        known = {name: getattr(cls, name, None) for parent in reversed(cls.__mro__) for name in vars(parent)}
        cls._fields = {name: field for name, field in known.items() if isinstance(field, Field)}

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.__dict__["_tree"] = tree

    def __getitem__(self, key: str) -> Any:
        value = self._tree[key]
        name = attribute(key)
        is_declared = isinstance(getattr(type(self), name, None), (Field, property))
        return getattr(self, name) if is_declared else wrap(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def __contains__(self, key: object) -> bool:
        return key in self._tree

    def keys(self) -> KeysView[str]:
        """The keys of the document."""
        return self._tree.keys()

    def items(self) -> ItemsView[str, Any]:
        """The keys of the document, each with what `self[key]` is."""
        return {key: self[key] for key in self}.items()

    def get(self, key: str, default: Any = None) -> Any:
        """What `self[key]` is, or a default where there is no such key."""
        try:
            return self[key]
        except KeyError:
            return default

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain dicts and lists, which may be changed."""
        plain: dict[str, Any] = _plain(self._tree)
        return plain

    if not typing.TYPE_CHECKING:  # A type checker shall complain of names that nothing declares.

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("_"):
                for key in _keys(name):
                    if key in self._tree:
                        return wrap(self._tree[key])
            raise AttributeError(_no_such(self, name))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed; its to_dict() is a copy that can")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *map(attribute, self._tree)})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{attribute(key)}={_brief(self[key])}' for key in self)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fields) or type(self) is not type(other):
            return NotImplemented
        return self is other or _same(self._tree, other._tree)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._tree,)

    # What cannot be changed is as good as a copy of it.
    def __copy__(self) -> Fields:
        return self

    def __deepcopy__(self, memo: object) -> Fields:
        return self


class Field:
    """An attribute that reads its key and gives the declared type to what stands there."""

    def __init__(self, owner: type, name: str, default: Any) -> None:
        self.owner, self.name, self.default = owner, name, default

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """The text below the attribute in its class."""
        return _docs(self.owner).get(self.name)

    @cached_property
    def kind(self) -> Any:
        """The declared type."""
        return typing.get_type_hints(self.owner)[self.name]

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        """What gives the declared type to a value."""
        return _reader(self.kind)

    @property
    def is_optional(self) -> bool:
        """Whether a document may lack the key."""
        return self.default is not MISSING or NoneType in get_args(self.kind)

    def __get__(self, instance: Fields | None, owner: type) -> Any:
        if instance is None:
            return self
        kept = instance.__dict__
        if self.name not in kept:
            tree = instance._tree
            value = next((tree[key] for key in _keys(self.name) if key in tree), MISSING)
            if value is not MISSING:
                kept[self.name] = self.read(value)
            elif self.is_optional:
                kept[self.name] = None if self.default is MISSING else self.default
            else:
                raise AttributeError(_no_such(instance, self.name))
        return kept[self.name]

    def __set__(self, instance: Fields, value: object) -> None:
        instance.__setattr__(self.name, value)


def attribute(key: str) -> str:
    """The name of the attribute that a key is."""
    name = key.replace("-", "_")
    return name + "_" if keyword.iskeyword(name) else name


def _keys(name: str) -> tuple[str, str]:
    """The keys that an attribute may stand for."""
    key = name.rstrip("_")
    return key, key.replace("_", "-")


def wrap(value: Any) -> Any:
    """A value of which no type is declared, its dicts with attributes and its lists as tuples."""
    if isinstance(value, dict):
        return Fields(value)
    return tuple(map(wrap, value)) if isinstance(value, (list, tuple)) else value


def _reader(kind: Any) -> Callable[[Any], Any]:
    """What gives a type to a value."""
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        readers = [_reader(one) for one in of if one is not NoneType]
        parts = [one for one in of if isinstance(one, type) and issubclass(one, Fields)]
        of_dict = parts[0] if parts else wrap
        if len(readers) == 1:
            return lambda value: None if value is None else readers[0](value)
        return lambda value: of_dict(value) if isinstance(value, dict) else wrap(value)
    if origin is tuple and of[-1] is Ellipsis:
        each = _reader(of[0])
        return lambda values: tuple(each(value) for value in values)
    if origin is tuple:
        several = [_reader(one) for one in of]
        return lambda values: tuple(read(value) for read, value in zip(several, values))
    if origin is collections.abc.Mapping:
        each = _reader(of[1])
        return lambda values: MappingProxyType({key: each(value) for key, value in values.items()})
    if kind is float:
        # JSON has no number for what is not finite.
        return lambda value: math.nan if value is None else float(value)
    if kind is Sentence:
        return _native.in_python
    if isinstance(kind, type) and issubclass(kind, Fields):
        return kind
    return wrap


@cache
def _docs(owner: type) -> dict[str, str]:
    """The texts below the attributes of a class."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except (OSError, SyntaxError):  # The source is not there.
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    docs = {}
    for line, below in pairwise(body):
        match line, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = inspect.cleandoc(text)
    return docs


def _no_such(of: Fields, name: str) -> str:
    """That there is no such attribute, and what may have been meant."""
    if name in of._fields:
        return f"there is no {name} in this {type(of).__name__}: it has {', '.join(map(attribute, of._tree))}"
    known = list(dict.fromkeys([*map(attribute, of._tree), *of._fields]))
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(known)}"
    return f"a {type(of).__name__} has no {name}: {hint}"


def _brief(value: Any) -> str:
    """A value in a few characters."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Fields):
        return f"{type(value).__name__}(...)" if len(value) > 5 else repr(value)
    if isinstance(value, tuple):
        if len(value) > 4 or any(isinstance(item, Fields) for item in value):
            return f"<{len(value)} {type(value[0]).__name__}>"
        return f"({', '.join(map(_brief, value))}{',' if len(value) == 1 else ''})"
    return repr(dict(value)) if isinstance(value, MappingProxyType) else repr(value)


def _same(a: Any, b: Any) -> bool:
    """Whether two trees are the same but for the time that it took, those numbers that are none included."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(key == "seconds" or _same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b) or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def _plain(tree: Any) -> Any:
    """A copy of a tree."""
    if isinstance(tree, Mapping):
        return {key: _plain(value) for key, value in tree.items()}
    return [_plain(item) for item in tree] if isinstance(tree, (list, tuple)) else tree
