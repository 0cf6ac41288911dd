"""The networks that made history: one for digits, three for the photographs of ImageNet."""

from optiviz.models.architecture import answer, architecture
from optiviz.nn import (
    AvgPool2D,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    LocalResponseNorm,
    MaxPool2D,
)

__all__ = ["alexnet", "googlenet", "lenet5", "vgg16"]


@architecture(shape=(32, 32, 1))
def lenet5(i, classes=10):
    """LeNet-5, which read the amounts on cheques: convolutions and pooling in turns, then dense layers.

    Here every filter of the second convolution sees all six maps, where the paper leaves out some to save connections;
    pooling is a plain mean, and what comes out are probabilities, where the paper measures distances to drawn digits.

    Source: LeCun, Bottou, Bengio and Haffner (1998), Proceedings of the IEEE 86:2278-2324, section II.B.

    Args:
        i: the input, images of 16 by 16 pixels or more; digits of 28 by 28 have a margin of 2.
        classes: K; one is a question of yes or no.

    >>> lenet5().theta.size
    61706
    """
    z = Conv2D(6, 5, activation="tanh")(i)
    z = AvgPool2D(2)(z)
    z = Conv2D(16, 5, activation="tanh")(z)
    z = AvgPool2D(2)(z)
    z = Flatten()(z)
    z = Dense(120, activation="tanh")(z)
    z = Dense(84, activation="tanh")(z)
    return answer(classes)(z)


def response_norm():
    """Normalization over neighbouring channels, with the constants of AlexNet."""
    return LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=2)


@architecture(shape=(227, 227, 3))
def alexnet(i, classes=1000):
    """AlexNet, which won ImageNet in 2012: five convolutions with ReLU, and dropout on two large dense layers.

    It is one tower, where the paper has two halves on two machines, each blind to the other in some layers. The paper
    says that images have 224 pixels a side; its 55 places for windows of 11 at every fourth pixel need 227.

    Source: Krizhevsky, Sutskever and Hinton (2012), NIPS 25, section 3.5.

    Args:
        i: the input, images of 67 by 67 pixels or more.
        classes: K; one is a question of yes or no.

    >>> f"{alexnet.size():,}"
    '62,378,344'
    """
    z = Conv2D(96, 11, strides=4, activation="relu")(i)
    z = response_norm()(z)
    z = MaxPool2D(3, strides=2)(z)
    z = Conv2D(256, 5, padding="same", activation="relu")(z)
    z = response_norm()(z)
    z = MaxPool2D(3, strides=2)(z)
    z = Conv2D(384, 3, padding="same", activation="relu")(z)
    z = Conv2D(384, 3, padding="same", activation="relu")(z)
    z = Conv2D(256, 3, padding="same", activation="relu")(z)
    z = MaxPool2D(3, strides=2)(z)
    z = Flatten()(z)
    z = Dense(4096, activation="relu")(z)
    z = Dropout(0.5)(z)
    z = Dense(4096, activation="relu")(z)
    z = Dropout(0.5)(z)
    return answer(classes)(z)


@architecture(shape=(224, 224, 3))
def vgg16(i, classes=1000):
    """VGG with 16 layers that have weights: two or three convolutions of 3 by 3 see as far as one of 5 or 7.

    Source: Simonyan and Zisserman (2015), arXiv:1409.1556, table 1, column D.

    Args:
        i: the input, images of 32 by 32 pixels or more.
        classes: K; one is a question of yes or no.

    >>> f"{vgg16.size():,}"
    '138,357,544'
    """
    z = i
    for filters, convolutions in (64, 2), (128, 2), (256, 3), (512, 3), (512, 3):
        for _ in range(convolutions):
            z = Conv2D(filters, 3, padding="same", activation="relu")(z)
        z = MaxPool2D(2)(z)
    z = Flatten()(z)
    z = Dense(4096, activation="relu")(z)
    z = Dropout(0.5)(z)
    z = Dense(4096, activation="relu")(z)
    z = Dropout(0.5)(z)
    return answer(classes)(z)


def conv(filters, size, strides=1):
    """A convolution as all of GoogLeNet's are."""
    return Conv2D(filters, size, strides, padding="same", activation="relu")


def inception(z, one, before_three, three, before_five, five, pooled):
    """Windows of several sizes side by side, after convolutions of 1 by 1 that leave fewer channels: figure 2b."""
    a = conv(one, 1)(z)
    b = conv(three, 3)(conv(before_three, 1)(z))
    c = conv(five, 5)(conv(before_five, 1)(z))
    d = conv(pooled, 1)(MaxPool2D(3, strides=1, padding="same")(z))
    return Concatenate()([a, b, c, d])


def auxiliary_head(z, classes):
    """An answer from halfway, whose gradient has a shorter way to the first layers: section 5."""
    z = AvgPool2D(5, strides=3)(z)
    z = conv(128, 1)(z)
    z = Flatten()(z)
    z = Dense(1024, activation="relu")(z)
    z = Dropout(0.7)(z)
    return answer(classes)(z)


@architecture(shape=(224, 224, 3))
def googlenet(i, classes=1000, *, auxiliary=False):
    """GoogLeNet, which won ImageNet in 2014: nine inception modules, and a mean in place of large dense layers.

    The paper does not say which constants its local response normalization has; those of AlexNet stand here.

    Source: Szegedy et al. (2015), arXiv:1409.4842, table 1.

    Args:
        i: the input, images of any size; with auxiliary heads 65 by 65 pixels or more.
        classes: K; one is a question of yes or no.
        auxiliary: does it answer from halfway, too? The model then has three outputs, the last layer's first; in
            training, the losses of the other two count 0.3 each.

    >>> f"{googlenet.size():,}, with auxiliary heads {googlenet.size(auxiliary=True):,}"
    '6,998,552, with auxiliary heads 13,378,280'
    """
    z = conv(64, 7, strides=2)(i)
    z = MaxPool2D(3, strides=2, padding="same")(z)
    z = response_norm()(z)
    z = conv(64, 1)(z)
    z = conv(192, 3)(z)
    z = response_norm()(z)
    z = MaxPool2D(3, strides=2, padding="same")(z)
    z = inception(z, 64, 96, 128, 16, 32, 32)
    z = inception(z, 128, 128, 192, 32, 96, 64)
    z = MaxPool2D(3, strides=2, padding="same")(z)
    z = early = inception(z, 192, 96, 208, 16, 48, 64)
    z = inception(z, 160, 112, 224, 24, 64, 64)
    z = inception(z, 128, 128, 256, 24, 64, 64)
    z = late = inception(z, 112, 144, 288, 32, 64, 64)
    z = inception(z, 256, 160, 320, 32, 128, 128)
    z = MaxPool2D(3, strides=2, padding="same")(z)
    z = inception(z, 256, 160, 320, 32, 128, 128)
    z = inception(z, 384, 192, 384, 48, 128, 128)
    z = GlobalAvgPool2D()(z)
    z = Dropout(0.4)(z)
    z = answer(classes)(z)
    return [z, auxiliary_head(early, classes), auxiliary_head(late, classes)] if auxiliary else z
