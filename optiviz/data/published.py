"""The published sets: their files, whom they are from, and the SHA-256 by which a good copy is known."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["PUBLISHED", "Content", "Download", "Progress", "Published"]

Progress = Callable[[str, int, int], None]
"""Is told the name of a file that is downloaded, how many bytes of it have come, and how many it has."""


class Content(NamedTuple):
    """A file as it is read, unpacked: its size in bytes and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Download:
    """A file as it is offered, packed, and what it contains.

    Attributes:
        name: what it is called; `also` are names that other hosts give it.
        mirrors: addresses that have it, the first one first.
        contents: what is in it by its name there, which is a path in a tar or zip.
    """

    name: str
    size: int
    sha256: str
    mirrors: tuple[str, ...]
    contents: dict[str, Content]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A set that others have published.

    Attributes:
        title: its name as its authors write it.
        folders: what a folder with its files may be called, in small letters and digits alone.
        classes, about, source, licence: as in `Dataset`.
        inside: what a folder in that one may be called.
        some: of the files whose names begin so, some are enough; all others must be there.
    """

    title: str
    folders: tuple[str, ...]
    downloads: tuple[Download, ...]
    classes: tuple[str, ...]
    about: str
    source: str
    licence: str
    inside: tuple[str, ...] = ()
    some: str = "\0"

    @property
    def contents(self) -> dict[str, Content]:
        """All that there is in its files."""
        return {name: content for download in self.downloads for name, content in download.contents.items()}

    def missing(self, found: Collection[str]) -> set[str]:
        """What is needed beside what was found; the first of those of which some are enough, if there is none."""
        some = [name for name in self.contents if name.startswith(self.some)]
        needed = self.contents.keys() - some
        if not any(name in found for name in some):
            needed |= {*some[:1]}
        return needed - {*found}


def _idx(mirrors: tuple[str, ...], *files: tuple[str, int, str, int, str]) -> tuple[Download, ...]:
    """Files of the IDX format, each compressed on its own: name, size and SHA-256 of the packed and of the unpacked."""
    return tuple(
        Download(f"{name}.gz", size, sha256, tuple(f"{m}{name}.gz" for m in mirrors), {name: Content(length, content)})
        for name, size, sha256, length, content in files
    )


FASHION_MNIST = Published(
    "Fashion-MNIST",
    ("fashionmnist", "fashion"),
    _idx(
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        (
            "train-images-idx3-ubyte",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            47_040_016,
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        (
            "train-labels-idx1-ubyte",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            60_008,
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        (
            "t10k-images-idx3-ubyte",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            7_840_016,
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        (
            "t10k-labels-idx1-ubyte",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            10_008,
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
    ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
    "Clothes from the photographs of a shop, one each, in grey on black.",
    "Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
    "MIT, Zalando SE",
    inside=("raw",),
)

MNIST = Published(
    "MNIST",
    ("mnist",),
    _idx(
        ("https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"),
        (
            "train-images-idx3-ubyte",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            47_040_016,
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        (
            "train-labels-idx1-ubyte",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            60_008,
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        (
            "t10k-images-idx3-ubyte",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            7_840_016,
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        (
            "t10k-labels-idx1-ubyte",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            10_008,
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    tuple("0123456789"),
    "Digits written by hand, in white on black.",
    "LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document recognition",
    "Creative Commons Attribution-ShareAlike 3.0",
    inside=("raw",),
)

CIFAR_10 = Published(
    "CIFAR-10",
    ("cifar10", "cifar10batchesbin", "cifar10binary"),
    (
        Download(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
            {
                f"cifar-10-batches-bin/{name}.bin": Content(30_730_000, sha256)
                for name, sha256 in {
                    "data_batch_1": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
                    "data_batch_2": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
                    "data_batch_3": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
                    "data_batch_4": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
                    "data_batch_5": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
                    "test_batch": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
                }.items()
            },
        ),
    ),
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "Small photographs of animals and vehicles in colour.",
    "Krizhevsky 2009, Learning multiple layers of features from tiny images",
    "none was given; the authors ask to be cited",
    inside=("cifar10batchesbin",),
    some="cifar-10-batches-bin/data_batch_",
)

SMS_SPAM = Published(
    "SMS Spam Collection",
    ("smsspam", "smsspamcollection"),
    (
        Download(
            "smsspamcollection.zip",
            203_415,
            "1587ea43e58e82b14ff1f5425c88e17f8496bfcdb67a583dbff9eefaf9963ce3",
            (
                "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip",
                "https://archive.ics.uci.edu/ml/machine-learning-databases/00228/smsspamcollection.zip",
            ),
            {"SMSSpamCollection": Content(477_907, "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d")},
            also=("sms+spam+collection.zip",),
        ),
    ),
    ("ham", "spam"),
    "Text messages in English, from people and from senders of advertisements.",
    "Almeida, Gómez Hidalgo and Yamakami 2011, Contributions to the study of SMS spam filtering",
    "Creative Commons Attribution 4.0",
)

PUBLISHED = {"fashion-mnist": FASHION_MNIST, "mnist": MNIST, "cifar-10": CIFAR_10, "sms-spam": SMS_SPAM}
"""The sets by the names that they are loaded by."""
