"""Texts in the language of the request; in English, and without Flask, where there is none."""

from __future__ import annotations

import sys


def N_(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:
    """Mark two forms of a text, for one and for more, that are translated where they are shown."""
    return one, many


def say(text: str, **values: object) -> str:
    """Return a text in the language of the request; in English where there is none."""
    if _asked():
        from flask_babel import gettext  # noqa: PLC0415  (heavy, and loaded already)

        return str(gettext(text, **values))
    return text % values if values else text


def say_count(count: int, one: str, many: str, *, shown: str = "") -> str:
    """Return ``one`` or ``many``, whichever fits ``count``; ``%(num)s`` stands for it, or for ``shown``."""
    form = one if count == 1 else many
    if _asked():
        from flask_babel import get_domain  # noqa: PLC0415  (heavy, and loaded already)

        form = str(get_domain().get_translations().ungettext(one, many, count))
    return form % {"num": shown or count}


def locale() -> str:
    """Return the request's locale, such as ``de`` or ``en_GB``."""
    if not _asked():
        return "en"
    from flask_babel import get_locale  # noqa: PLC0415  (heavy, and loaded already)

    return str(get_locale() or "en")


def _asked() -> bool:
    """Tell whether a request is answered: the command line never loads Flask to find out."""
    flask = sys.modules.get("flask")
    return flask is not None and bool(flask.has_request_context())
