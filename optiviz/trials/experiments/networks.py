"""The networks of the experiments: listings in pairs that differ in one thing."""

from optiviz.models import answer
from optiviz.nn import BatchNorm, Conv2D, Dense, Dropout, Flatten, GlobalMaxPool2D, MaxPool2D

CLASSES = 10


def dense(i):
    """Every hidden unit has a weight for every pixel."""
    z = Flatten()(i)
    z = Dense(24, activation="relu")(z)
    return answer(CLASSES)(z)


def convolutional(i):
    """Every filter has nine weights for each channel, the same wherever it looks; together as many as `dense` has."""
    z = Conv2D(16, 3, strides=2, padding="same", activation="relu")(i)
    z = Conv2D(32, 3, strides=2, padding="same", activation="relu")(z)
    z = Conv2D(32, 3, strides=2, padding="same", activation="relu")(z)
    z = Flatten()(z)
    return answer(CLASSES)(z)


def strided(i):
    """Convolutions that look at every second place."""
    z = Conv2D(8, 3, strides=2, padding="same", activation="relu")(i)
    z = Conv2D(16, 3, strides=2, padding="same", activation="relu")(z)
    z = Conv2D(32, 3, strides=2, padding="same", activation="relu")(z)
    z = Flatten()(z)
    return answer(CLASSES)(z)


def pooled(i):
    """Convolutions that look at every place; of four neighbours the one that answers most is kept."""
    z = Conv2D(8, 3, padding="same", activation="relu")(i)
    z = MaxPool2D(2, padding="same")(z)
    z = Conv2D(16, 3, padding="same", activation="relu")(z)
    z = MaxPool2D(2, padding="same")(z)
    z = Conv2D(32, 3, padding="same", activation="relu")(z)
    z = MaxPool2D(2, padding="same")(z)
    z = Flatten()(z)
    return answer(CLASSES)(z)


def flattened():
    """The last layer has weights for every place, so that there must always be equally many."""
    return [
        Conv2D(8, 3, padding="same", activation="relu"),
        BatchNorm(),
        MaxPool2D(2),
        Conv2D(16, 3, padding="same", activation="relu"),
        BatchNorm(),
        MaxPool2D(2),
        Conv2D(32, 3, padding="same", activation="relu"),
        BatchNorm(),
        MaxPool2D(2),
        Conv2D(64, 3, padding="same", activation="relu"),
        BatchNorm(),
        Flatten(),
        Dense(CLASSES),
    ]


def gathered():
    """The last layer sees of each filter its strongest answer, however many places there are."""
    return [
        Conv2D(8, 3, padding="same", activation="relu"),
        BatchNorm(),
        MaxPool2D(2),
        Conv2D(16, 3, padding="same", activation="relu"),
        BatchNorm(),
        MaxPool2D(2),
        Conv2D(32, 3, padding="same", activation="relu"),
        BatchNorm(),
        MaxPool2D(2),
        Conv2D(64, 3, padding="same", activation="relu"),
        BatchNorm(),
        GlobalMaxPool2D(),
        Dense(CLASSES),
    ]


def plain(i):
    """Six convolutions, in pairs."""
    z = i
    for filters in 8, 16, 32:
        z = Conv2D(filters, 3, padding="same", activation="relu")(z)
        z = Conv2D(filters, 3, padding="same", activation="relu")(z)
        z = MaxPool2D(2)(z)
    z = Flatten()(z)
    return answer(CLASSES)(z)


def normalized(i):
    """The same, with batch normalization behind each."""
    z = i
    for filters in 8, 16, 32:
        z = Conv2D(filters, 3, padding="same", activation="relu")(z)
        z = BatchNorm()(z)
        z = Conv2D(filters, 3, padding="same", activation="relu")(z)
        z = BatchNorm()(z)
        z = MaxPool2D(2)(z)
    z = Flatten()(z)
    return answer(CLASSES)(z)


def whole(i):
    """Two convolutions and a dense layer that may rely on every unit."""
    z = Conv2D(16, 3, strides=2, padding="same", activation="relu")(i)
    z = Conv2D(32, 3, strides=2, padding="same", activation="relu")(z)
    z = Flatten()(z)
    z = Dense(256, activation="relu")(z)
    return answer(CLASSES)(z)


def thinned(i):
    """The same; in training, half of the units are left out, others each time."""
    z = Conv2D(16, 3, strides=2, padding="same", activation="relu")(i)
    z = Conv2D(32, 3, strides=2, padding="same", activation="relu")(z)
    z = Flatten()(z)
    z = Dropout(0.5)(z)
    z = Dense(256, activation="relu")(z)
    z = Dropout(0.5)(z)
    return answer(CLASSES)(z)
