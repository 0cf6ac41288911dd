"""A user's formula: what is accepted computes what Python would, and everything else is refused where it is wrong."""

import ast
import builtins
import itertools
import math
import pickle
import subprocess
import sys
import time
from unittest.mock import Mock

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz.expression import CONSTANT, INSTEAD, Expression, ExpressionError, _scan, _tree, _Word, parse
from optiviz.trace import printers, trace

pi, e = math.pi, math.e
sqrt, exp, log, sin, cos, tanh = np.sqrt, np.exp, np.log, np.sin, np.cos, np.tanh

CURVES = {
    "x": lambda x: x,
    "-x**2": lambda x: -(x**2),
    "+x": lambda x: +x,
    "x--2": lambda x: x + 2,
    "- -x": lambda x: x,
    "x**-2": lambda x: x**-2.0,
    "x**(-1)": lambda x: 1 / x,
    "2**-1*x": lambda x: x / 2,
    "x**0": lambda x: x**0,
    "x**2.0": lambda x: x**2,
    "-2**2*x": lambda x: -4 * x,
    "x/2/3": lambda x: x / 6,
    "x-1-2": lambda x: x - 3,
    "x/(2*3)": lambda x: x / 6,
    "2*x/3*4": lambda x: 8 * x / 3,
    "((x))": lambda x: x,
    "  x + 1  ": lambda x: x + 1,
    ".5*x + 1. + 1e-3 + 2E+2*x": lambda x: 0.5 * x + 1 + 0.001 + 200 * x,
    "007*x": lambda x: 7 * x,
    "abs(x - 2)": lambda x: np.abs(x - 2),
    "exp(x)/(1 + exp(x))": lambda x: exp(x) / (1 + exp(x)),
    "log(1 + e**2*x)": lambda x: log(1 + e**2 * x),
    "sin(x)**2 + cos(x)**2": lambda x: x / x,
    "sqrt(exp(sin(cos(x))))": lambda x: sqrt(exp(sin(cos(x)))),
    "tanh(sqrt(2)*x)": lambda x: tanh(sqrt(2) * x),
    "sin (x)": lambda x: sin(x),
    "(((x**2)**2)**2)**3": lambda x: x**24,
    "x⁴ − 2·x²": lambda x: x**4 - 2 * x**2,
    "x^3 – 3×x": lambda x: x**3 - 3 * x,
    "cos(2⋅π*x)": lambda x: cos(2 * pi * x),
    "x²/x³": lambda x: 1 / x,
    "(" * 24 + "x" + ")" * 24: lambda x: x,
    "-" * 79 + "x": lambda x: -x,
    "+".join("x" * 40): lambda x: 40 * x,
    "x" + "+0" * 39: lambda x: x,
    "x".ljust(200): lambda x: x,
    "1e9*x**12/x**-12": lambda x: 1e9 * x**24,
}
SURFACES = {
    "y": lambda x, y: y,
    "y**2": lambda x, y: y**2,
    "x**2 + 10*y**2": lambda x, y: x**2 + 10 * y**2,
    "x**2 - y**2": lambda x, y: x**2 - y**2,
    "(1 - x)**2 + 100*(y - x**2)**2": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)": (
        lambda x, y: 20 + x**2 - 10 * cos(2 * pi * x) + y**2 - 10 * cos(2 * pi * y)
    ),
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2": (
        lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2
    ),
    "-20*exp(-0.2*sqrt(0.5*(x**2+y**2))) - exp(0.5*(cos(2*pi*x)+cos(2*pi*y))) + e + 20": (
        lambda x, y: -20 * exp(-0.2 * sqrt((x**2 + y**2) / 2)) - exp((cos(2 * pi * x) + cos(2 * pi * y)) / 2) + e + 20
    ),
    "-cos(x)*cos(y)*exp(-((x-pi)**2+(y-pi)**2))": (
        lambda x, y: -cos(x) * cos(y) * exp(-((x - pi) ** 2 + (y - pi) ** 2))
    ),
    "(1+(x+y+1)**2*(19-14*x+3*x**2-14*y+6*x*y+3*y**2))*(30+(2*x-3*y)**2*(18-32*x+12*x**2+48*y-36*x*y+27*y**2))": (
        lambda x, y: (
            (1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2))
            * (30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2))
        )
    ),
    "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1": lambda x, y: sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
    "4*x^2 − 2.1*x^4 + x^6/3 + x*y − 4*y^2 + 4*y^4": (
        lambda x, y: 4 * x**2 - 2.1 * x**4 + x**6 / 3 + x * y - 4 * y**2 + 4 * y**4
    ),
    "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))": (
        lambda x, y: 1 + (x**2 + y**2) / 4000 - cos(x) * cos(y / sqrt(2))
    ),
    "x**12*y**12": lambda x, y: x**12 * y**12,
    "x**3 - 3*x*y**2": lambda x, y: x**3 - 3 * x * y**2,
    "abs(x) + abs(y)": lambda x, y: np.abs(x) + np.abs(y),
    "sqrt(x**2 + y**2)": np.hypot,
    "log(1 + exp(-x*y))": lambda x, y: np.log1p(exp(-x * y)),
    "(sin(x)*sin(x**2/pi)**10)**2*y": lambda x, y: (sin(x) * sin(x**2 / pi) ** 10) ** 2 * y,
}


@pytest.mark.parametrize("text", [*CURVES, *SURFACES])
def test_it_computes_what_python_computes(text):
    expression, function = parse(text), {**CURVES, **SURFACES}[text]
    assert expression.variables == (("x",) if text in CURVES else ("x", "y"))
    rng = np.random.default_rng(0)
    for shape in ((7,), (2, 3), ()):
        point = rng.uniform(0.1, 3.0, (len(expression.variables), *shape))
        np.testing.assert_allclose(expression(*point), function(*point), rtol=1e-11, atol=1e-11)
    point = [float(p) for p in point]
    height = expression(*point)
    assert type(height) is float and height == pytest.approx(float(function(*point)), rel=1e-11, abs=1e-11)
    assert expression.function(**dict(zip(expression.variables, point, strict=True))) == height


@pytest.mark.parametrize("text", [*CURVES, *SURFACES])
def test_it_can_be_traced(text):
    expression = parse(text)
    found = trace(expression.function, expression.variables, (), ("f",))
    assert tuple(found.inputs) == expression.variables
    assert len(printers.unicode(found)) == 1


def test_the_trace_is_the_formula():
    found = trace(parse("x² + 10·y^2 - exp(−x)").function, ("x", "y"), (), ("f",))
    assert printers.unicode(found) == ["f = x² + 10 y² − exp(−x)"]


def test_single_precision_stays_single():
    point = np.array([0.5, 2.0], dtype=np.float32)
    assert parse("2*pi*x**2 + sqrt(2)*y/3")(point, point).dtype == np.float32


def test_negative_coordinates_have_whole_powers():
    assert parse("x**3 + x**-1")(-2.0) == -8.5


@pytest.mark.parametrize(
    ("text", "point", "error"),
    [
        ("1/x", (0.0,), ZeroDivisionError),
        ("x**-2", (0.0,), ZeroDivisionError),
        ("log(x)", (0.0,), ValueError),
        ("sqrt(x)", (-1.0,), ValueError),
        ("exp(x)", (1e3,), OverflowError),
        ("x**12", (1e30,), OverflowError),
        ("x + y", (1.0,), TypeError),
        ("x", (1.0, 2.0), TypeError),
    ],
)
def test_on_floats_it_fails_as_arithmetic_does(text, point, error):
    expression = parse(text)
    with pytest.raises(error):
        expression(*point)


# What is refused: the text, the column of the fault, and what the message must name.
REFUSED = [
    ("", 1, "empty"),
    ("   ", 1, "empty"),
    ("\n", 1, "empty"),
    ("1", 1, "without x and y"),
    ("2*pi + sqrt(2)", 1, "without x and y"),
    ("()", 2, "no value before ')'"),
    # Names.
    ("x + z", 5, "unknown name 'z'"),
    ("X**2", 1, "unknown name 'X'"),
    ("xy", 1, "write x*y"),
    ("ln(x)", 1, "write log(x)"),
    ("sen(x)", 1, "write sin(x)"),
    ("tan(x)", 1, "cos"),
    ("sinx", 1, "sinx"),
    ("x2 + y2", 1, "x2"),
    ("theta**2", 1, "theta"),
    ("max(x, y)", 1, "max"),
    ("np.sin(x)", 1, "not np.sqrt"),
    ("math.sqrt(x)", 1, "not np.sqrt"),
    ("True*x", 1, "True"),
    ("None", 1, "None"),
    ("x + nan", 5, "nan"),
    ("inf*x", 1, "inf"),
    ("1j*x", 2, "'j'"),
    ("_", 1, "'_'"),
    # Python that is no arithmetic.
    ("__import__('os').system('id')", 1, "__import__"),
    ("eval('x')", 1, "eval"),
    ("exec(x)", 1, "exec"),
    ("open('/etc/passwd')", 1, "open"),
    ("import os", 1, "import"),
    ("().__class__.__bases__[0].__subclasses__()", 2, "')'"),
    ("x.__class__", 2, "'.'"),
    ("x.real", 2, "'.'"),
    ("(x).__reduce__()", 4, "'.'"),
    ("sin.__globals__", 1, "'sin' without brackets"),
    ("sin.__call__(x)", 1, "'sin' without brackets"),
    ("1..__class__*x", 3, "'.'"),
    ("x[0]", 2, "round brackets"),
    ("[x]", 1, "round brackets"),
    ("{x}", 1, "round brackets"),
    ("[x for x in (y,)]", 1, "round brackets"),
    ("(x for x in y)", 4, "'for'"),
    ("sin(x for x in y)", 7, "'for'"),
    ("lambda x: x", 1, "lambda"),
    ("(lambda: x)()", 2, "lambda"),
    ("x if y else 1", 3, "'if'"),
    ("x and y", 3, "'and'"),
    ("not x", 1, "'not'"),
    ("x in y", 3, "'in'"),
    ("await x", 1, "await"),
    ("yield x", 1, "yield"),
    ("x := 1", 3, "':'"),
    ("(x := 1)", 4, "':'"),
    ("x = 1", 3, "the height alone"),
    ("f(x) = x**2", 1, "'f'"),
    ("x == y", 3, "'='"),
    ("x < y", 3, "'<'"),
    ("x != y", 3, "'!'"),
    ("x!", 2, "'!'"),
    ("x; y", 2, "';'"),
    ("x # y", 3, "'#'"),
    ("x\\", 2, r"'\\'"),
    ("x\ny", 2, r"'\n'"),
    ("x\t+ 1", 2, r"'\t'"),
    ("x\r\n", 2, r"'\r'"),
    ("x\x00", 2, r"'\x00'"),
    ("\x00", 1, r"'\x00'"),
    ("x\x1b[31m", 2, r"'\x1b'"),
    ("'x'", 1, '"\'"'),
    ('"x"*9', 1, "'\"'"),
    ("f'{x}'", 1, "'f'"),
    ("f'{__import__(\"os\")}'", 1, "'f'"),
    ("b'x'", 1, "'b'"),
    ("x @ y", 3, "'@'"),
    ("x % 2", 3, "'%'"),
    ("x // 2", 4, "no value before '/'"),
    ("x & y", 3, "'&'"),
    ("x | y", 3, "'|'"),
    ("x << 2", 3, "'<'"),
    ("~x", 1, "'~'"),
    ("*x", 1, "'*'"),
    ("**x", 1, "'**'"),
    ("x, y", 2, "','"),
    ("(x, y)", 3, "','"),
    ("...", 1, "'.'"),
    ("$x^2$", 1, "'$'"),
    (r"\frac{x}{2}", 1, r"'\\'"),
    ("`x`", 1, "'`'"),
    ("x?", 2, "'?'"),
    # Operators and brackets.
    ("2x", 2, "write 2*x"),
    ("x**2 + 10y", 10, "write 10*y"),
    ("x y", 3, "write x*y"),
    ("2(x + 1)", 2, "write 2*("),
    ("x(y)", 2, "write x*("),
    ("(x + 1)(x - 1)", 8, "no operator before '('"),
    ("2sin(x)", 2, "write 2*sin"),
    ("sin(x)cos(x)", 7, "no operator before 'cos'"),
    ("2π", 2, "no operator before 'pi'"),
    ("xπ", 2, "no operator before 'pi'"),
    ("x²y", 3, "no operator before 'y'"),
    ("x²3", 3, "no operator before '3'"),
    ("x 2", 3, "write x*2"),
    ("2e*x", 2, "write 2*e"),
    ("1.2.3*x", 4, "no operator before '.3'"),
    ("1_000*x", 2, "_000"),
    ("0x10*x", 2, "x10"),
    ("2,5*x", 2, "2.5"),
    ("x +", 4, "no value before the end"),
    ("x + * y", 5, "no value before '*'"),
    ("x + ) y", 5, "no value before ')'"),
    ("x*/y", 3, "no value before '/'"),
    ("x***2", 4, "no value before '*'"),
    ("x**", 4, "no value before the end"),
    ("x××2", 3, "no value before '*'"),
    ("x*·2", 3, "no value before '*'"),
    ("(x", 1, "never closed"),
    ("(x + (y*2)", 1, "never closed"),
    ("x + sin(y", 8, "never closed"),
    ("x)", 2, "closes nothing"),
    ("(x))*2", 4, "closes nothing"),
    (")x(", 1, "no value before ')'"),
    # Functions.
    ("sin", 1, "write sin(x)"),
    ("x + sin x", 5, "write sin(x)"),
    ("sin²(x)", 1, "write sin(x)"),
    ("sin*x", 1, "write sin(x)"),
    ("exp^x", 1, "write exp(x)"),
    ("sin()", 5, "no value before ')'"),
    ("sin(x, y)", 6, "one value"),
    ("sin(x=1)", 6, "'='"),
    ("sin(*x)", 5, "'*'"),
    ("sin(**x)", 5, "'**'"),
    ("sin(x)(y)", 7, "no operator before '('"),
    ("√x", 1, "write sqrt(x)"),
    ("|x|", 1, "write abs(x)"),
    # Powers.
    ("x**0.5", 4, "sqrt(x)"),
    ("x**(1/2)", 4, "sqrt(x)"),
    ("e**x", 4, "exp(x)"),
    ("2**x", 4, "exponent"),
    ("x**y", 4, "exponent"),
    ("x**pi", 4, "exponent"),
    ("x**13", 4, "-12 to 12"),
    ("x**-13", 4, "-12 to 12"),
    ("x**(1 + 1)", 4, "exponent"),
    ("x**2**3", 4, "(x**2)**3"),
    ("x²³", 2, "exponent"),
    ("x^²", 3, "no value before '**'"),
    ("9**9**9*x", 4, "exponent"),
    ("9**9**9**9**9**9**9", 16, "exponent"),
    ("x**9**9**9", 7, "exponent"),
    ("x**99999999999", 4, "makes a constant"),
    ("x**sin(1)", 4, "exponent"),
    ("(x**12)**3", 8, "degree"),
    ("((((x**9)**9)**9)**9)**9", 10, "degree"),
    ("x**12*y**12*x", 12, "degree"),
    ("1/x**12/y**12/x", 14, "degree"),
    ("(x*y)**12 + ((x + y)**12*x)**2", 28, "degree"),
    # Constants.
    ("9**12*x", 2, "1e+09"),
    ("10**10*x", 3, "1e+09"),
    ("(((9**9)**9)**9)*x", 9, "1e+09"),
    ("1e10*x", 1, "1e+09"),
    ("1e308*10*x", 1, "1e+09"),
    ("1e999*x", 1, "1e+09"),
    ("9" * 180 + "*x", 1, "1e+09"),
    ("-1e9*10 + x", 5, "1e+09"),
    ("x + 1/0", 6, "no number"),
    ("0**-1*x", 2, "no number"),
    ("log(0)*x", 1, "no number"),
    ("x*sqrt(1 - 2)", 3, "no number"),
    ("exp(exp(9))*x", 1, "exp"),
    ("x/(1 - 1)/(1/1e-300)", 13, "1e+09"),
    # Size.
    ("(" * 5000, 201, "200 characters"),
    ("(" * 200, 25, "brackets"),
    ("(" * 99 + "x" + ")" * 99, 25, "brackets"),
    ("-" * 199 + "x", 81, "numbers, names and operators"),
    ("+".join("x" * 100), 81, "numbers, names and operators"),
    ("x" + "+1" * 40, 81, "numbers, names and operators"),
    ("x" * 201, 201, "200 characters"),
    ("x + " * 100_000, 201, "200 characters"),
    ("x".ljust(201), 201, "200 characters"),
    ("a" * 200, 1, "unknown name"),
    ("sin(" * 5 + "x" + ")" * 5, 20, "4 functions"),
    ("sqrt(1 + exp(2*sin((cos(tanh(x))))))", 29, "4 functions"),
    ("²" * 200, 41, "numbers, names and operators"),
    # Characters that only look like others, and what NFKC would make plain.
    ("ｘ**2", 1, "FULLWIDTH LATIN SMALL LETTER X"),
    ("х**2", 1, "CYRILLIC SMALL LETTER HA"),
    ("x + у", 5, "CYRILLIC SMALL LETTER U"),
    ("ѕin(x)", 1, "CYRILLIC SMALL LETTER DZE"),
    ("x + ｅｖａｌ(x)", 5, "FULLWIDTH"),
    ("𝑥**2", 1, "MATHEMATICAL ITALIC SMALL X"),
    ("x**２", 4, "FULLWIDTH DIGIT TWO"),
    ("x**٣", 4, "ARABIC-INDIC DIGIT THREE"),
    ("٣*x", 1, "ARABIC-INDIC DIGIT THREE"),
    ("x½", 2, "VULGAR FRACTION"),
    ("x＋1", 2, "FULLWIDTH PLUS SIGN"),
    ("x∗2", 2, "ASTERISK OPERATOR"),
    ("（x）", 1, "FULLWIDTH LEFT PARENTHESIS"),
    ("ﬁ*x", 1, "LIGATURE"),
    ("x\u0301", 2, "COMBINING ACUTE ACCENT"),
    ("\ufeffx", 1, "ZERO WIDTH NO-BREAK SPACE"),
    ("x\u200b+ 1", 2, "ZERO WIDTH SPACE"),
    ("\u202ex", 1, "RIGHT-TO-LEFT OVERRIDE"),
    ("x\u2028+ 1", 2, "LINE SEPARATOR"),
    ("x\ud800", 2, "unnamed"),
    ("x🚀", 2, "ROCKET"),
    ("θ**2", 1, "GREEK SMALL LETTER THETA"),
    ("∞*x", 1, "INFINITY"),
    # A pasted sign is as wide as it was typed.
    ("π·x² + 2z", 9, "'z'"),
    ("x² + y² − z²", 11, "'z'"),
    ("x\N{NO-BREAK SPACE}+ q", 5, "'q'"),
]


@pytest.mark.parametrize(("text", "column", "says"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_it_refuses_and_says_where_and_why(text, column, says):
    seconds = []
    for _ in range(3):  # the best of three, for a machine that is busy with something else
        started = time.perf_counter()
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        seconds.append(time.perf_counter() - started)
    message = str(caught.value)
    assert says in message and f" at column {column}; " in message
    assert caught.value.column == column
    assert message.isprintable() and len(message) < 400
    assert min(seconds) < 0.05


def test_the_list_is_long_and_every_hint_is_shown():
    assert len(REFUSED) >= 80
    messages = []
    for text in [*INSTEAD, *(text for text, _, _ in REFUSED)]:
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        messages.append(str(caught.value))
    assert all(any(message.endswith(hint) for message in messages) for hint in INSTEAD.values())


def test_nothing_is_compiled_run_opened_or_imported(monkeypatch):
    seen, watching = set(), True
    made, compile = [], builtins.compile

    def watched(*arguments, **options):  # ast.parse asks the compiler for a tree, which is data; it must not make code
        made.append(compile(*arguments, **options))
        return made[-1]

    def hook(event, arguments):
        if watching:
            seen.add(event)

    parse("x")  # what is loaded once
    sys.addaudithook(hook)
    monkeypatch.setattr(builtins, "compile", watched)
    for text, _, _ in REFUSED:
        try:
            parse(text)
        except ExpressionError:
            continue
    for text in CURVES:
        parse(text)(0.5)
    watching = False
    assert made and {type(tree) for tree in made} == {ast.Expression}
    assert not seen & {"exec", "import", "open", "os.system", "subprocess.Popen", "code.__new__"}


SYNTAX = """x if y else 1|lambda: x|[x for x in y]|(x for x in y)|[x]|(x, y)|{x}|{x: y}|x[0]|x[0:1]|x.real|x < y|x and y
x or y|not x|~x|x % y|x // y|x @ y|x & y|x << y|(z := x)|sin(*x)|sin(**x)|sin(x=y)|sin(x, y)|sin()|x(y)|z(x)|sin(x)(y)
z|sin|__import__|x.y(x)|f'{x}'|'x'|b'x'|1j|True|None|...|x**-z|x + (lambda: x)()"""


@pytest.mark.parametrize("text", SYNTAX.replace("\n", "|").split("|"))
def test_syntax_that_is_on_no_list_is_refused_without_the_scan_too(text):
    """The scan already refuses all of it: this is the second lock."""
    with pytest.raises(ExpressionError):
        parse(text)
    with pytest.raises(ExpressionError, match="no arithmetic"):
        _tree(ast.parse(text, mode="eval").body, [_Word("", column) for column in range(1, 9)])


@pytest.mark.parametrize("error", [SyntaxError, ValueError, MemoryError, RecursionError])
def test_what_python_cannot_read_is_refused(error, monkeypatch):
    monkeypatch.setattr(ast, "parse", Mock(side_effect=error))
    with pytest.raises(ExpressionError, match="no arithmetic"):
        parse("x")


def test_the_scan_lets_through_what_python_reads():
    """On every row of up to four words that are spelled as arithmetic."""
    for length in range(1, 5):
        for words in itertools.product(["x", "2", "sin", "(", ")", "-", "*", "**"], repeat=length):
            text = " ".join(words)
            try:
                ast.parse(text, mode="eval")
                python = True
            except SyntaxError:
                python = False
            ours = tried(_scan, text)
            assert python or isinstance(ours, ExpressionError), text


def test_it_loads_no_sympy_and_no_matplotlib():
    code = "import sys, optiviz.expression; print({'sympy', 'matplotlib', 'click'} & set(sys.modules) or 'none')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"


def test_an_expression_is_a_value():
    expression = parse(" x² ")
    assert expression == parse("x**2") and expression != parse("x*x") and len({expression, parse("x^2")}) == 1
    assert repr(expression) == "Expression(text='x**2', variables=('x',))"
    assert pickle.loads(pickle.dumps(parse("sqrt(x) + y")))(4.0, 1.0) == 3.0
    with pytest.raises(AttributeError):
        expression.text = "y"


def test_an_error_survives_pickling():
    with pytest.raises(ExpressionError) as caught:
        parse("x + z")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.column, str(copy)) == (5, str(caught.value))


# Fuzz. What is accepted computes; what is refused is refused in one way.
POINTS = [(0.0, 0.0), (1.5, -2.25), (-3.0, 1e-3), (1e200, -1e200), (math.inf, math.nan)]
REAL = {name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh", "pi", "e")}


def tried(function, *arguments):
    """The result, or how it failed as arithmetic or a formula may fail."""
    try:
        return function(*arguments)
    except (ArithmeticError, ValueError) as error:
        return error


def read(text):
    """The expression, checked, or the checked refusal."""
    read = tried(parse, text)
    if isinstance(read, Expression):
        assert parse(read.text) == read
        assert all(isinstance(tried(read, *point[: len(read.variables)]), (float, Exception)) for point in POINTS)
    else:
        assert type(read) is ExpressionError and 1 <= read.column <= len(text) + 1 and str(read).isprintable()
    return read


@examples(400)
@given(st.text(max_size=220))
def test_any_text(text):
    read(text)


@examples(400)
@given(st.text(alphabet="xy()+-*/.,^²π 0123e_sin'[", max_size=24))
def test_text_that_looks_like_a_formula(text):
    read(text)


PIECES = "x y pi e 2 0.5 1e9 + - * / ** ( ) sin( sqrt( log( , . ² − lambda __import__ [0] ' : = x*y x**2".split()


@examples(400)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_pieces_in_any_order(text):
    read(text)


@examples(1000)
@given(st.sampled_from([*CURVES, *SURFACES]), st.data())
def test_a_formula_with_a_slip(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 2))
        text = text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[end:]
    read(text)


def larger(inner):
    """Formulas made of formulas; the brackets are now and then missing, so that precedence has something to do."""
    function = st.sampled_from("sqrt exp log sin cos tanh abs".split())
    sign = st.sampled_from([" + ", " - ", "*", "/"])
    binary = st.tuples(inner, sign, inner).map("".join)
    power = st.tuples(st.sampled_from(["x", "y", "3", "pi"]) | inner.map("({})".format), st.integers(-3, 3))
    return st.one_of(
        binary,
        binary,
        binary.map("({})".format),
        st.tuples(st.sampled_from("+-"), inner).map("".join),
        power.map(lambda p: f"{p[0]}**{p[1]}"),
        st.tuples(function, inner).map(lambda p: f"{p[0]}({p[1]})"),
    )


numbers = st.one_of(st.integers(0, 20).map(str), st.floats(0, 100).map(repr))
leaves = st.one_of(st.sampled_from(["x", "y", "x**2", "2*y", "pi*x", "e"]), numbers)
grown = larger(larger(larger(larger(leaves) | leaves) | leaves))
LIMITS = ("more than", "exponent", "degree", "makes a constant", "without x and y")


@examples(1500)
@given(grown)
def test_a_formula_means_what_it_means_in_python(text):
    expression = read(text)
    if isinstance(expression, ExpressionError):
        assert any(limit in str(expression) for limit in LIMITS)
        return
    python = eval(f"lambda {', '.join(expression.variables)}: {text}", {**REAL, "abs": abs})
    for point in POINTS:
        point = point[: len(expression.variables)]
        ours, theirs = tried(expression, *point), tried(python, *point)
        assert type(ours) is type(theirs) if isinstance(ours, Exception) else ours == theirs or ours != ours != theirs


@examples(200)
@given(grown)
def test_arrays_and_the_trace_accept_what_floats_accept(text):
    expression = read(text)
    if isinstance(expression, ExpressionError):
        return
    arrays = [np.array([coordinate for coordinate, _ in POINTS]), np.array([coordinate for _, coordinate in POINTS])]
    with np.errstate(all="ignore"):
        assert expression(*arrays[: len(expression.variables)]).shape == (len(POINTS),)
    trace(expression.function, expression.variables, (), ("f",))


@examples(200)
@given(st.floats(0, 1e308))
def test_a_number_is_read_as_python_reads_it(number):
    expression = read(f"x*{number!r}")
    assert expression(1.0) == number if number <= CONSTANT else isinstance(expression, ExpressionError)
