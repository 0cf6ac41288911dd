"""Text: words as numbers, numbers as arrays, and vectors of words.

>>> from optiviz.data.text import Tokenizer, one_hot, pad_sequences
>>> tokenizer = Tokenizer()
>>> tokenizer.fit_on_texts(["I like eggs and ham."])
>>> tokenizer.texts_to_sequences(["I like eggs and ham.", "Eggs!"])
[[1, 2, 3, 4, 5], [3]]
>>> pad_sequences([[1, 2, 3, 4, 5], [3]]).tolist()
[[1, 2, 3, 4, 5], [0, 0, 0, 0, 3]]
>>> one_hot([3], tokenizer.size).tolist()
[[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]]
"""

from optiviz.data.text.sequences import memory as memory
from optiviz.data.text.sequences import one_hot as one_hot
from optiviz.data.text.sequences import pad_sequences as pad_sequences
from optiviz.data.text.tokenizer import FILTERS as FILTERS
from optiviz.data.text.tokenizer import Tokenizer as Tokenizer
from optiviz.data.text.vectors import Plane as Plane
from optiviz.data.text.vectors import WordVectors as WordVectors
from optiviz.data.text.vectors import embedding_table as embedding_table
from optiviz.data.text.vectors import nearest as nearest
from optiviz.data.text.vectors import plane as plane
from optiviz.data.text.vectors import read_vectors as read_vectors
