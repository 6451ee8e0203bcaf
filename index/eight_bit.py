"""A model in 8 bits: its large products are made of whole numbers, scaled by what our own texts give.

Weights are kept in 8 bits, a scale for each row. What is multiplied by them is put into 8 bits while the
model runs, within the least and the greatest seen when the model was made; part of the spread between
its columns is moved into the weights first (SmoothQuant, Xiao et al. 2023), as a few columns of a
transformer are far larger than the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus import shipped
from index.compiled import openvino, operations

Array = npt.NDArray[np.float32]
Feed = dict[str, npt.NDArray[np.int64]]

VERSION = 1
"""Counts up when the same weights give another model: vectors of two are never mixed."""
MOVED = 0.7
"""The share of a column's spread that is moved into the weights; 0.5 and 0.85 agree less well."""
_LEVELS = 255
_LEAST = 1e-5


@dataclass(frozen=True, slots=True)
class _Seen:
    """The least and the greatest of each column of what goes into some products."""

    low: Array
    high: Array


def calibration() -> list[str]:
    """Return texts of our own articles, by which the ranges of 8-bit numbers are chosen."""
    blocks: list[str] = []
    for path in sorted((shipped.ROOT / "articles").rglob("*.md")):
        text = path.read_text("utf-8").split("\n---\n", 1)[-1]
        blocks += [" ".join(block.split()) for block in text.split("\n\n") if block.strip()]
    long = [" ".join(blocks[i : i + 5]) for i in range(0, len(blocks), 5)]
    step = max(1, len(blocks) // 48)
    return [*blocks[::step][:48], *long[:: max(1, len(long) // 48)][:48]]


def quantise(model: Path, target: Path, feeds: Iterable[Feed]) -> None:
    """Write the 8-bit form of ``model`` (an ``.xml`` beside its ``.bin``) to ``target``.

    ``feeds`` are texts as the model reads them. Raises RuntimeError where it cannot be done.
    """
    core = openvino().Core()
    seen = _watched(core, core.read_model(str(model)), feeds)
    made = core.read_model(str(model))
    for (place, products), found in zip(_products(made), seen, strict=True):
        _shrink(place, products, found)
    made.validate_nodes_and_infer_types()
    openvino().save_model(made, str(target), compress_to_fp16=False)


def _products(model: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Give what goes into products with weights, each with the products, in the order of the model."""
    groups: dict[str, tuple[Any, list[Any]]] = {}
    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul":
            continue
        weights = node.input_value(1).get_node()
        if weights.get_type_name() == "Constant" and len(weights.shape) == 2:
            place = node.input_value(0)
            name = f"{place.get_node().get_friendly_name()}:{place.get_index()}"
            groups.setdefault(name, (place, []))[1].append(node)
    if not groups:
        raise RuntimeError("It has no products with weights.")
    yield from groups.values()


def _watched(core: Any, model: Any, feeds: Iterable[Feed]) -> list[_Seen]:
    """Run the model in full precision, and note what goes into its products."""
    op = operations()
    over = op.constant([0, 1], dtype=np.int64)
    results = []
    for place, _ in _products(model):
        results += [op.result(op.reduce_min(place, over)), op.result(op.reduce_max(place, over))]
    before = len(model.outputs)
    model.add_results(results)
    request = core.compile_model(
        model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    ).create_infer_request()
    found: list[list[Array]] = []
    for feed in feeds:
        told = list(request.infer(feed).values())[before:]
        found.append([np.array(one, np.float32) for one in told])
    lows = [np.min([one[i] for one in found], axis=0) for i in range(0, len(results), 2)]
    highs = [np.max([one[i] for one in found], axis=0) for i in range(1, len(results), 2)]
    return [_Seen(low, high) for low, high in zip(lows, highs, strict=True)]


def _shrink(place: Any, products: list[Any], seen: _Seen) -> None:
    op = operations()
    weights = [
        np.array(product.input_value(1).get_node().get_data(), np.float32) for product in products
    ]
    # the products' second operand is stored row by row, a row for each number that comes out
    if not all(product.get_attributes()["transpose_b"] for product in products):
        weights = [one.T for one in weights]
    scale = _scale(seen, weights)
    low, high = _range(seen, scale)
    moved = op.multiply(place, op.constant((1 / scale).reshape(1, 1, -1)))
    ends = [np.float32(low), np.float32(high)] * 2
    whole = op.fake_quantize(moved, *ends, _LEVELS + 1)
    for product, rows in zip(products, weights, strict=True):
        scaled = rows * scale
        most = np.maximum(np.abs(scaled).max(axis=1, keepdims=True), _LEAST)
        numbers = op.constant(np.round(scaled / most * 127).astype(np.int8))
        back = op.multiply(
            op.convert(numbers, np.float32), op.constant((most / 127).astype(np.float32))
        )
        smaller = op.matmul(whole, back, False, True)
        product.output(0).replace(smaller.output(0))


def _scale(seen: _Seen, weights: list[Array]) -> Array:
    """Return by what each column is divided, so that none is far larger than the rest."""
    into = np.maximum(np.maximum(np.abs(seen.low), np.abs(seen.high)), _LEAST)
    by = np.maximum(np.max([np.abs(one).max(axis=0) for one in weights], axis=0), _LEAST)
    scale = into**MOVED / by ** (1 - MOVED)
    even: Array = (scale / np.exp(np.log(scale).mean())).astype(np.float32)
    return even


def _range(seen: _Seen, scale: Array) -> tuple[float, float]:
    """Return the ends between which the numbers lie; nought is one of the steps between them."""
    low = min(float((seen.low / scale).min()), 0.0)
    high = max(float((seen.high / scale).max()), _LEAST)
    step = (high - low) / _LEVELS
    nought = round(-low / step)
    return -nought * step, (_LEVELS - nought) * step
