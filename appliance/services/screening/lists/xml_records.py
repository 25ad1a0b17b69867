"""Records of an XML file, one after the other, in bounded memory.

A document type is refused before anything of it is read, so that there are no entities to expand and nothing
to fetch. What is not inside a wanted element is not kept.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from appliance.services.screening.lists.list_file import ListFile

DEEPEST: Final = 64
MOST_ELEMENTS: Final = 100_000
"""Of one record."""
MOST_TEXT: Final = 8 * 1024 * 1024
"""Characters of one record, names of attributes included."""
LONGEST_TOKEN: Final = 4 * 1024 * 1024
"""Bytes without an end of a tag or text: what the parser would have to keep."""


@dataclass(slots=True)
class Element:
    """An element with its local name, attributes, own text and children."""

    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: "list[Element]" = field(default_factory=list)

    def all(self, tag: str) -> "Iterator[Element]":
        """Children of that name."""
        return (child for child in self.children if child.tag == tag)

    def find(self, *path: str) -> "Element | None":
        """The first descendant along a path of names."""
        here: Element | None = self
        for tag in path:
            here = next(here.all(tag), None) if here else None
        return here

    def value(self, *path: str) -> str:
        """Text of the first descendant along a path; "" where there is none."""
        found = self.find(*path)
        return found.text.strip() if found else ""

    def get(self, name: str) -> str:
        """An attribute; "" where there is none."""
        return self.attributes.get(name, "")


class _Collector:
    """Builds the wanted elements while the parser walks."""

    def __init__(self, file: ListFile, wanted: Collection[str]) -> None:
        self._file = file
        self._wanted = wanted
        self._depth = 0
        self._open: list[Element] = []
        self._pieces: list[list[str]] = []
        self._elements = 0
        self._characters = 0
        self.ready: list[Element] = []
        self.events = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _doctype(self, *_: object) -> None:
        self._file.refuse("it declares a document type; lists have none", self.parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self._depth += 1
        if self._depth > DEEPEST:
            self._file.refuse(f"elements over {DEEPEST} deep", self.parser.CurrentLineNumber)
        tag = name.rpartition("}")[2]
        local = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        element = Element(tag, local, self.parser.CurrentLineNumber)
        if self._depth == 1:
            self.ready.append(Element(tag, local, element.line))  # the root, for what it says of the file
        elif self._open:
            self._count(1, sum(len(key) + len(value) for key, value in local.items()))
            self._open[-1].children.append(element)
            self._begin(element)
        elif tag in self._wanted:
            self._elements = self._characters = 0
            self._begin(element)

    def _begin(self, element: Element) -> None:
        self._open.append(element)
        self._pieces.append([])

    def _end(self, _name: str) -> None:
        self.events += 1
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            element.text = "".join(self._pieces.pop())
            if not self._open:
                self.ready.append(element)

    def _text(self, text: str) -> None:
        self.events += 1
        if self._open:
            self._count(0, len(text))
            self._pieces[-1].append(text)  # adding them up here copies all of the text for each piece

    def _count(self, elements: int, characters: int) -> None:
        self._elements += elements
        self._characters += characters
        if self._elements > MOST_ELEMENTS or self._characters > MOST_TEXT:
            self._file.refuse("a record that is too large", self.parser.CurrentLineNumber)


def records(file: ListFile, root: str, wanted: Collection[str]) -> Iterator[Element]:
    """The root without its children, then every outermost element of a wanted name, in order.

    Args:
        file: to read.
        root: name that the outermost element must have.
        wanted: names of elements to give; an element inside another wanted one belongs to that one.

    Raises:
        ListRefused: not XML, cut short, another root, a document type, or over a limit.
    """
    collector = _Collector(file, wanted)
    waiting = 0
    first = True
    try:
        for chunk in file.chunks():
            before = collector.events
            collector.parser.Parse(chunk, False)  # noqa: FBT003  pyexpat takes positions only
            waiting = waiting + len(chunk) if collector.events == before else 0
            if waiting > LONGEST_TOKEN:
                file.refuse("a tag without an end", collector.parser.CurrentLineNumber)
            ready, collector.ready = collector.ready, []
            for element in ready:
                if first and element.tag != root:
                    file.refuse(f"the outermost element is {element.tag[:40]!r}, not {root!r}", element.line)
                first = False
                yield element
        collector.parser.Parse(b"", True)  # noqa: FBT003  pyexpat takes positions only
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "unknown")
        file.refuse(f"not XML, or cut short: {reason}", error.lineno)
    except (
        LookupError,
        ValueError,
    ) as error:  # an encoding that Python does not know, or has as several bytes
        file.refuse(f"not XML: {error}")
