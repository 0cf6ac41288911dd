"""The networks of the course: two for contrast, and those for clothes, small photographs and messages."""

from optiviz.models.architecture import answer, architecture
from optiviz.nn import (
    BatchNorm,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalMaxPool1D,
    MaxPool1D,
    MaxPool2D,
)

__all__ = ["cifar_cnn", "cifar_vgg", "fashion_cnn", "logistic", "mlp", "text_cnn"]


@architecture(shape=(28, 28, 1))
def logistic(i, classes=10):
    """Logistic regression: each class weighs all numbers of the input, and nothing lies in between.

    Source: Cox (1958), Journal of the Royal Statistical Society B 20:215-242.

    Args:
        i: the input, of any shape.
        classes: K; one is a question of yes or no.

    >>> logistic().theta.size
    7850
    """
    z = Flatten()(i)
    return answer(classes)(z)


@architecture(shape=(28, 28, 1))
def mlp(i, classes=10, *, units=128):
    """A perceptron with one hidden layer, which does not know that pixels have neighbours.

    Source: Rumelhart, Hinton and Williams (1986), Nature 323:533-536; dropout, Srivastava et al. (2014), JMLR 15.

    Args:
        i: the input, of any shape.
        classes: K; one is a question of yes or no.
        units: how many units are hidden.

    >>> mlp().theta.size
    101770
    """
    z = Flatten()(i)
    z = Dense(units, activation="relu")(z)
    z = Dropout(0.2)(z)
    return answer(classes)(z)


@architecture(shape=(28, 28, 1))
def fashion_cnn(i, classes=10):
    """Three convolutions with strides and two dense layers, for the clothes of Fashion-MNIST.

    Source: strides in place of pooling, Springenberg et al. (2015), arXiv:1412.6806; the images, Xiao, Rasul and
    Vollgraf (2017), arXiv:1708.07747.

    Args:
        i: the input, images of 15 by 15 pixels or more.
        classes: K; one is a question of yes or no.

    >>> fashion_cnn().theta.size
    360458
    """
    z = Conv2D(32, 3, strides=2, activation="relu")(i)
    z = Conv2D(64, 3, strides=2, activation="relu")(z)
    z = Conv2D(128, 3, strides=2, activation="relu")(z)
    z = Flatten()(z)
    z = Dropout(0.2)(z)
    z = Dense(512, activation="relu")(z)
    z = Dropout(0.2)(z)
    return answer(classes)(z)


@architecture(shape=(32, 32, 3))
def cifar_cnn(i, classes=10):
    """The same for the photographs of CIFAR-10, with a larger dense layer and more dropout: it overfits nonetheless.

    Source: as fashion_cnn; the images, Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images.

    Args:
        i: the input, images of 15 by 15 pixels or more.
        classes: K; one is a question of yes or no.

    >>> cifar_cnn().theta.size
    1284170
    """
    z = Conv2D(32, 3, strides=2, activation="relu")(i)
    z = Conv2D(64, 3, strides=2, activation="relu")(z)
    z = Conv2D(128, 3, strides=2, activation="relu")(z)
    z = Flatten()(z)
    z = Dropout(0.5)(z)
    z = Dense(1024, activation="relu")(z)
    z = Dropout(0.2)(z)
    return answer(classes)(z)


@architecture(shape=(32, 32, 3))
def cifar_vgg(i, classes=10):
    """Pairs of convolutions with batch normalization, then pooling: more filters wherever the image gets smaller.

    Source: in the manner of Simonyan and Zisserman (2015), arXiv:1409.1556; batch normalization, Ioffe and Szegedy
    (2015), arXiv:1502.03167.

    Args:
        i: the input, images of 8 by 8 pixels or more.
        classes: K; one is a question of yes or no.

    >>> cifar_vgg().theta.size
    2396330
    """
    z = Conv2D(32, 3, padding="same", activation="relu")(i)
    z = BatchNorm()(z)
    z = Conv2D(32, 3, padding="same", activation="relu")(z)
    z = BatchNorm()(z)
    z = MaxPool2D(2)(z)
    z = Conv2D(64, 3, padding="same", activation="relu")(z)
    z = BatchNorm()(z)
    z = Conv2D(64, 3, padding="same", activation="relu")(z)
    z = BatchNorm()(z)
    z = MaxPool2D(2)(z)
    z = Conv2D(128, 3, padding="same", activation="relu")(z)
    z = BatchNorm()(z)
    z = Conv2D(128, 3, padding="same", activation="relu")(z)
    z = BatchNorm()(z)
    z = MaxPool2D(2)(z)
    z = Flatten()(z)
    z = Dropout(0.2)(z)
    z = Dense(1024, activation="relu")(z)
    z = Dropout(0.2)(z)
    return answer(classes)(z)


@architecture(shape=(100,))
def text_cnn(i, classes=1, *, tokens=10_000, dimensions=20):
    """Convolutions over the words of a message, and of each filter the place where it answers most.

    Source: convolution over words and the largest over time, Collobert et al. (2011), JMLR 12:2493-2537.

    Args:
        i: the input, messages of 35 tokens or more, which shorter ones are padded to; of 35, 44, 53, ... the windows
            and pools leave none over at the end.
        classes: K; one is a question of yes or no, such as whether a message is spam.
        tokens: V, how many tokens there are, with the 0 of padding.
        dimensions: D, how long the vector of a token is.

    >>> text_cnn().theta.size
    232993
    """
    z = Embedding(tokens, dimensions)(i)
    z = Conv1D(32, 3, activation="relu")(z)
    z = MaxPool1D(3)(z)
    z = Conv1D(64, 3, activation="relu")(z)
    z = MaxPool1D(3)(z)
    z = Conv1D(128, 3, activation="relu")(z)
    z = GlobalMaxPool1D()(z)
    return answer(classes)(z)
