"""Texts: tokens as Keras numbers them, arrays of equal rows, one-hot vectors, and vectors of words."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz.data.text import (
    Tokenizer,
    WordVectors,
    embedding_table,
    memory,
    nearest,
    one_hot,
    pad_sequences,
    plane,
    read_vectors,
)
from optiviz.nn import Embedding

COURSE = ["I like eggs and ham.", "I love chocolate and bunnies.", "I hate onions."]


def fitted(*texts, **options):
    tokenizer = Tokenizer(**options)
    tokenizer.fit_on_texts(texts)
    return tokenizer


# The tokenizer.


def test_the_sentence_of_the_course_is_numbered_in_its_order():
    assert fitted(COURSE[0]).texts_to_sequences(COURSE[:1]) == [[1, 2, 3, 4, 5]]


def test_more_frequent_words_have_smaller_numbers_and_equals_stand_as_they_came():
    tokenizer = fitted(*COURSE)
    assert [*tokenizer.word_index] == "i and like eggs ham love chocolate bunnies hate onions".split()
    assert [*tokenizer.word_index.values()] == list(range(1, 11)) and tokenizer.size == 11
    assert tokenizer.word_counts["i"] == 3 and tokenizer.word_counts["and"] == 2


UNSEEN = ["i LIKE cats, and I like 42!", "", "zzz"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [  # what keras 3 gives
        ({}, [[1, 3, 4, 2, 5], [1, 6, 7, 2, 8], [1, 9, 10], [1, 3, 2, 1, 3], [], []]),
        ({"num_words": 4}, [[1, 3, 2], [1, 2], [1], [1, 3, 2, 1, 3], [], []]),
        (
            {"num_words": 4, "oov_token": "<oov>"},
            [[2, 1, 1, 3, 1], [2, 1, 1, 3, 1], [2, 1, 1], [2, 1, 1, 3, 2, 1, 1], [], [1]],
        ),
        (
            {"oov_token": "<oov>"},
            [[2, 4, 5, 3, 6], [2, 7, 8, 3, 9], [2, 10, 11], [2, 4, 1, 3, 2, 4, 1], [], [1]],
        ),
        ({"lower": False}, [[1, 3, 4, 2, 5], [1, 6, 7, 2, 8], [1, 9, 10], [2, 1, 3], [], []]),
    ],
    ids=repr,
)
def test_numbers_are_those_of_keras(options, expected):
    assert fitted(*COURSE, **options).texts_to_sequences([*COURSE, *UNSEEN]) == expected


def test_words_are_what_stands_between_spaces_and_filters():
    text = "Ünïcode ÉTÉ été – naïve don't “quoted” e-mail 1,000.5 a\tb\nc"
    expected = ["été", "ünïcode", "–", "naïve", "don't", "“quoted”", "e", "mail", "1", "000", "5", "a", "b", "c"]
    assert [*fitted(text).word_index] == expected  # as in Keras
    assert Tokenizer().words("日本語 テキスト 🙂 A\u00a0b\r\nc") == ["日本語", "テキスト", "🙂", "a", "b", "c"]
    assert Tokenizer(filters="", lower=False).words("Hi, you!") == ["Hi,", "you!"]
    assert Tokenizer(filters="aeiou").words("banana") == ["b", "n", "n"]


def test_counts_go_on_with_further_texts():
    tokenizer = fitted("a b", "c b")
    assert tokenizer.word_index == {"b": 1, "a": 2, "c": 3}
    tokenizer.fit_on_texts(text for text in ["c c", "d"])
    assert tokenizer.word_index == {"c": 1, "b": 2, "a": 3, "d": 4}


def test_a_text_with_the_word_for_the_unknown_has_an_unknown_word():
    tokenizer = fitted("oov a a oov oov", oov_token="oov")
    assert tokenizer.word_index == {"oov": 1, "a": 2}
    assert tokenizer.texts_to_sequences(["oov a b"]) == [[1, 2, 1]] and tokenizer.size == 3


def test_back_from_numbers_to_words():
    tokenizer = fitted(*COURSE, oov_token="?")
    there = pad_sequences(tokenizer.texts_to_sequences(["I like cats", "", "Ham!"]), 4)
    assert tokenizer.sequences_to_texts(there) == ["i like ?", "", "ham"]
    assert fitted(*COURSE, num_words=3).sequences_to_texts([[1, 2, 3, 99, 0]]) == ["i and"]


@given(st.lists(st.text("ab c.", max_size=12), min_size=1, max_size=6), st.integers(2, 5))
@examples(100)
def test_every_known_word_has_its_number_and_none_has_0(texts, num_words):
    plain = [text.replace(".", " ").split() for text in texts]
    tokenizer = fitted("a b ab", *texts, num_words=num_words, oov_token="?")
    for words, numbers in zip(plain, tokenizer.texts_to_sequences(texts), strict=True):
        assert len(numbers) == len(words) and all(0 < n < tokenizer.size <= num_words for n in numbers)
    counts = [tokenizer.word_counts[word] for word in list(tokenizer.word_index)[1:]]
    assert counts == sorted(counts, reverse=True) and sum(counts) == 3 + sum(map(len, plain))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda t: t.fit_on_texts("I like"), TypeError, r"list of strings, not a single one; write \['I like'\]"),
        (lambda t: t.fit_on_texts(["a", 5]), TypeError, r"a text is a string, not int \(5\) at place 1$"),
        (lambda t: t.fit_on_texts(["a", None]), TypeError, "not NoneType"),
        (lambda t: t.texts_to_sequences([["a", "b"]]), TypeError, r"or of words: write ' '.join\(words\)"),
        (lambda t: t.texts_to_sequences([b"a"]), TypeError, r"write text.decode\(\)"),
        (lambda t: Tokenizer().texts_to_sequences(["a"]), ValueError, "seen no words yet; call fit_on_texts"),
        (lambda t: Tokenizer().sequences_to_texts([[1]]), ValueError, "seen no words yet"),
        (lambda t: Tokenizer(num_words=1), ValueError, "num_words is a whole number from 2 on"),
        (lambda t: Tokenizer(num_words=10.0), ValueError, r"not 10\.0"),
        (lambda t: Tokenizer(oov_token=1), TypeError, "oov_token is a word"),
        (lambda t: Tokenizer(filters=None), TypeError, "filters is a string"),
    ],
)
def test_what_is_no_text_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call(fitted("a b"))


def test_a_tokenizer_says_how_it_was_made():
    assert repr(Tokenizer()) == "Tokenizer()"
    assert repr(Tokenizer(9, "?", lower=False, filters="")) == (
        "Tokenizer(num_words=9, oov_token='?', lower=False, filters='')"
    )


@examples(30)
@given(st.lists(st.text(), min_size=1), st.none() | st.integers(2, 9), st.none() | st.text(min_size=1), st.booleans())
def test_a_tokenizer_from_a_file_is_the_same(tmp_path_factory, texts, num_words, oov_token, lower):
    made = fitted(*texts, num_words=num_words, oov_token=oov_token, lower=lower)
    path = tmp_path_factory.mktemp("tokenizer") / "a.json"
    made.save(path)
    read = Tokenizer.load(path)
    assert repr(read) == repr(made) and [*read.word_index.items()] == [*made.word_index.items()]
    assert read.word_counts == made.word_counts and read.size == made.size
    before = path.read_bytes()
    read.save(path)
    assert path.read_bytes() == before
    for tokenizer in (made, read):
        tokenizer.fit_on_texts(["and more"])
    assert read.word_index == made.word_index


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"num_words": 1}, "num_words is a whole number from 2 on"),
        ({"oov_token": 3}, "oov_token is a word"),
        ({"lower": 1}, "does not say whether words are in small letters"),
        ({"filters": None}, "filters is a string"),
        ({"word_counts": {"a": 0}}, "the word 'a' cannot have been seen 0 times"),
        ({"word_counts": {"a": True}}, "cannot have been seen True times"),
        ({"word_counts": ["a"]}, "has no attribute"),
        ({"kind": "model"}, "it is a model"),
        ({"version": 2}, "update optiviz"),
        ({"mark": ""}, "made by another program"),
    ],
)
def test_a_file_that_is_no_tokenizer_is_named(tmp_path, change, words):
    fitted(*COURSE).save(tmp_path / "a.json")
    facts = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    (tmp_path / "a.json").write_text(json.dumps(facts | change), encoding="utf-8")
    with pytest.raises(ValueError, match=r"a.json is damaged or not a tokenizer written by optiviz \(.*") as caught:
        Tokenizer.load(tmp_path / "a.json")
    assert words in str(caught.value)


# Rows of equal length.


@pytest.mark.parametrize(
    ("padding", "truncating", "expected"),
    [  # what keras 3 gives
        ("pre", "pre", [[9, 9, 1], [9, 2, 3], [9, 9, 9], [5, 6, 7]]),
        ("pre", "post", [[9, 9, 1], [9, 2, 3], [9, 9, 9], [4, 5, 6]]),
        ("post", "pre", [[1, 9, 9], [2, 3, 9], [9, 9, 9], [5, 6, 7]]),
        ("post", "post", [[1, 9, 9], [2, 3, 9], [9, 9, 9], [4, 5, 6]]),
    ],
)
def test_padding_and_truncating_as_in_keras(padding, truncating, expected):
    rows = [[1], [2, 3], [], [4, 5, 6, 7]]
    found = pad_sequences(rows, 3, padding=padding, truncating=truncating, value=9)
    assert found.tolist() == expected and found.dtype == np.int32


def test_numbers_of_any_kind_stand_together():
    rows = [np.array([1], np.uint64), [2], np.array([3, -4], np.int8)]
    assert pad_sequences(rows).tolist() == [[0, 1], [0, 2], [3, -4]]
    assert fitted(*COURSE, num_words=np.int64(4)).size == 4
    assert one_hot(np.array([1], np.uint8), np.int64(2)).tolist() == [[0, 1]]


@given(
    st.lists(st.lists(st.integers(-9, 9), max_size=6), max_size=6),
    st.none() | st.integers(1, 8),
    st.sampled_from(["pre", "post"]),
    st.sampled_from(["pre", "post"]),
)
@examples(200)
def test_each_row_is_padded_as_by_hand(rows, maxlen, padding, truncating):
    found = pad_sequences(iter(rows), maxlen, padding=padding, truncating=truncating, value=-7)
    length = max(map(len, rows), default=0) if maxlen is None else maxlen
    assert found.shape == (len(rows), length)
    for row, padded in zip(rows, found.tolist(), strict=True):
        kept = (row[-length:] if truncating == "pre" else row[:length]) if length else []
        fill = [-7] * (length - len(kept))
        assert padded == (fill + kept if padding == "pre" else kept + fill)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pad_sequences([[1]], padding="left"), ValueError, "padding is 'pre' or 'post', not 'left'"),
        (lambda: pad_sequences([[1]], truncating="end"), ValueError, "truncating is 'pre' or 'post'"),
        (lambda: pad_sequences([[1]], 0), ValueError, "maxlen is a whole number from 1 on, not 0"),
        (lambda: pad_sequences([[1]], 2.0), ValueError, "maxlen"),
        (lambda: pad_sequences([[1], "a b"]), TypeError, "not 'a b' at place 1; for texts call texts_to_sequences"),
        (lambda: pad_sequences([1, 2]), TypeError, "not 1 at place 0"),
        (lambda: pad_sequences([[1.5]]), TypeError, r"not \[1\.5\] at place 0"),
        (lambda: pad_sequences([[[1], [1, 2]]]), TypeError, "whole numbers"),
        (lambda: pad_sequences([[2**31]]), ValueError, "from -2147483648 to 2147483647, not"),
        (lambda: pad_sequences([np.array([2**63], np.uint64)]), ValueError, "from -2147483648 to 2147483647, not"),
        (lambda: pad_sequences([[1]], value=0.5), ValueError, "value has whole numbers"),
        (lambda: one_hot([0, 3], 3), ValueError, "a vocabulary of 3 has the numbers from 0 to 2, not 3"),
        (lambda: one_hot([-1], 3), ValueError, "not -1"),
        (lambda: one_hot(np.array([2**63], np.uint64), 3), ValueError, "not 9223372036854775808"),
        (lambda: one_hot([1], 2.5), ValueError, r"vocabulary is .* a whole number from 1, not 2\.5"),
        (lambda: one_hot([], 0), ValueError, "not 0"),
        (lambda: one_hot(["i", "like"], 3), TypeError, "for texts call texts_to_sequences first"),
    ],
)
def test_what_is_no_sequence_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call()


# One-hot vectors and embeddings.


def test_i_like_cats_in_one_hot_vectors():
    tokenizer = fitted("I like cats", "I like eggs and ham.")
    ((i, like, cats),) = tokenizer.texts_to_sequences(["I like cats"])
    matrix = one_hot([i, like, cats], tokenizer.size)
    assert matrix.shape == (3, 7) and matrix.dtype == np.float32
    assert matrix.tolist() == [[0, 1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0]]
    assert one_hot([], 4).shape == (0, 4)


def test_a_product_with_one_hot_vectors_is_an_embedding():
    rng = np.random.default_rng(0)
    layer = Embedding(9, 4)
    layer.build((5,))
    layer.W = rng.normal(size=(9, 4))
    x = rng.integers(0, 9, (3, 5))
    assert np.array_equal(one_hot(x, 9) @ layer.W, layer(x))


def test_no_two_one_hot_vectors_are_alike_and_they_are_large():
    x = one_hot(np.arange(1, 6), 6)
    index = {str(n): n - 1 for n in range(1, 6)}
    assert nearest("3", x, index) == [(other, 0.0) for other in "1245"]
    sizes = memory(5, 6, 3)
    assert sizes["one-hot"] == x.nbytes and sizes["table"] == np.zeros((6, 3), np.float32).nbytes
    assert sizes["embedding"] == np.zeros((5, 3), np.float32).nbytes


# Neighbours.


def test_neighbours_have_the_largest_cosine():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 5))
    vectors[7] = 0
    index = {f"w{row}": row for row in range(1, 30)}  # row 0 is padding
    found = nearest("w3", vectors, index, count=29)
    assert len(found) == 28 and "w3" not in dict(found) and dict(found)["w7"] == 0
    u = vectors[3]
    for word, cosine in found:
        v = vectors[index[word]]
        assert cosine == pytest.approx(u @ v / np.linalg.norm(u) / (np.linalg.norm(v) or 1))
    assert [cosine for _, cosine in found] == sorted(dict(found).values(), reverse=True)
    assert nearest("w3", 1000 * vectors.astype(np.float32), index)[0][0] == found[0][0]
    assert nearest("w7", vectors, index, 2) == [("w1", 0.0), ("w2", 0.0)]


def test_a_word_without_vector_is_said():
    with pytest.raises(LookupError, match="'onion' has no vector; did you mean 'onions'"):
        nearest("onion", np.eye(3), {"eggs": 1, "onions": 2})
    with pytest.raises(LookupError, match="'rare' has no vector; it was not among"):
        nearest("rare", np.eye(3), {"eggs": 1, "rare": 3})
    with pytest.raises(LookupError, match="3 has no vector"):
        nearest(3, np.eye(3), {"eggs": 1})
    for wrong in (np.ones(3), [[1, np.nan], [0, 1]]):
        with pytest.raises(ValueError, match="finite vectors"):
            nearest("eggs", wrong, {"eggs": 1})


def test_a_plane_keeps_what_differs_most():
    rng = np.random.default_rng(0)
    corners = rng.normal(size=(2, 6))
    flat = rng.normal(size=(40, 2)) @ corners + rng.normal(size=6)
    points, shares = plane(flat)
    assert shares.sum() == pytest.approx(1) and shares[0] > shares[1]
    apart = [np.linalg.norm(x[:, None] - x, axis=-1) for x in (flat, points)]
    np.testing.assert_allclose(apart[1], apart[0], atol=1e-12)  # in a plane nothing is lost
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-12)
    assert points[:, 0] @ points[:, 1] == pytest.approx(0, abs=1e-10)
    other = plane(flat[::-1] + 5)
    np.testing.assert_allclose(other.points[::-1], points, atol=1e-12)  # the same picture, also of the same words
    noisy = plane(flat + rng.normal(0, 0.3, flat.shape))
    assert 0.5 < noisy.shares.sum() < 1


def test_a_plane_through_little():
    points, shares = plane([[1.0], [4.0]])
    assert points.shape == (2, 2) and np.allclose(shares, [1, 0]) and np.ptp(points[:, 0]) == pytest.approx(3)
    assert not plane(np.ones((3, 4))).points.any() and not plane(np.ones((3, 4))).shares.any()
    for wrong in (np.ones((1, 3)), np.ones(3), [[1, np.nan], [0, 1]]):
        with pytest.raises(ValueError, match="two or more finite vectors"):
            plane(wrong)


# Vectors from a file.


def written(tmp_path, text):
    path = tmp_path / "glove.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_vectors_of_all_words_or_of_some(tmp_path):
    path = written(tmp_path, "the 0.1 -2e-3 3\nété 4 5 6\n. . . 7 8 9\neggs 1 1 1\nthe 9 9 9\n")
    known = read_vectors(path)
    assert known.rows == {"the": 0, "été": 1, ". . .": 2, "eggs": 3} and known.vectors.dtype == np.float32
    np.testing.assert_array_equal(known.vectors[:3], np.float32([[0.1, -2e-3, 3], [4, 5, 6], [7, 8, 9]]))
    some = read_vectors(path, {"eggs": 1, "the": 2, "ham": 3})
    assert some.rows == {"the": 0, "eggs": 1} and some.vectors.shape == (2, 3)
    assert read_vectors(path, iter(["eggs", "the"])).rows == {"the": 0, "eggs": 1}
    assert read_vectors(path, []).vectors.shape == (0, 3)
    index = fitted("eggs and the ham").word_index
    assert embedding_table(index, some).tolist() == [[0] * 3, [1] * 3, [0] * 3, known.vectors[0].tolist(), [0] * 3]
    assert embedding_table(index, some, 2).tolist() == [[0] * 3, [1] * 3]


@pytest.mark.parametrize("text", ["2 3\na 1 2 3\nb 4 5 6\n", "\ufeffa 1 2 3\r\nb 4 5 6 \r\n", "a 1 2 3\nb 4 5 6"])
def test_heads_marks_and_ends_of_lines_are_passed_over(tmp_path, text):
    known = read_vectors(written(tmp_path, text))
    assert known.rows == {"a": 0, "b": 1} and known.vectors.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_word_may_have_any_letter_but_the_end_of_a_line(tmp_path):
    words = ["a\u00a0b", "c\u2028d", "e\x85", "🙂", "1", "\u00a0"]
    known = read_vectors(written(tmp_path, "\n".join(f"{word} 1 2" for word in words)))
    assert [*known.rows] == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a 1 2 3\nb 4 5\n", r"glove\.txt, line 2: expected a word and 3 numbers, not 'b 4 5'"),
        ("a 1 2 3\n\nb 4 5 6\n", "line 2: expected a word and 3 numbers, not ''"),
        ("a 1 2 3\nb 4 x 6\n", "line 2: expected 3 numbers behind the word, not 4 x 6"),
        ("a 1 2\nb c 3 4 5\nd 1 oh\n", "line 3: expected 2 numbers behind the word, not 1 oh"),
        ("a 1 2\nb 1 nan\n", "line 2: a number is not finite"),
        ("a 1 2\nb 1 1e39\n", "line 2: a number is not finite, or too large for float32"),
        ("1 " + "9" * 5000 + "\n", "line 1: a number is not finite"),
        ("word\n", "line 1: expected a word and its numbers, not 'word'"),
        ("", "glove.txt is empty"),
        (b"a 1 2\n\xff\xfe 1 2\n", "line 2: not text in UTF-8; unpack"),
        (b"PK\x03\x04\x99\xff", "line 1: not text in UTF-8; unpack the file"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(tmp_path, text, words):
    with pytest.raises(ValueError, match=words):
        read_vectors(written(tmp_path, text))


def test_what_is_not_asked_for_need_not_be_right_but_as_long(tmp_path):
    path = written(tmp_path, "a 1 2\nb x y\nc 3 4\n")
    assert read_vectors(path, ["a", "c"]).vectors.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_vectors(tmp_path / "none.txt")
    with pytest.raises(TypeError, match=r"write \['the'\]"):
        read_vectors(path, "the")


def test_a_large_file_is_never_in_memory(tmp_path):
    path = tmp_path / "large.txt"
    numbers = " ".join(["0.123456"] * 100)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"word{k} {numbers}\n" for k in range(2000))
    tracemalloc.start()
    known = read_vectors(path, {"word5", "word1999"})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [*known.rows] == ["word5", "word1999"] and most < path.stat().st_size / 10
    assert isinstance(known, WordVectors)
