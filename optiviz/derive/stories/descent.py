"""What descent does at its edges: between creeping and swinging, at a pass, under noise, and where a rule divides."""

from __future__ import annotations

from optiviz.derive.checks import Combined, Definition, DerivativeOf, Equal, LogOf, PartOf, Put, RootOf
from optiviz.derive.derivation import Story, derivation, derive
from optiviz.derive.domains import POSITIVE, REAL, SHARE, SIZE
from optiviz.derive.functions import log, number, sign, sqrt
from optiviz.derive.step import Step
from optiviz.derive.traced import outputs
from optiviz.derive.written import Family, Letter, Named, Writable
from optiviz.optimizers import Optimizer

t = Letter("t", SIZE, "the number of the update")
theta = Family("theta", REAL, (t,), "the point after an update")
start = Letter("theta0", POSITIVE, "how far away it begins")
lam = Letter("lambda", POSITIVE, "the curvature")
lr = Letter("lr", POSITIVE, "the learning rate")
beta = Letter("beta", SHARE, "the share of the velocity that is kept")


def _line(name: str, rule: str) -> Step:
    """The line of another derivation that has this rule."""
    return next(step for step in derive(name).steps if step.rule == rule)


@derivation("Critical damping: the heavy ball neither creeps nor swings")
def critical_damping(story: Story) -> None:
    """At the learning rate (1 − √β)²/λ the ball comes down as fast as it can without ever crossing the minimum.

    Source: Qian (1999), doi:10.1016/S0893-6080(98)00116-6; Goh (2017), doi:10.23915/distill.00006.
    """
    discriminant = story.step(
        ((1 - sqrt(beta)) ** 2 - lr * lam) * ((1 + sqrt(beta)) ** 2 - lr * lam),
        Equal(_line("heavy_ball", "factor")),
        "The discriminant of the heavy ball, as `heavy_ball` derives it: while it is positive the ball creeps, while "
        "it is negative it swings.",
        left=Named("D", (lr,)),
        rule="discriminant",
    )
    factor = story.step(
        (1 - sqrt(beta)) ** 2 - lr * lam,
        Definition(),
        "As the learning rate grows from 0, both factors are positive, and this one is the first to vanish.",
        left=Named("smaller", (lr,)),
        rule="the smaller factor",
    )
    critical = story.step(
        (1 - sqrt(beta)) ** 2 / lam,
        RootOf(factor, lr),
        "That is the learning rate at which creeping ends and swinging has not begun.",
        left=Letter("eta_critical", POSITIVE, "the learning rate of critical damping"),
    )
    story.step(
        number(0),
        Put(discriminant, {lr: critical.after}),
        "There the discriminant vanishes, so both roots are one: √β.",
        left=Named("D", (critical.after,)),
    )
    before, earlier = theta[t - 1], theta[t - 2]
    update = story.step(
        2 * sqrt(beta) * before - beta * earlier,
        Put(_line("heavy_ball", "collect"), {lr: critical.after}),
        "The update of the heavy ball at this learning rate.",
        left=theta[t],
        rule="the critical rate",
    )
    story.step(
        (1 + (1 - sqrt(beta)) * t) * sqrt(beta) ** t * start,
        Put(
            update,
            {
                before: (1 + (1 - sqrt(beta)) * (t - 1)) * sqrt(beta) ** (t - 1) * start,
                earlier: (1 + (1 - sqrt(beta)) * (t - 2)) * sqrt(beta) ** (t - 2) * start,
            },
        ),
        "If this holds for the last two points, it holds for the next; and it does for t = 0 and t = −1, where it is "
        "θ₀ both times, as for a ball that is let go at rest. It keeps its sign: the minimum is never crossed.",
        left=Named("theta", (t,)),
        rule="induction",
    )


@derivation("A pass holds descent up by the logarithm of how near it begins")
def saddle_escape(story: Story) -> None:
    """Off a pass the distance grows by a factor 1 + ηλ in each update, so half the distance costs a few updates more.

    Source: Du et al. (2017), arXiv:1705.10412, on what becomes of it in many dimensions.
    """
    point, far = Letter("theta", REAL, "a point"), Letter("r", POSITIVE, "the distance at which it counts as away")
    before = theta[t - 1]
    inputs: dict[str, Writable] = {"theta": before, "g": -lam * before, "lr": lr, "t": t}
    ridge = story.step(
        -(lam / 2) * point**2,
        Definition(),
        "Along its ridge a pass looks like a parabola that is upside down, with the pass at 0.",
        left=Named("J", (point,)),
    )
    story.step(
        -lam * point,
        DerivativeOf(ridge, point),
        "The gradient leads towards the pass, and downhill is away from it.",
    )
    update = story.step(
        outputs(Optimizer.registry["gd"], inputs)[0],
        Definition(),
        "One update, as in the code, with this gradient.",
        left=theta[t],
        rule="the code of gd",
    )
    factored = story.step(
        (1 + lr * lam) * before,
        Equal(update),
        "The distance from the pass grows by the same factor in each update.",
        rule="factor",
    )
    _escape_time(story, factored, far)


def _escape_time(story: Story, factored: Step, far: Letter) -> None:
    """How many updates it takes to get away."""
    grown = story.step(
        (1 + lr * lam) ** t * start,
        Put(factored, {theta[t - 1]: (1 + lr * lam) ** (t - 1) * start}),
        "If it has grown by the factor t − 1 times, it has by now grown by it t times.",
        left=Named("theta", (t,)),
        rule="induction",
    )
    exponent = story.step(
        t * log(1 + lr * lam) + log(start),
        LogOf(grown),
        "How often, the logarithm tells.",
        left=Named("ell", (t,)),
    )
    short = story.step(
        t * log(1 + lr * lam) + log(start) - log(far),
        Combined(exponent, number(1), -log(far)),
        "What it lacks to the logarithm of r.",
        left=Named("lack", (t,)),
    )
    story.step(
        log(far / start) / log(1 + lr * lam),
        RootOf(short, t),
        "So many updates pass. Who begins a thousand times nearer waits, at ηλ = 0.1, about 72 updates longer.",
    )


@derivation("The noise floor: noisy descent stops falling at a height in proportion to the learning rate")
def noise_floor(story: Story) -> None:
    """With noise σ on the gradient the mean loss of a coordinate ends at η σ²/(2 (2 − η λ)), however long one waits.

    Source: Mandt, Hoffman and Blei (2017), arXiv:1704.04289, section 3.
    """
    noise = Letter("n", REAL, "the noise on the gradient")
    spread = Letter("sigma", POSITIVE, "the standard deviation of the noise")
    height = Letter("v", POSITIVE, "the mean loss before the update")
    point, before = Letter("theta", REAL, "a point; the minimum is at 0"), theta[t - 1]
    inputs: dict[str, Writable] = {"theta": before, "g": lam * before + noise, "lr": lr, "t": t}
    parabola = story.step(
        lam / 2 * point**2,
        Definition(),
        "Near a minimum every smooth loss looks like a parabola.",
        left=Named("J", (point,)),
    )
    update = story.step(
        outputs(Optimizer.registry["sgd"], inputs)[0],
        Definition(),
        "One update, as in the code, with the gradient of the parabola and noise on it.",
        left=theta[t],
        rule="the code of sgd",
    )
    apart = story.step(
        (1 - lr * lam) * before - lr * noise,
        Equal(update),
        "The error shrinks, but the noise adds to it each time.",
        rule="collect",
    )
    squares = story.step(
        lam / 2 * ((1 - lr * lam) ** 2 * before**2 - 2 * lr * (1 - lr * lam) * (before * noise) + lr**2 * noise**2),
        Put(parabola, {point: apart.after}),
        "The loss after the update, multiplied out.",
        left=Named("J", (apart.after,)),
    )
    mean = story.step(
        (1 - lr * lam) ** 2 * height + lr**2 * lam * spread**2 / 2,
        Put(squares, {before**2: 2 * height / lam, before * noise: number(0), noise**2: spread**2}),
        "Its mean over the noise: that has the mean 0 and does not know where the point is, so the middle term "
        "vanishes; the mean of its square is σ², and v is the mean of the loss before.",
        left=Named("next", (height,)),
        rule="take the mean",
    )
    change = story.step(
        (1 - lr * lam) ** 2 * height + lr**2 * lam * spread**2 / 2 - height,
        Combined(mean, number(1), -height),
        "What an update changes on average.",
        left=Named("change", (height,)),
    )
    story.step(
        lr * spread**2 / (2 * (2 - lr * lam)),
        RootOf(change, height),
        "Where nothing changes any more the floor is reached. Half the learning rate gives about half its height.",
    )


@derivation("AdaGrad stalls: on an even slope its steps shrink like 1/√t")
def adagrad_stall(story: Story) -> None:
    """AdaGrad sums the squares of all gradients and forgets none, so it slows down although the slope does not.

    Source: Duchi, Hazan and Singer (2011), JMLR 12, 2121-2159; Zeiler (2012), arXiv:1212.5701, on the stall.
    """
    point, g = Letter("theta", REAL, "the weight before the step"), Letter("g", REAL, "the slope, always the same")
    eps = Letter("eps", POSITIVE, "a small number that keeps the denominator away from zero")
    inputs: dict[str, Writable] = {"theta": point, "g": g, "cache": (t - 1) * g**2, "lr": lr, "eps": eps, "t": t}
    after, cache = outputs(Optimizer.registry["adagrad"], inputs)
    summed = story.step(
        cache,
        Definition(),
        "The code adds the square of the gradient to the sum, which begins at 0 and after t − 1 updates is (t − 1) g².",
        left=Letter("c", POSITIVE, "the sum of the squares"),
        rule="the code of adagrad",
    )
    story.step(t * g**2, Equal(summed), "So after t updates it is t g².")
    whole = story.step(
        after,
        Definition(),
        "The weight after the step: the gradient is divided by the root of the sum.",
        left=Named("theta_next", (eps,)),
        rule="the code of adagrad",
    )
    collected = story.step(
        point - lr * g / sqrt(t * g**2 + eps),
        Equal(whole),
        "Under the root is what has been summed, and ε.",
        rule="collect",
    )
    short = story.step(
        point - lr * sign(g) / sqrt(t),
        Put(collected, {eps: number(0)}),
        "With ε = 0 the size of the slope cancels, and its sign is left.",
        left=Named("theta_next", (number(0),)),
    )
    story.step(
        -(lr * sign(g) / sqrt(t)),
        PartOf(short, point),
        "The step is what is added to the weight: the hundredth is a tenth of the first.",
        left=Named("step", (t,)),
    )


@derivation("Adam does not see the scale of the loss")
def adam_scale(story: Story) -> None:
    """A loss that is multiplied by c has gradients c times as large, and Adam goes the same way, but for ε.

    Source: Kingma and Ba (2015), section 2.1, arXiv:1412.6980.
    """
    c = Letter("c", POSITIVE, "what the loss is multiplied by")
    point, g = Letter("theta", REAL, "the weight before the step"), Letter("g", REAL, "the gradient of the loss itself")
    m = Letter("m", REAL, "the first moment before the step")
    v = Letter("v", POSITIVE, "the second moment before the step")
    known: dict[str, Writable] = {"theta": point, "lr": lr, "eps": number(0), "t": t}
    for name, moment in (("beta1", "first"), ("beta2", "second")):
        known[name] = Letter(name, SHARE, f"the share of the old {moment} moment that is kept")
    adam = Optimizer.registry["adam"]
    plain = outputs(adam, known | {"g": g, "m": m, "v": v})
    scaled = outputs(adam, known | {"g": c * g, "m": c * m, "v": c**2 * v})
    first = story.step(
        scaled[1],
        Definition(),
        "The code of Adam, with c times the gradient and, from the updates before, c times the first moment.",
        left=Named("m", (c,)),
        rule="the code of adam",
    )
    story.step(c * plain[1], Equal(first), "The first moment is again c times as large.", rule="factor")
    second = story.step(
        scaled[2],
        Definition(),
        "The second moment averages squares, so it was c² times as large.",
        left=Named("v", (c,)),
        rule="the code of adam",
    )
    story.step(c**2 * plain[2], Equal(second), "After the step it is c² times as large again.", rule="factor")
    step = story.step(
        scaled[0],
        Definition(),
        "The weight after the step, with ε = 0.",
        left=Named("theta_next", (c,)),
        rule="the code of adam",
    )
    story.step(
        plain[0],
        Equal(step),
        "The root of c² is c, and it cancels: the step is that of the loss itself.",
        rule="cancel",
    )
