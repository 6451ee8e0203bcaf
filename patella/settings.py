"""Settings: the only reader of the environment and of ``patella.toml``."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from corpus.errors import UsageError

FILE = "patella.toml"
PREFIX = "PATELLA_"

_WHOLE = {
    "port": (0, 65535),
    "processes": (1, 64),
    "threads": (1, 64),
    "read_workers": (0, 64),
    "ray_workers": (0, 100_000),
    "read_seconds": (1, 86_400),
    "read_megabytes": (500, 1_000_000),
    "web_megabytes": (1, 1000),
    "web_pages": (1, 50_000),
    "upload_megabytes": (1, 10_000),
    "upload_files": (1, 10_000),
    "question_days": (0, 1_000_000),
    "keep_generations": (0, 1_000_000),
    "receipt_days": (0, 1_000_000),
    "receipt_limit": (1, 1_000_000),
    "token_megabytes": (0, 1_000_000),
    "kept_answers": (0, 1_000_000),
}
"""Settings that are whole numbers, with the least and the most."""
_SECONDS = frozenset(
    "index_seconds store_seconds lock_seconds generator_seconds web_delay web_seconds web_hours".split()
)
_YES_OR_NO = frozenset(
    {
        "receipts",
        "takes_changes",
        "watch",
        "https",
        "second_approval",
        "keep_questions",
        "log_questions",
    }
)
_CHOICES = {
    "engine": {"fast", "reference"},
    "index_backend": {"local", "milvus"},
    "precision": {"full", "int8"},
    "language": {"", "de", "en"},
    "log": {"quiet", "text", "json"},
    "metrics": {"local", "open", "off"},
    "region": {"", "AT", "AU", "CA", "CH", "DE", "EU", "GB", "IE", "NZ", "US"},
    "publish": {"at once", "review"},
    "search_access": {"public", "signed-in"},
}
_STORE_URL = re.compile(r"postgres(ql)?://.*")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,47}")
_AGENT = re.compile(r"[A-Za-z][\x20-\x7e]{0,199}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may choose. Each is also read from the environment as ``PATELLA_<NAME>``."""

    data_dir: Path
    """Holds the library file, the vectors, the originals, the index and the inbox."""
    model: str = "shipped"
    """The embedding model: ``shipped``, or a folder saved by sentence-transformers."""
    engine: str = "fast"
    """``fast`` converts the model once and then runs it without torch; ``reference`` never does."""
    store_url: str = field(default="", repr=False)
    """A ``postgresql://`` address where the library is kept; empty for a file in the data directory."""
    store_schema: str = "patella"
    """Names this library's tables there; another library has another."""
    store_seconds: float = 10.0
    """The longest that a connection to it, or a server that fell silent, is waited for."""
    takes_changes: bool = True
    """Whether the library may be changed from here: of several servers of one library, from one data
    directory alone."""
    originals_url: str = ""
    """Where original files are kept, as fsspec has it (``s3://bucket/folder``, or the path of a folder);
    empty for a folder of the data directory."""
    index_backend: str = "local"
    """Where vectors and words are kept: ``local`` (files of this library), or ``milvus``."""
    index_uri: str = ""
    """A Milvus: the path of a Lite file (empty: in the data directory), or the URL of a server."""
    index_token: str = field(default="", repr=False)
    """What a Milvus server wants to let Patella in: ``user:password``, or a token."""
    index_database: str = ""
    """The database of that server; empty for its default one."""
    index_ca_file: str = ""
    """The authority that the server's certificate is checked by; empty for the system's."""
    index_name: str = ""
    """Names this library's rows there (letters, digits, - and _); empty for a name that the library makes."""
    index_seconds: float = 10.0
    """The longest that one request to it is waited for."""
    precision: str = "full"
    """``int8`` computes the fast form in 8 bits: quicker, and a little different. ``patella index`` then
    makes the vectors anew."""
    reranker: str = ""
    """A sentence-transformers CrossEncoder that reorders the best hits: a folder, or a name that is
    already on this machine; empty for none."""
    library_name: str = "Patella"
    region: str = ""
    """The country whose emergency numbers and names of medicines the pages use, such as ``GB``, ``DE``
    or ``US``; empty for those of several."""
    language: str = ""
    """The language of the pages: ``en`` or ``de``; empty for what each browser asks for."""
    host: str = "127.0.0.1"
    port: int = 8000
    processes: int = 1
    """Processes that serve, each with an encoder on its share of the cores."""
    threads: int = 8
    """Threads of the web server; of each of its processes."""
    trusted_hosts: tuple[str, ...] = ()
    """Host names that the server answers to; empty for this machine's own, or any where others reach it."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts (``host`` or ``host:port``) whose pages are fetched though they are not on the public web."""
    allowed_ports: tuple[int, ...] = (80, 443)
    """Ports that pages are fetched from."""
    user_agent: str = "Patella/0.1 (self-hosted search over trusted guidance)"
    """How Patella names itself to web servers; robots.txt is read for the word before the slash."""
    web_delay: float = 1.0
    """Seconds between two requests to one host."""
    web_seconds: float = 30.0
    """How long one page may take."""
    web_megabytes: int = 50
    """The largest page that is taken."""
    web_pages: int = 2_000
    """The most pages that are taken from one sitemap or feed."""
    web_hours: float = 24.0
    """How often ``watch`` looks again at web sources; 0 for never."""
    watch: bool = False
    """Whether a server takes up changes of files as they happen."""
    read_workers: int = 0
    """Processes that files are read in; 0 for one a core, and four at most."""
    read_seconds: int = 600
    """How long the reading of one file may take; text recognition takes some seconds a page."""
    read_megabytes: int = 2_000
    """The memory that a process that reads files may have."""
    ray_workers: int = 0
    """Workers of Ray for ``patella add --ray``; 0 for one a CPU of the cluster as it is then."""
    lock_seconds: float = 5.0
    """How long a writer waits for another one to end."""
    publish: str = "at once"
    """``at once``, or ``review``: what is stored waits until a person has looked at the difference."""
    second_approval: bool = False
    """Whether a publishing waits for the approval of another person than who asked for it."""
    keep_generations: int = 0
    """Only so many of the newest generations are kept, with what they need; 0 keeps all."""
    upload_megabytes: int = 200
    """The most that is taken over the web at once, and so the largest file."""
    upload_files: int = 200
    """The most files that are taken at once over the web."""
    keep_questions: bool = False
    """Whether questions that were asked are kept, for the desk's list of gaps."""
    question_days: int = 365
    """Kept questions are forgotten after so many days; 0 keeps them until ``patella forget``."""
    api_limits: str = "120 per minute; 3000 per hour"
    """Requests to the API that one address or token may make; none for any number."""
    token_megabytes: int = 256
    """The most that the token vectors of sentences take on the disk (``tokens.db``, which can be made
    again); 0 keeps none there, and they are made anew whenever a passage is found."""
    kept_answers: int = 200
    """Answers that each process of a server keeps in memory for who asks the same; 0 for none."""
    receipts: bool = True
    """Whether people may share answers (``/a/…``)."""
    receipt_days: int = 365
    """A shared answer that nobody opened for so many days ends; 0 keeps them for ever."""
    receipt_limit: int = 10_000
    """How many shared answers are kept; the one longest not opened gives way."""

    widget_origins: tuple[str, ...] = ()
    """Sites whose pages may hold the search box (``https://clinic.example``)."""
    log: str = "quiet"
    """``quiet``: only what goes wrong; ``text`` or ``json``: also a line for each request."""
    log_questions: bool = False
    """Whether those lines hold questions and query strings."""
    metrics: str = "local"
    """Who may read /metrics: ``local`` (this machine, or an admin's token), ``open``, or ``off``."""
    search_access: str = "public"
    """``public``, or ``signed-in``: only those who sign in or send a token may search."""
    https: bool = False
    """Whether people reach the server by HTTPS, through a proxy that this server cannot tell from."""
    trusted_proxy: str = ""
    """Address of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; empty for none."""

    generator_url: str = ""
    """Base address of a server of the OpenAI chat protocol; empty for none, which is the default."""
    generator_model: str = ""
    generator_key: str = field(default="", repr=False)
    generator_seconds: float = 20.0
    """The longest that a generated answer is waited for."""

    @property
    def model_cache(self) -> Path:
        """Holds models in their fast form; shared by all libraries of a user."""
        return Path(os.environ.get(f"{PREFIX}CACHE_DIR") or platformdirs.user_cache_dir("patella"))

    @property
    def library_file(self) -> Path:
        return self.data_dir / "library.db"

    @property
    def accounts_file(self) -> Path:
        """Accounts, tokens and the audit log: secrets are kept apart from the library."""
        return self.data_dir / "accounts.db"

    @property
    def vectors_file(self) -> Path:
        return self.data_dir / "vectors.db"

    @property
    def tokens_file(self) -> Path:
        """Token vectors of sentences: may be deleted at any time."""
        return self.data_dir / "tokens.db"

    @property
    def originals_dir(self) -> Path:
        return self.data_dir / "originals"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def milvus_file(self) -> Path:
        """A file of Milvus Lite, where the index is kept in one."""
        return self.data_dir / "milvus.db"

    @property
    def inbox_dir(self) -> Path:
        """Files dropped here are documents of the library at the next ``patella index``."""
        return self.data_dir / "articles"

    @property
    def web_lock_file(self) -> Path:
        """Held while pages are fetched."""
        return self.data_dir / "web.lock"

    @property
    def lock_file(self) -> Path:
        return self.data_dir / "library.lock"

    @property
    def merge_lock_file(self) -> Path:
        """Held while segments are merged, beside any change."""
        return self.data_dir / "merge.lock"

    @property
    def jobs_lock_file(self) -> Path:
        """Held by the one server that runs jobs."""
        return self.data_dir / "jobs.lock"

    @property
    def values_dir(self) -> Path:
        """An editor's values for documents whose files are not in the library's own folder."""
        return self.data_dir / "metadata"

    @property
    def incoming_dir(self) -> Path:
        """What was sent over the web and is not yet taken in."""
        return self.data_dir / "incoming"

    @property
    def asked_file(self) -> Path:
        """Questions that were asked, where they are kept."""
        return self.data_dir / "asked.db"


def load(data_dir: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings: the data directory's ``patella.toml``, then the environment over it.

    Raises UsageError naming the setting that makes no sense.
    """
    env = os.environ if environment is None else environment
    root = data_dir or Path(env.get(f"{PREFIX}DATA_DIR") or platformdirs.user_data_dir("patella"))
    settings = Settings(data_dir=root.expanduser().absolute())
    values = _file(settings.data_dir / FILE)
    for one in fields(Settings):
        text = env.get(f"{PREFIX}{one.name.upper()}")
        if text and one.name != "data_dir":
            values[one.name] = text
    return replace(settings, **{name: _value(name, raw) for name, raw in values.items()})


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that this one starts: its own, and ``more``."""
    return os.environ | more


def set_where_unset(**values: str) -> None:
    """Set what this process's environment leaves open: for a library that is told so alone."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def _file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", hint="Mend it or move it away."
        ) from error
    known = {one.name for one in fields(Settings)} - {"data_dir"}
    unknown = sorted(set(values) - known)
    if unknown:
        raise UsageError(
            f"{path} has a setting that Patella does not know: {unknown[0]}.",
            hint=f"The settings are {', '.join(sorted(known))}.",
        )
    return values


def _parts(raw: Any) -> tuple[str, ...]:
    parts = raw.split(",") if isinstance(raw, str) else list(raw)
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _value(name: str, raw: Any) -> Any:
    try:
        if name in _WHOLE:
            least, most = _WHOLE[name]
            number = int(raw)
            if not least <= number <= most:
                raise ValueError
            return number
        if name in _YES_OR_NO:
            return _yes_or_no(raw)
        if name in _SECONDS:
            return max(0.0, float(raw))
        if name == "allowed_ports":
            ports = tuple(int(part) for part in _parts(raw))
            if not ports or not all(1 <= port <= 65535 for port in ports):
                raise ValueError
            return ports
        return _words(name, raw)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The setting {name} cannot be {raw!r}.") from error


def _words(name: str, raw: Any) -> Any:
    if name in {"trusted_hosts", "allowed_hosts", "widget_origins"}:
        return _parts(raw)
    if name == "store_url" and raw and not _STORE_URL.fullmatch(str(raw)):
        # nor is it shown: there may be a password in it
        raise UsageError(
            "The setting store_url is no address of a PostgreSQL.",
            hint="It looks like postgresql://user:password@host:5432/database.",
        )
    if name == "generator_url" and raw and not str(raw).startswith(("http://", "https://")):
        raise ValueError
    form = {"user_agent": _AGENT, "store_schema": _SCHEMA}.get(name)
    if form and not form.fullmatch(str(raw)):
        raise ValueError
    if name in _CHOICES and raw not in _CHOICES[name]:
        raise ValueError
    return str(raw)


def _yes_or_no(raw: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    said = str(raw).strip().lower()
    if said not in words:
        raise ValueError
    return words[said]
