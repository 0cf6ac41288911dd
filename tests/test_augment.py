"""Augmentation: exact pixels, the spread of the draws, one image as in a batch, and chains."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz import adam
from optiviz.data.augment import (
    Augmentation,
    augmentation,
    brightness,
    contrast,
    cutout,
    flip,
    flip_vertical,
    resampled,
    rotation,
    shear,
    shift,
    zoom,
)
from optiviz.data.augment.geometry import turned, unmoved
from optiviz.data.augment.resampling import FILLS
from optiviz.formula import FormulaError
from optiviz.nn import Dense, Flatten, History, Input, Sequential, batches

EVERY = [Augmentation.registry[name] for name in list(Augmentation.registry)]
MOVING = [shift, rotation, zoom, shear]
UNCHANGED = [
    *(
        each(fill=fill, **nothing)
        for fill in FILLS
        for each, nothing in ((shift, {"by": 0}), (rotation, {"degrees": 0}), (zoom, {"by": 0}), (shear, {"by": 0}))
    ),
    brightness(by=0),
    contrast(by=0),
    cutout(side=0),
]
PADDING = {"constant": "constant", "nearest": "edge", "reflect": "symmetric"}
"""What NumPy calls the ways in which an image goes on."""

DTYPES = [np.uint8, np.float16, np.float32, np.float64]


def pictures(n=6, height=9, width=8, channels=3, dtype=np.uint8, seed=0):
    levels = np.random.default_rng(seed).integers(0, 256, (n, height, width, channels))
    return levels.astype(np.uint8) if dtype == np.uint8 else (levels / 255).astype(dtype)


every = pytest.mark.parametrize("augment", EVERY, ids=repr)
of_each_dtype = pytest.mark.parametrize("dtype", DTYPES)


# What holds for all of them.


@every
@of_each_dtype
@pytest.mark.parametrize("shape", [(6, 9, 8, 3), (5, 7, 12, 1), (3, 1, 1, 1), (2, 1, 6, 4), (0, 4, 4, 3)])
def test_shape_type_and_range_stay_and_nothing_is_written_over(augment, dtype, shape):
    images = pictures(*shape, dtype)
    before = images.copy()
    out = augment(images, 1)
    assert (out.shape, out.dtype) == (images.shape, images.dtype) and out is not images
    assert np.array_equal(images, before) and not np.shares_memory(out, images)
    if out.size:
        assert out.min() >= 0 and out.max() <= (255 if dtype == np.uint8 else 1)


@every
def test_a_seed_is_its_generator_and_another_draws_others(augment):
    images = pictures(16, 12, 12)
    assert np.array_equal(augment(images, 3), augment(images, np.random.default_rng(3)))
    assert not np.array_equal(augment(images, 3), augment(images, 4))


@every
@of_each_dtype
def test_a_batch_is_its_images_one_by_one(augment, dtype):
    images, rng = pictures(70, 24, 23, dtype=dtype), np.random.default_rng(5)  # more than are read at a time
    assert np.array_equal(augment(images, 5), np.concatenate([augment(image[None], rng) for image in images]))


@every
def test_each_image_has_draws_of_its_own(augment):
    out = augment(np.repeat(pictures(1, 20, 20), 40, axis=0), 0)
    assert len(np.unique(out.reshape(40, -1), axis=0)) >= (2 if "flip" in augment.name else 15)


@every
def test_memory_in_any_order_is_the_same_to_all(augment):
    images = pictures()
    for other in (
        np.asfortranarray(images),
        images[::-1].copy()[::-1],
        images.transpose(3, 0, 1, 2).copy().transpose(1, 2, 3, 0),
    ):
        assert np.array_equal(augment(other, 2), augment(images, 2))


@pytest.mark.parametrize("augment", UNCHANGED, ids=repr)
@of_each_dtype
@pytest.mark.parametrize("shape", [(6, 9, 8, 3), (5, 33, 20, 1)])
def test_no_change_leaves_every_bit(augment, dtype, shape):
    images = pictures(*shape, dtype)
    assert augment(images, 0).tobytes() == images.tobytes()


# Reading through a map.


@given(st.integers(1, 6), st.integers(1, 6), st.integers(-20, 20), st.integers(-20, 20), st.sampled_from([*FILLS]))
@examples(200)
def test_whole_steps_read_the_image_as_it_goes_on(height, width, down, across, fill):
    image = pictures(1, height, width)
    maps = unmoved(1)
    maps[0, :, 2] = -down, -across
    wide = np.pad(image, [(0, 0), (abs(down),) * 2, (abs(across),) * 2, (0, 0)], mode=PADDING[fill])
    rolled = np.roll(wide, (down, across), axis=(1, 2))
    expected = rolled[:, abs(down) : abs(down) + height, abs(across) : abs(across) + width]
    assert np.array_equal(resampled(image, maps, fill), expected)


@pytest.mark.parametrize("quarters", [-2, -1, 0, 1, 2])
@of_each_dtype
@pytest.mark.parametrize("side", [1, 7, 8])
def test_quarters_of_a_turn_are_exact(quarters, dtype, side):
    images = pictures(3, side, side, dtype=dtype)
    expected = np.rot90(images, quarters, axes=(1, 2))
    assert np.array_equal(resampled(images, turned(np.full(3, 90.0 * quarters))), expected)


def bilinear(image, at, fill):
    """The formula, pixel by pixel: the mean of four pixels of the image as it goes on, by their distances."""
    around = 40
    wide = np.pad(image, [(around, around)] * 2, mode=PADDING[fill])
    y, x = at
    i, j = int(np.floor(y)), int(np.floor(x))
    v, h = y - i, x - j
    four = wide[i + around : i + around + 2, j + around : j + around + 2]
    return np.array([1 - v, v]) @ four @ np.array([1 - h, h])


@pytest.mark.parametrize("fill", FILLS)
def test_any_map_reads_bilinear_means(fill):
    rng = np.random.default_rng(0)
    image = pictures(1, 5, 8, 1, np.float64)
    maps = unmoved(1) + rng.normal(0, 0.7, (1, 2, 3))
    out = resampled(image, maps, fill)[0, :, :, 0]
    for i in range(5):
        for j in range(8):
            at = maps[0, :, :2] @ (i - 2, j - 3.5) + maps[0, :, 2] + (2, 3.5)
            assert out[i, j] == pytest.approx(bilinear(image[0, :, :, 0], at, fill), abs=1e-12)


def test_floats_of_half_the_length_and_bytes_are_the_same_but_for_rounding():
    images = pictures(4, 30, 31)
    for augment in (rotation(degrees=40), zoom(by=0.5), shear(fill="reflect")):
        exact = augment(images / 255, 1)
        np.testing.assert_allclose(augment((images / 255).astype(np.float32), 1), exact, atol=2e-5)
        np.testing.assert_allclose(augment(images, 1), 255 * exact, atol=0.5 + 4e-3)


# By hand.


def test_a_shift_is_by_whole_pixels_each_as_likely():
    ramp = np.tile(np.arange(1.0, 11), (3000, 5, 1))[..., None]  # 10 wide: up to 2, 5 high: up to 1
    out = shift(ramp, 0, by=0.2)[..., 0]
    up_or_down = (out[:, 0] == 0).all(axis=1).astype(int) - (out[:, -1] == 0).all(axis=1)
    across = 5 - out[:, 2, 4]
    for moved, most in ((up_or_down, 1), (across, 2)):
        values, counts = np.unique(moved, return_counts=True)
        assert list(values) == list(range(-most, most + 1))
        assert np.abs(counts / 3000 - 1 / (2 * most + 1)).max() < 0.04
    assert abs(np.corrcoef(up_or_down, across)[0, 1]) < 0.06


@pytest.mark.parametrize("fill", FILLS)
@of_each_dtype
def test_a_shift_is_what_is_read_through_a_map_of_whole_steps(fill, dtype):
    images, maps = pictures(20, 9, 8, dtype=dtype), unmoved(20)
    maps[:, :, 2] = (3, 3) - np.floor(np.random.default_rng(2).random((20, 2)) * 7)  # 0.4 of 9 and of 8
    assert np.array_equal(shift(images, 2, by=0.4, fill=fill), resampled(images, maps, fill))


def test_a_flip_is_a_mirror_for_half_of_them():
    images = pictures(2000, 2, 3, 1)
    for augment, mirrored in ((flip, images[:, :, ::-1]), (flip_vertical, images[:, ::-1])):
        out = augment(images, 0)
        same, other = ((out == given).all(axis=(1, 2, 3)) for given in (images, mirrored))
        assert (same | other).all() and 0.46 < np.mean(other) < 0.54


def test_a_turn_is_by_every_angle_up_to_the_largest():
    dot = np.zeros((4000, 21, 21, 1))
    dot[:, 10, 18] = 1  # to the right of the middle
    out = rotation(dot, 0, degrees=60)[..., 0]
    total = out.sum(axis=(1, 2))
    y, x = ((out * at).sum(axis=(1, 2)) / total for at in np.mgrid[10:-11:-1, -10:11])
    angles = np.degrees(np.arctan2(y, x))
    assert np.abs(angles).max() < 63 and np.abs(np.hypot(y, x) - 8).max() < 0.3
    np.testing.assert_allclose(np.quantile(angles, [0.02, 0.25, 0.5, 0.75, 0.98]), [-57.6, -30, 0, 30, 57.6], atol=3)


def test_zoom_makes_a_square_as_large_as_it_says():
    square = np.zeros((500, 40, 40, 1))
    square[:, 10:30, 10:30] = 1
    sides = np.sqrt(zoom(square, 0, by=0.5).sum(axis=(1, 2, 3))) / 20
    assert 0.49 < sides.min() < 0.52 and 1.48 < sides.max() < 1.51 and abs(sides.mean() - 1) < 0.04


def test_shear_moves_rows_by_their_distance_from_the_middle():
    line = np.zeros((500, 21, 41, 1))
    line[:, :, 20] = 1
    out = shear(line, 0, by=0.5)[..., 0]
    at = (out * np.arange(41)).sum(axis=-1) - 20
    slopes = at[:, 0] / 10
    np.testing.assert_allclose(at, -slopes[:, None] * np.arange(-10, 11), atol=1e-9)
    assert np.abs(slopes).max() <= 0.5 and slopes.min() < -0.48 and slopes.max() > 0.48


def test_brightness_adds_the_same_to_all_pixels_within_black_and_white():
    images = pictures(400, 4, 4)
    out = brightness(np.full((400, 2, 2, 3), 0.5), 0, by=0.3)
    assert np.ptp(out, axis=(1, 2, 3)).max() == 0
    more = out[:, 0, 0, 0] - 0.5
    assert -0.3 <= more.min() < -0.29 and 0.29 < more.max() <= 0.3 and abs(more.mean()) < 0.03
    expected = np.clip(np.rint(images + 255 * more[:, None, None, None]), 0, 255)
    assert np.abs(brightness(images, 0, by=0.3) - expected).max() <= 1


def test_contrast_keeps_the_mean_of_each_channel_and_scales_the_rest():
    images = 0.25 + pictures(400, 6, 5, dtype=np.float64) / 2  # far from black and white
    out = contrast(images, 0, by=0.3)
    np.testing.assert_allclose(out.mean(axis=(1, 2)), images.mean(axis=(1, 2)), rtol=1e-12)
    scale = out.std(axis=(1, 2)) / images.std(axis=(1, 2))
    assert np.ptp(scale, axis=1).max() < 1e-12 and 0.7 <= scale.min() < 0.71 and 1.29 < scale.max() <= 1.3


def test_cutout_hides_a_square_whose_middle_is_anywhere():
    white = np.full((3000, 8, 12, 2), 7, np.uint8)
    out = cutout(white, 0, side=0.5)  # 4 pixels
    hidden = (out == 0).all(axis=-1)
    assert np.array_equal(np.unique(out), [0, 7]) and np.array_equal(hidden, (out == 0).any(axis=-1))
    rows, columns = hidden.any(axis=2), hidden.any(axis=1)
    assert np.array_equal(hidden, rows[:, :, None] & columns[:, None, :])  # rectangles
    assert set(rows.sum(axis=1)) == set(columns.sum(axis=1)) == {2, 3, 4}
    assert np.mean(rows.sum(axis=1) == 4) == pytest.approx(5 / 8, abs=0.04)  # middles 2 to 6
    assert np.mean(columns.sum(axis=1) == 4) == pytest.approx(9 / 12, abs=0.04)
    assert not cutout(np.ones((1, 5, 5, 1)), 1, side=1).all()


# One after the other.


def test_a_chain_is_its_parts_with_one_generator():
    images = pictures(5)
    both, rng = shift(by=0.3) >> flip >> rotation(degrees=20), np.random.default_rng(1)
    expected = rotation(degrees=20)(flip(shift(by=0.3)(images, rng), rng), rng)
    assert np.array_equal(both(images, 1), expected)
    assert np.array_equal((shift(by=0.3) >> (flip >> rotation(degrees=20)))(images, 1), expected)
    assert repr(both) == "shift(by=0.3) >> flip >> rotation(degrees=20)" and both.name == "shift >> flip >> rotation"
    assert both.summary == f"{shift.summary} Then: {flip.summary} Then: {rotation.summary}"
    with pytest.raises(TypeError):
        shift >> np.flip


def test_parameters_are_configured_as_those_of_any_formula():
    images = pictures()
    assert np.array_equal(
        rotation(images, 0, degrees=40, fill="reflect"), rotation(fill="reflect")(degrees=40)(images, 0)
    )
    assert repr(rotation(fill="reflect")) == "rotation(fill='reflect')" and repr(rotation(degrees=15)) == "rotation"
    assert Augmentation.registry["flip-vertical"] is flip_vertical


def test_one_of_your_own():
    @augmentation
    def noise(images, rng, *, by=0.1, fill="reflect"):
        """Noise."""
        return np.clip(images + rng.normal(0, by, images.shape), 0, 1)

    try:
        assert Augmentation.registry["noise"] is noise and noise.params == {"by": 0.1, "fill": "reflect"}
        images = np.full((50, 5, 5, 1), 0.5)
        assert (flip >> noise(by=0.2))(images, 0).std() == pytest.approx(0.2, abs=0.02)
        with pytest.raises(ValueError, match=r"noise gives float64 \(2, 5, 5, 1\) for float32 \(2, 5, 5, 1\)"):
            noise(np.zeros((2, 5, 5, 1), np.float32), 0)
    finally:
        del Augmentation.registry.formulas["noise"]
    with pytest.raises(FormulaError, match="has no number as default for 'fill'"):

        @augmentation
        def torn(images, rng, *, fill="mirror"):
            return images


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda x: shift(0.1),
            TypeError,
            r"images and a generator or a seed, and its numbers by name: shift\(by=0.1\)",
        ),
        (lambda x: flip(x), TypeError, "flip takes images and a generator or a seed$"),
        (lambda x: shift(by=1), ValueError, r"by must be in \[0, 1\), not 1"),
        (lambda x: rotation(degrees=-5), ValueError, r"degrees must be in \[0, 180\], not -5"),
        (lambda x: shift(by="a lot"), TypeError, "by must be a number"),
        (lambda x: zoom(fill="reflet"), ValueError, "unknown fill 'reflet'; did you mean 'reflect'"),
        (lambda x: zoom(fill=0), ValueError, "unknown fill 0; there are constant, nearest, reflect"),
        (lambda x: flip(by=0.5), LookupError, "flip has no parameter 'by'"),
        (lambda x: (flip >> shift)(by=0.5), LookupError, "flip >> shift has no parameter 'by'"),
        (lambda x: flip(x[0], 0), ValueError, r"not \(9, 8, 3\); write images\[..., None\] if they are grey, images"),
        (lambda x: flip(x[0, 0, 0], 0), ValueError, r"takes images \(N, height, width, channels\), not \(3,\)$"),
        (lambda x: flip(x[:, :0], 0), ValueError, r"images with pixels, not \(6, 0, 8, 3\)"),
        (lambda x: flip(x.astype(int), 0), TypeError, r"not int64; write images.astype\(np.float32\)"),
        (lambda x: flip([x, x[:, 1:]], 0), ValueError, "inhomogeneous"),
        (lambda x: brightness(x.astype(float), 0), ValueError, "from 0, black, to 1, white, not from 0 to 255; divide"),
        (lambda x: contrast(x / 255 - 0.5, 0), ValueError, "contrast takes floats from 0"),
        (lambda x: contrast(x * np.nan, 0), ValueError, "not from nan to nan"),
        (lambda x: Augmentation.registry["shitf"], LookupError, "unknown augmentation 'shitf'; did you mean 'shift'"),
    ],
)
def test_what_does_not_fit_is_said(call, error, words):
    images = pictures()
    images[0, 0, 0] = 0, 255, 3
    with pytest.raises(error, match=words):
        call(images)


# In batches.


def test_batches_go_through_it_and_the_order_is_the_same():
    x, y = pictures(23), np.arange(23)
    rng = np.random.default_rng(4)
    order = rng.permutation(23)
    augment = shift(by=0.3) >> flip
    for k, (bx, by) in enumerate(batches(x, y, 5, augment=augment, rng=4)):
        which = order[5 * k : 5 * k + 5]
        assert np.array_equal(by, which) and np.array_equal(bx, augment(x[which], rng))
    plain = [by.copy() for _, by in batches(x, y, 5, rng=4)]
    assert np.array_equal(np.concatenate(plain), order)


def test_epochs_of_one_generator_differ_and_any_function_will_do():
    x, y, rng = pictures(10), np.arange(10), np.random.default_rng(0)
    one, other = (
        {
            int(b): image.copy()
            for bx, by in batches(x, y, 4, augment=cutout, rng=rng)
            for image, b in zip(bx, by, strict=True)
        }
        for _ in range(2)
    )
    assert sum(np.array_equal(one[k], other[k]) for k in range(10)) < 4
    (bx, _), *_ = batches([x, x], y, 10, augment=lambda both, rng: both[:1], rng=0)
    assert len(bx) == 1
    with pytest.raises(TypeError, match=r"augment is a function of images and a generator, such as .* not 'flip'"):
        next(batches(x, y, 4, augment="flip"))


def test_a_model_is_trained_on_what_comes_of_it(tmp_path):
    x, y = pictures(40, dtype=np.float32), np.arange(40) % 2
    ends = []
    for augment in (flip >> cutout(side=0.3), None, lambda images, rng: images):
        model = Sequential([Input(shape=(9, 8, 3)), Flatten(), Dense(2)], rng=0)
        seen = model.fit(x, y, loss="sparse_cce", optimizer=adam, epochs=2, augment=augment, validation=(x, y), rng=1)
        ends.append((seen.augmentation, model.theta.tobytes()))
        seen.save(tmp_path / "a.npz")
        assert History.load(tmp_path / "a.npz").augmentation == seen.augmentation
        assert seen.val_loss[-1] == pytest.approx(model.evaluate(x, y, loss="sparse_cce").loss)
    assert [name for name, _ in ends] == ["flip >> cutout(side=0.3)", "", "<lambda>"]
    assert ends[0][1] != ends[1][1] == ends[2][1]
