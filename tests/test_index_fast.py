"""The fast form of a model: converted once, in agreement with the reference, and given up where not.

A small BERT with random weights and the shipped model's own tokenizer stands for a model.
"""

from __future__ import annotations

import json
import shutil
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelError
from index import fast
from index.embed import SentenceTransformerEncoder, find_model
from index.fast import FastEncoder, open_encoder

TEXTS = ["The knee hurts.", "knee", "", "Going down stairs loads the knee. " * 9, "Café — 膝 🦵🏽"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as sentence-transformers saves it: 2 layers, 32 dimensions, at most 48 tokens."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("models") / "tiny"
    shipped = find_model("shipped").folder
    shutil.copytree(shipped, folder, ignore=shutil.ignore_patterns("model.safetensors", "*.md"))
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    edit(folder / "sentence_bert_config.json", max_seq_length=48)
    edit(folder / "1_Pooling" / "config.json", word_embedding_dimension=32)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def quick(tiny: Path, cache: Path) -> FastEncoder:
    made = open_encoder(find_model(str(tiny)), cache=cache)
    assert isinstance(made, FastEncoder)
    made.encode(["knee"])
    return made


@pytest.fixture(scope="module")
def reference(tiny: Path) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder.load(find_model(str(tiny)))


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def copy(tiny: Path, target: Path) -> Path:
    return Path(shutil.copytree(tiny, target))


def test_it_is_like_the_reference(
    quick: FastEncoder, reference: SentenceTransformerEncoder
) -> None:
    assert quick.identity == reference.identity
    assert (quick.dimension, quick.limit) == (reference.dimension, reference.limit) == (32, 48)
    found, expected = quick.encode(TEXTS), reference.encode(TEXTS)
    assert (found.shape, found.dtype) == ((5, 32), np.float32)
    assert (found * expected).sum(axis=1).min() > 0.999
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


def test_its_token_vectors_are_like_the_references(
    quick: FastEncoder, reference: SentenceTransformerEncoder
) -> None:
    found, expected = quick.encode_tokens(TEXTS), reference.encode_tokens(TEXTS)
    assert [len(rows) for rows in found] == [4, 1, 1, 46, 4]
    for one, two in zip(found, expected, strict=True):
        assert one.shape == two.shape
        if two.any():
            assert (one * two).sum(axis=1).min() > 0.99
    assert not found[2].any()


def test_the_order_and_size_of_a_batch_change_little(quick: FastEncoder) -> None:
    found = quick.encode(TEXTS)
    alone = np.concatenate([quick.encode([text]) for text in TEXTS])
    assert (found * alone).sum(axis=1).min() > 0.9995
    assert quick.encode([]).shape == (0, 32)
    assert quick.encode_tokens([]) == []
    done: list[int] = []
    quick.encode(TEXTS, progress=done.append)
    assert sum(done) == 5


def test_it_is_shared_by_threads(quick: FastEncoder) -> None:
    expected = quick.encode(TEXTS)
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(quick.encode(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for one in found:
        assert (one * expected).sum(axis=1).min() > 0.9995


def test_a_question_is_read_once_and_not_held_in_words(
    quick: FastEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[list[str]] = []
    run = quick._run
    monkeypatch.setattr(quick, "_run", lambda texts: passes.append(texts) or run(texts))
    question = "Why does sitting hurt my knee, once more?"
    first = quick.encode([question])
    first[0, 0] = 9.0  # a caller may do what it likes with its own
    again, tokens = quick.encode([question]), quick.encode_tokens([question])[0]
    assert passes == [[question]]
    assert abs(np.linalg.norm(again[0]) - 1) < 1e-5
    assert tokens.shape == (10, 32)
    assert not any(isinstance(key, str) for key in quick._asked)


def test_it_has_run_once_before_threads_share_it(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # two first calls at once have been seen to wait for each other for ever
    ran: list[str] = []
    real = FastEncoder._run
    monkeypatch.setattr(FastEncoder, "_run", lambda self, t: (ran.append(*t), real(self, t))[1])
    files = find_model(str(tiny))
    open_encoder(files, cache=tmp_path).encode(["one"])
    ran.clear()
    again = open_encoder(files, cache=tmp_path)
    assert ran == []
    again.encode(["two"])
    assert ran == ["", "two"]


def test_batches_run_side_by_side_and_come_back_in_their_places(quick: FastEncoder) -> None:
    texts = [f"Number {n}: the knee hurts going down stairs. " * (1 + n % 7) for n in range(400)]
    together = quick.encode(texts)
    alone = np.concatenate([quick.encode([text]) for text in texts[::40]])
    assert (together[::40] * alone).sum(axis=1).min() > 0.9995
    told: list[int] = []
    quick.encode(texts, progress=told.append)
    assert sum(told) == 400 and len(told) > 4
    tokens = quick.encode_tokens(texts)
    assert len(tokens) == 400
    assert abs((tokens[80] * quick.encode_tokens([texts[80]])[0]).sum(axis=1).min() - 1) < 1e-3


def test_it_is_converted_once(
    quick: FastEncoder, tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [folder] = (path for path in cache.iterdir() if path.is_dir())
    held = ["compiled", "converted.json", "model.bin", "model.xml"]
    assert sorted(p.name for p in folder.iterdir()) == held

    def never(*_: object) -> None:
        raise AssertionError("converted again")

    monkeypatch.setattr(fast, "_convert", never)
    again = open_encoder(find_model(str(tiny)), cache=cache)
    assert (again.encode(TEXTS) * quick.encode(TEXTS)).sum(axis=1).min() > 0.9995


def test_a_damaged_conversion_is_made_again(
    quick: FastEncoder, tiny: Path, cache: Path, tmp_path: Path
) -> None:
    mine = copy(cache, tmp_path / "cache")
    [folder] = (path for path in mine.iterdir() if path.is_dir())
    whole = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(whole[:-1] + bytes([255 - whole[-1]]))
    (mine / ".new-left").mkdir()
    again = open_encoder(find_model(str(tiny)), cache=mine)
    assert (again.encode(TEXTS) * quick.encode(TEXTS)).sum(axis=1).min() > 0.9995
    assert (folder / "model.bin").read_bytes() == whole


def test_what_is_kept_of_compiling_holds_no_weights_and_is_made_again_where_damaged(
    quick: FastEncoder, tiny: Path, cache: Path, tmp_path: Path
) -> None:
    mine = copy(cache, tmp_path / "cache")
    [kept] = mine.glob("*/compiled/*.blob")
    assert kept.stat().st_size < (kept.parent.parent / "model.bin").stat().st_size / 4
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes()[:1000])
    again = open_encoder(find_model(str(tiny)), cache=mine)
    assert isinstance(again, FastEncoder)
    again.warm()
    assert (again.encode(TEXTS) * quick.encode(TEXTS)).sum(axis=1).min() > 0.9995


def test_one_that_disagrees_is_not_used(
    tiny: Path,
    tmp_path: Path,
    reference: SentenceTransformerEncoder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(fast, "AGREEMENT", 1.1)
    given_up = open_encoder(find_model(str(tiny)), cache=tmp_path)
    assert np.abs(given_up.encode(TEXTS) - reference.encode(TEXTS)).max() < 1e-5
    assert [len(rows) for rows in given_up.encode_tokens(TEXTS)] == [4, 1, 1, 46, 4]
    assert "No fast form of the model (cosine " in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_done_without(
    tiny: Path, tmp_path: Path, reference: SentenceTransformerEncoder
) -> None:
    (tmp_path / "file").write_text("x")
    without = open_encoder(find_model(str(tiny)), cache=tmp_path / "file" / "cache")
    assert np.abs(without.encode(TEXTS) - reference.encode(TEXTS)).max() < 1e-5


def test_a_model_that_takes_the_first_tokens_vector(tiny: Path, tmp_path: Path) -> None:
    folder = copy(tiny, tmp_path / "cls")
    edit(
        folder / "1_Pooling" / "config.json",
        pooling_mode_mean_tokens=False,
        pooling_mode_cls_token=True,
    )
    files = find_model(str(folder))
    made = open_encoder(files, cache=tmp_path / "cache")
    assert isinstance(made, FastEncoder)
    expected = SentenceTransformerEncoder.load(files).encode(TEXTS)
    assert (made.encode(TEXTS) * expected).sum(axis=1).min() > 0.999
    assert list((tmp_path / "cache").iterdir()) != []


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        (
            "1_Pooling/config.json",
            {"pooling_mode_mean_tokens": False, "pooling_mode_max_tokens": True},
        ),
        ("sentence_bert_config.json", {"max_seq_length": None}),
    ],
)
def test_a_model_that_does_more_is_used_as_it_is(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, changes: dict
) -> None:
    folder = copy(tiny, tmp_path / "other")
    edit(folder / file, **changes)
    loaded: list[str] = []
    monkeypatch.setattr(
        SentenceTransformerEncoder, "load", lambda files: loaded.append(files.identity)
    )
    files = find_model(str(folder))
    open_encoder(files, cache=tmp_path / "cache")
    assert loaded == [files.identity]


def test_a_model_without_its_last_step_is_used_as_it_is(tiny: Path, tmp_path: Path) -> None:
    folder = copy(tiny, tmp_path / "unnormalised")
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps(modules[:2]))
    made = open_encoder(find_model(str(folder)), cache=tmp_path / "cache")
    assert isinstance(made, SentenceTransformerEncoder)
    assert (made.dimension, made.limit) == (32, 48)


def test_a_model_without_weights_cannot_be_used(tiny: Path, tmp_path: Path) -> None:
    folder = copy(tiny, tmp_path / "empty")
    (folder / "model.safetensors").unlink()
    made = open_encoder(find_model(str(folder)), cache=tmp_path / "cache")
    with pytest.raises(ModelError, match="could not be loaded"):
        made.encode(["knee"])


def test_what_libraries_warn_of_while_converting_is_not_heard(
    caplog: pytest.LogCaptureFixture,
) -> None:
    import logging

    with fast.quiet():
        warnings.warn("of the libraries", stacklevel=1)
        logging.getLogger("x").warning("of the libraries")
    assert caplog.text == ""
    logging.getLogger("x").warning("heard again")
    assert "heard again" in caplog.text


def test_batches_are_cut_by_tokens_with_their_padding() -> None:
    lengths = [200, 8, 500, 8, 210, 8, 100]
    # six of 216 tokens would be 1,296; two of 504 are 1,008
    found = list(fast._batches(lengths, lambda tokens: -(-tokens // 8) * 8))
    assert found == [[1, 3, 5, 6, 0], [4, 2]]
    assert list(fast._batches([2000], lambda tokens: tokens)) == [[0]]
    assert list(fast._batches([], lambda tokens: tokens)) == []


def test_eight_bits_are_near_the_reference_and_of_an_identity_of_their_own(
    tiny: Path, cache: Path, quick: FastEncoder
) -> None:
    small = open_encoder(find_model(str(tiny)), cache=cache, precision="int8")
    assert small.identity == f"{quick.identity}/int8.1"
    mine, full = small.encode(TEXTS), quick.encode(TEXTS)
    cosines = (mine * full).sum(axis=1)
    assert 0.98 < cosines.min() < 0.99999
    assert cosines.mean() > 0.99
    # each has a folder of its own, and the weights of this one are whole numbers
    folders = sorted(path for path in cache.glob("*-openvino"))
    assert len(folders) == 2
    sizes = sorted((folder / "model.bin").stat().st_size for folder in folders)
    assert sizes[0] < sizes[1]
    again = open_encoder(find_model(str(tiny)), cache=cache, precision="int8")
    np.testing.assert_allclose(again.encode(TEXTS), mine, atol=1e-3)


def test_a_model_that_has_no_eight_bits_is_never_replaced_by_the_reference(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no products")

    monkeypatch.setattr(fast, "quantise", broken)
    small = open_encoder(find_model(str(tiny)), cache=tmp_path, precision="int8")
    for _ in range(2):
        with pytest.raises(ModelError, match=r"no form in 8 bits \(no products\)") as told:
            small.encode(["knee"])
        assert told.value.hint == 'Set precision = "full", then: patella index'
    assert not list(tmp_path.glob("*-openvino"))
