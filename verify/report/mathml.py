"""MathML from a report that nobody vouches for: rebuilt from an allow-list, or refused.

A report file is data from somewhere else, and its MathML goes into a page unescaped. So the string is parsed as XML, every tag
and attribute is checked, and the text is written again from scratch; nothing of the original string is copied.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import groupby

from markupsafe import Markup, escape

_TAGS = frozenset(
    "math mrow mi mo mn mtext ms mspace msub msup msubsup munder mover munderover mfrac msqrt mroot mtable mtr mtd mstyle mpadded mphantom merror".split()
)
_ATTRIBUTES = frozenset(
    "displaystyle scriptlevel mathvariant stretchy fence separator symmetric largeop movablelimits accent accentunder form "
    "lspace rspace width height depth linethickness columnalign rowalign columnspacing rowspacing".split()
)
_HARMLESS = re.compile(r"[A-Za-z0-9. %+-]{0,40}")
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_INDENTATION = " \t\r\n"
"""Not every white space: a no-break space in `mtext` is meant."""
_SPACED = re.compile('<mspace width="0.278em"/>(<mo>[∧∨⇒⟹]</mo>)<mspace width="0.278em"/>')
"""Operators round which a browser leaves as much space by itself."""
LONGEST = 200_000
"""Characters; the longest formula of this library has some thousands."""
DEEPEST = 100


def sanitised(source: str | None) -> Markup | None:
    """The formula as markup that is safe on a page, or None where it is not MathML that the allow-list covers."""
    if not source or len(source) > LONGEST or "<!" in source or "<?" in source:
        return None  # no document type and no processing instruction: entities cannot be declared, let alone expanded
    try:
        root = ET.fromstring(source)
    except (ET.ParseError, ValueError):
        return None
    if _tag(root) != "math":
        return None
    written = _written(root, 0)
    return None if written is None else Markup(_SPACED.sub(r"\1", written))


def _tag(element: ET.Element) -> str:
    return element.tag.removeprefix(_NAMESPACE) if isinstance(element.tag, str) else ""


def _written(element: ET.Element, depth: int) -> str | None:
    tag = _tag(element)
    if depth > DEEPEST:
        return None
    if tag == "mfenced":
        return _fenced(element, depth)
    if tag not in _TAGS:
        return None
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in sorted(element.attrib.items())
        if name in _ATTRIBUTES and _HARMLESS.fullmatch(value) and not _is_default(element, name, value)
    )
    children = _children(element, depth)
    if children is None:
        return None
    text = escape((element.text or "").strip(_INDENTATION))
    if tag == "mrow" and len(children) == 1 and not text and not attributes:
        return children[0]  # a row of one is that one
    if not children and not text and tag == "mspace":
        return f"<{tag}{attributes}/>"
    return f"<{tag}{attributes}>{text}{''.join(children)}</{tag}>"


def _is_default(element: ET.Element, name: str, value: str) -> bool:
    """What a browser assumes of a parenthesis anyway."""
    is_parenthesis = _tag(element) == "mo" and element.text in ("(", ")", "[", "]")
    return is_parenthesis and (name == "form" or (name in ("fence", "stretchy") and value == "true"))


def _children(element: ET.Element, depth: int) -> list[str] | None:
    written: list[str] = []
    for upright, group in groupby(element, key=_is_upright_letter):
        letters = list(group)
        if upright and len(letters) > 1:
            written.append(
                f"<mi>{escape(''.join(letter.text or '' for letter in letters))}</mi>"
            )  # a word is one identifier
            continue
        each = [_written(child, depth + 1) for child in letters]
        if None in each:
            return None
        written += [markup for markup in each if markup is not None]
    return written


def _is_upright_letter(element: ET.Element) -> bool:
    return _tag(element) == "mi" and element.attrib == {"mathvariant": "normal"} and not len(element)


def _fenced(element: ET.Element, depth: int) -> str | None:
    """`mfenced`, which browsers have dropped, as the row that it stood for."""
    children = _children(element, depth)
    if children is None:
        return None
    opening, closing = (escape(element.get(name, default)[:1]) for name, default in (("open", "("), ("close", ")")))
    return f"<mrow><mo>{opening}</mo>{'<mo>,</mo>'.join(children)}<mo>{closing}</mo></mrow>"
