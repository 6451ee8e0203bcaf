"""Why a passage was found, near-duplicates folded, and the reranker: on real, small parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import ModelError, NotFound
from index.embed import HashEncoder, SentenceTransformerEncoder, shipped_model
from index.fast import open_encoder
from index.fold import fold
from index.reranker import Reranker
from index.why import token_shares
from patella.engine import Engine
from patella.settings import Settings, load
from patella.writer import Writer
from tests.library_helpers import document, hit, new_version

TEXT = "Taping the kneecap\nRigid tape eased pain on stairs at once, in 12 small trials [3]."


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = Engine(Settings(data_dir=tmp_path), encoder=HashEncoder())
    same = "Rigid tape eases pain on the stairs while it is worn, and for no longer than that."
    opened.store.put_version(new_version("one.txt", same, title="One"))
    opened.store.put_version(new_version("two.txt", same + " Ask.", title="Two"))
    opened.store.put_version(new_version("other.txt", "Bees leave the hive in May.", title="Bees"))
    Writer(opened).publish()
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", ["fast", "reference", "hash"])
def test_token_shares_add_up_to_the_cosine(kind: str, tmp_path: Path) -> None:
    if kind == "hash":
        encoder = HashEncoder()
    elif kind == "reference":
        encoder = SentenceTransformerEncoder.load(shipped_model())
    else:
        encoder = open_encoder(shipped_model(), cache=load(tmp_path).model_cache)
    query = encoder.encode(["does tape ease pain on stairs"])[0]
    parts = encoder.token_parts(TEXT)
    assert parts is not None
    tokens, rest = token_shares(TEXT, parts, query)
    cosine = float(encoder.encode([TEXT])[0] @ query)
    assert sum(token.share for token in tokens) + rest == pytest.approx(cosine, abs=1e-4)
    assert [token.text for token in tokens][:5] == ["Taping", "the", "kneecap", "Rigid", "tape"]


def test_the_shares_of_words_add_up_to_the_bm25_score(engine: Engine) -> None:
    best = engine.search("rigid tape on stairs").hits[0]
    told = engine.why("rigid tape on stairs", best.passage.id)
    assert {term.text for term in told.terms} == {"Rigid", "tape", "stairs"}
    assert told.bm25 == pytest.approx(sum(t.share for t in told.terms), abs=1e-6)
    assert told.bm25 == pytest.approx(best.lexical, abs=1e-4)
    assert told.cosine == pytest.approx(best.dense, abs=1e-4)


def test_a_passage_that_is_not_there_is_told(engine: Engine) -> None:
    with pytest.raises(NotFound, match="no passage 999"):
        engine.why("tape", 999)


def test_passages_that_say_the_same_fold_into_one(engine: Engine) -> None:
    hits = engine.search("rigid tape on stairs").hits
    assert [h.document.title for h in hits] in (["One", "Bees"], ["Two", "Bees"])
    places = [place.document.title for place in hits[0].also_in]
    assert sorted([hits[0].document.title, *places]) == ["One", "Two"]
    assert hits[1].also_in == ()


def test_how_alike_passages_must_be_to_fold() -> None:
    def folded(*texts: str) -> list[list[int]]:
        found = fold([hit(text, passage_id=n) for n, text in enumerate(texts)])
        return [[h.passage.id, *(p.passage.id for p in h.also_in)] for h in found]

    assert folded("rest ice", "Resting, ice!") == [[0, 1]]
    assert folded("rest the knee", "move the knee") == [[0], [1]]
    # 10 words make 7 runs of four: one changed word at the end leaves 6 of 8, which is 0.75
    ten = "a b c d e f g h i j"
    assert folded(ten, ten[:-1] + "x") == [[0, 1]]
    # of 6 words it leaves 2 of 4
    assert folded("a b c d e f", "a b c d e g") == [[0], [1]]
    assert folded("one", ten, "two", ten, ten) == [[0], [1, 3, 4], [2]]


# -- the reranker


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of random weights, saved as any other is."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        BertTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"rest ice tape knee the bees".split()]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    target = folder / "saved"
    model.save(str(target))
    return target


def test_a_real_cross_encoder_orders_the_first_twenty(tiny: Path) -> None:
    from sentence_transformers import CrossEncoder

    texts = ["rest the knee", "tape", "bees the bees", "ice the knee"]
    hits = [
        hit(texts[n % 4] + " knee" * (n // 4), passage_id=n, score=1 - n / 100) for n in range(25)
    ]
    found = Reranker(str(tiny)).reorder("tape the knee", hits)
    scores = CrossEncoder(str(tiny), device="cpu").predict(
        [("tape the knee", h.passage.text) for h in hits[:20]]
    )
    wanted = [n for _, n in sorted((-float(s), n) for n, s in enumerate(scores))]
    assert [h.passage.id for h in found[:20]] == wanted
    assert [h.passage.id for h in found[20:]] == [20, 21, 22, 23, 24]
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_the_setting_takes_it_into_use(tiny: Path, tmp_path: Path) -> None:
    settings = load(tmp_path, environment={"PATELLA_RERANKER": str(tiny)})
    assert settings.reranker == str(tiny)
    opened = Engine(settings, encoder=HashEncoder())
    opened.store.put_version(new_version("a.txt", "Rest the knee.", "Tape the knee with ice."))
    Writer(opened).publish()
    assert len(opened.search("tape the knee").hits) == 2
    opened.close()


def test_a_reranker_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="could not be loaded") as caught:
        Reranker(str(tmp_path / "none")).reorder("q", [hit("text", of=document())])
    assert "CrossEncoder.save" in caught.value.hint


def test_no_hits_need_no_model(tmp_path: Path) -> None:
    assert Reranker(str(tmp_path / "none")).reorder("q", []) == []
