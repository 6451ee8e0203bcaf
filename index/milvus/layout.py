"""What is kept in Milvus: three collections for a library and model, and how they are named.

*passages* holds vectors and stems, *asked* the vectors of listed questions, *terms* how many passages
hold a stem. Rows say the first and the last generation that they belong to, so that a publish adds
rows that no reader sees yet, and a reader of an earlier generation loses none. When a generation is whole
an alias is made for it: no alias, no generation. Every row says its library, which is the partition
key, and every request names it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from pymilvus import DataType, Function, FunctionType, MilvusClient

EVER = 2**62
"""The last generation of a row that no generation has lost yet."""

K1, B = 1.2, 0.75
"""Of BM25, as in the local word index."""

TERM_DIMENSION = 128
"""Of the vectors by which words of like spelling are found."""

_SAFE = re.compile(r"[A-Za-z0-9_-]{1,48}")
_EPOCH = re.compile(r"_e(\d+)_passages$")


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one library's collections and aliases, for one model.

    ``library`` is the library's own id (letters, digits, - and _). ValueError for an id that
    could reach into another library's rows.
    """

    library: str
    model: str

    def __post_init__(self) -> None:
        if not _SAFE.fullmatch(self.library):
            raise ValueError(f"not a name for a library's collections: {self.library!r}")

    @property
    def base(self) -> str:
        """Begins the names of the library's collections of this model."""
        # names of collections have no hyphen: the hash tells a-b from a_b
        told = hashlib.sha256(f"{self.library}\n{self.model}".encode()).hexdigest()[:8]
        return f"patella_{self.library.replace('-', '_')}_{told}"

    def epoch(self, number: int) -> str:
        """Return the name of the passages' collection that was begun as the ``number``-th, from 1."""
        return f"{self.base}_e{number}_passages"

    def alias(self, generation: int, digest: str) -> str:
        """Return the alias that says: this generation, with this content, is whole."""
        return f"{self.base}_g{generation}_{digest[:16]}"

    def ours(self, collections: list[str]) -> list[str]:
        """Return those of ``collections`` that hold passages of this library and model, oldest first."""
        mine = [c for c in collections if c.startswith(f"{self.base}_e") and epoch_of(c)]
        return sorted(mine, key=epoch_of)

    def key(self, rest: int | str) -> str:
        """Return the primary key of a row of this library."""
        return f"{self.library}/{rest}"

    def mine(self) -> str:
        """Return the condition that every request carries: rows of this library alone."""
        return f'library == "{self.library}"'

    def seen(self, generation: int) -> str:
        """Return the condition that a row belongs to a generation of this library."""
        return f"{self.mine()} and first <= {generation} and last >= {generation}"


def epoch_of(passages: str) -> int:
    """Return the number in the name of a collection of passages; 0 for a collection of others."""
    match = _EPOCH.search(passages)
    return int(match[1]) if match else 0


def family(passages: str) -> tuple[str, str, str]:
    """Return the collections that belong together: passages, listed questions, terms."""
    return passages, asked_of(passages), terms_of(passages)


def asked_of(passages: str) -> str:
    """Return the collection of listed questions beside one of passages."""
    return passages.removesuffix("_passages") + "_asked"


def terms_of(passages: str) -> str:
    """Return the collection of terms beside one of passages."""
    return passages.removesuffix("_passages") + "_terms"


def among(field: str, ids: list[int]) -> str:
    """Return the condition that a number is one of ``ids``."""
    return f"{field} in {ids}"


def passages_schema(dimension: int) -> tuple[Any, Any]:
    """Return schema and indexes of a collection of passages."""
    schema = _schema()
    schema.add_field("passage", DataType.INT64)
    schema.add_field("first", DataType.INT64)
    schema.add_field("last", DataType.INT64)
    # the stems of title, headings and text, made by us, so that all backends know the same words
    schema.add_field(
        "words",
        DataType.VARCHAR,
        max_length=65_535,
        enable_analyzer=True,
        enable_match=True,
        analyzer_params={"tokenizer": "standard"},
    )
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field("title", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_function(
        Function(
            name="bm25",
            function_type=FunctionType.BM25,
            input_field_names=["words"],
            output_field_names=["sparse"],
        )
    )
    indexes = MilvusClient.prepare_index_params()
    _graph(indexes, "vector")
    indexes.add_index("title", index_type="FLAT", metric_type="IP")
    indexes.add_index(
        "sparse",
        index_type="SPARSE_INVERTED_INDEX",
        metric_type="BM25",
        params={"bm25_k1": K1, "bm25_b": B},
    )
    for field in ("passage", "first", "last"):
        indexes.add_index(field, index_type="INVERTED")
    return schema, indexes


def asked_schema(dimension: int) -> tuple[Any, Any]:
    """Return schema and indexes of a collection of listed questions."""
    schema = _schema()
    schema.add_field("passage", DataType.INT64)
    schema.add_field("place", DataType.INT64)
    schema.add_field("first", DataType.INT64)
    schema.add_field("last", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    indexes = MilvusClient.prepare_index_params()
    _graph(indexes, "vector")
    for field in ("passage", "first", "last"):
        indexes.add_index(field, index_type="INVERTED")
    return schema, indexes


def terms_schema() -> tuple[Any, Any]:
    """Return schema and indexes of a collection of terms.

    A row is a stem (``kind`` "stem", with how many passages hold it from generation ``since`` on, and how
    many did before), or a word as it is spelt (``kind`` "word", with the vector of its letters).
    """
    schema = _schema()
    schema.add_field("kind", DataType.VARCHAR, max_length=8)
    schema.add_field("term", DataType.VARCHAR, max_length=256)
    schema.add_field("since", DataType.INT64)
    schema.add_field("count", DataType.INT64)
    schema.add_field("before", DataType.INT64)
    schema.add_field("letters", DataType.FLOAT_VECTOR, dim=TERM_DIMENSION)
    indexes = MilvusClient.prepare_index_params()
    _graph(indexes, "letters")
    return schema, indexes


def _schema() -> Any:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.VARCHAR, max_length=512, is_primary=True)
    schema.add_field("library", DataType.VARCHAR, max_length=64, is_partition_key=True)
    return schema


def _graph(indexes: Any, field: str) -> None:
    """HNSW (Malkov and Yashunin 2016), with links and width of search that keep recall over 0.98."""
    indexes.add_index(
        field, index_type="HNSW", metric_type="IP", params={"M": 32, "efConstruction": 256}
    )
