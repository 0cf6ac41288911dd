"""The slopes of the named surfaces, as SymPy finds them from the formulas; made by optiviz (`make derive`).

Never edit this file: change the formula in optiviz/surfaces, and make it anew. A function takes the coordinates and the
parameters. Its docstring is the formula whose slopes it gives; of any other they are found when they are needed.
"""

from optiviz.trace.functions import abs, cos, exp, maximum, sign, sin, sqrt, tanh, where


def ackley(x, y):
    """near = -20 * exp(-0.2 * sqrt((x ** 2 + y ** 2) / 2)); f = near - exp((cos(6.283185307179586 * x) + cos(6.283185307179586 * y)) / 2) + 2.718281828459045 + 20"""
    _u0 = 6.283185307179586 * x
    _u1 = 6.283185307179586 * y
    _u2 = 3.141592653589793 * exp(0.5 * cos(_u0) + 0.5 * cos(_u1))
    _u4 = x ** 2 + y ** 2
    _u5 = 2 * 1.4142135623730951 * where(_u4 > 0, maximum(_u4, 1e-200) ** (-0.5), 0) * exp(-(0.1 * 1.4142135623730951 * sqrt(_u4)))
    return (_u2 * sin(_u0) + _u5 * x, _u2 * sin(_u1) + _u5 * y, )


def beale(x, y):
    """f = (1.5 - x + x * y) ** 2 + (2.25 - x + x * y ** 2) ** 2 + (2.625 - x + x * y ** 3) ** 2"""
    _u0 = 2 * x
    _u1 = y ** 3
    _u2 = 8 * x
    _u3 = _u1 * _u2 + 21 - _u2
    _u4 = y ** 2
    _u5 = 4 * x
    _u6 = _u4 * _u5 + 9 - _u5
    return (0.25 * _u3 * (_u1 - 1) + 0.5 * _u6 * (_u4 - 1) + (y - 1) * (_u0 * y + 3 - _u0), _u0 * (0.375 * _u3 * _u4 + 0.5 * _u6 * y + x * y + 1.5 - x), )


def booth(x, y):
    """f = (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2"""
    return (2 * (5 * x + 4 * y - 17), 2 * (4 * x + 5 * y - 19), )


def bowl(x, y):
    """f = x ** 2 + y ** 2"""
    return (2 * x, 2 * y, )


def cliff(x, y):
    """f = 2 * tanh(4 * x) + (x + 2) ** 2 / 20 + y ** 2 / 10"""
    return (0.1 * x + 8.2 - 8 * tanh(4 * x) ** 2, 0.2 * y, )


def double_well(x, tilt):
    """f = (x ** 2 - 1) ** 2 + tilt * x"""
    return (tilt + 4 * x * (x ** 2 - 1), )


def drop_wave(x, y):
    """r = x ** 2 + y ** 2; f = -(1 + cos(12 * sqrt(r))) / (r / 2 + 2)"""
    _u0 = x ** 2 + y ** 2
    _u1 = 1 / (_u0 + 4)
    _u2 = 12 * sqrt(_u0)
    _u3 = 4 * _u1 * (_u1 * (cos(_u2) + 1) + 6 * where(_u0 > 0, maximum(_u0, 1e-200) ** (-0.5), 0) * sin(_u2))
    return (_u3 * x, _u3 * y, )


def easom(x, y):
    """f = -cos(x) * cos(y) * exp(-(x - 3.141592653589793) ** 2 - (y - 3.141592653589793) ** 2)"""
    _u0 = cos(y)
    _u1 = cos(x)
    _u3 = -3.141592653589793 + x
    _u4 = -3.141592653589793 + y
    _u5 = exp(-_u3 ** 2 - _u4 ** 2)
    return (_u0 * _u5 * (2 * _u1 * _u3 + sin(x)), _u1 * _u5 * (2 * _u0 * _u4 + sin(y)), )


def eggholder(x, y):
    """f = -(y + 47) * sin(sqrt(abs(y + x / 2 + 47))) - x * sin(sqrt(abs(x - y - 47)))"""
    _u0 = y + 47
    _u1 = x - _u0
    _u2 = abs(_u1)
    _u3 = sqrt(_u2)
    _u4 = 0.5 * x
    _u5 = _u4 * sign(_u1) * where(_u2 > 0, maximum(_u2, 1e-200) ** (-0.5), 0) * cos(_u3)
    _u6 = _u0 + _u4
    _u7 = abs(_u6)
    _u8 = sqrt(_u7)
    _u9 = _u0 * sign(_u6) * where(_u7 > 0, maximum(_u7, 1e-200) ** (-0.5), 0) * cos(_u8)
    return (-_u5 - 0.25 * _u9 - sin(_u3), _u5 - 0.5 * _u9 - sin(_u8), )


def flat_bottom(x):
    """f = x ** 4"""
    return (4 * x ** 3, )


def forrester(x):
    """f = (6 * x - 2) ** 2 * sin(12 * x - 4)"""
    _u0 = 3 * x - 1
    _u1 = 4 * _u0
    return (24 * _u0 * (2 * _u0 * cos(_u1) + sin(_u1)), )


def goldstein_price(x, y):
    """near = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x ** 2 - 14 * y + 6 * x * y + 3 * y ** 2); far = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x ** 2 + 48 * y - 36 * x * y + 27 * y ** 2); f = near * far"""
    _u0 = x + y + 1
    _u1 = 3 * y
    _u2 = 2 * x - _u1
    _u3 = _u2 ** 2
    _u4 = x ** 2
    _u5 = y ** 2
    _u6 = 12 * _u4 + 27 * _u5 + 48 * y + 18 - 36 * x * y - 32 * x
    _u7 = 3 * _u4 + 3 * _u5 + 6 * x * y + 19 - 14 * x - 14 * y
    _u8 = _u0 * (_u0 * (_u1 + 3 * x - 7) + _u7) * (_u3 * _u6 + 30)
    _u9 = _u0 ** 2 * _u7 + 1
    _u10 = 9 * y + 8 - 6 * x
    return (4 * _u2 * _u9 * (_u6 - _u10 * _u2) + 2 * _u8, 2 * _u8 + 6 * _u9 * (_u10 * _u3 - _u2 * _u6), )


def griewank(x, y):
    """f = 1 + (x ** 2 + y ** 2) / 4000 - cos(x) * cos(y / 1.4142135623730951)"""
    _u0 = 0.7071067811865475 * y
    return (0.0005 * x + sin(x) * cos(_u0), 0.0005 * y + 0.7071067811865475 * sin(_u0) * cos(x), )


def himmelblau(x, y):
    """f = (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2"""
    _u0 = x ** 2 + y - 11
    _u1 = x + y ** 2 - 7
    return (4 * _u0 * x + 2 * _u1, 2 * _u0 + 4 * _u1 * y, )


def kink(x):
    """f = abs(x)"""
    return (sign(x), )


def levy(x, y):
    """u = 1 + (x - 1) / 4; w = 1 + (y - 1) / 4; ripples = sin(3.141592653589793 * u) ** 2 + (u - 1) ** 2 * (1 + 10 * sin(3.141592653589793 * u + 1) ** 2); f = ripples + (w - 1) ** 2 * (1 + sin(6.283185307179586 * w) ** 2)"""
    _u0 = 3.141592653589793 * (0.25 * x + 0.75)
    _u1 = x - 1
    _u2 = 0.25 * 3.141592653589793 * (x + 3) + 1
    _u3 = sin(_u2)
    _u4 = y - 1
    _u5 = 1.5707963267948966 * (y + 3)
    _u6 = sin(_u5)
    return (0.3125 * 3.141592653589793 * _u1 ** 2 * _u3 * cos(_u2) + 0.125 * _u1 * (10 * _u3 ** 2 + 1) + 0.5 * 3.141592653589793 * sin(_u0) * cos(_u0), 6.25e-17 * _u4 * (3141592653589793 * _u4 * _u6 * cos(_u5) + 2000000000000000 * _u6 ** 2 + 2000000000000000), )


def matyas(x, y):
    """f = 0.26 * (x ** 2 + y ** 2) - 0.48 * x * y"""
    return (0.04 * (13 * x - 12 * y), 0.04 * (13 * y - 12 * x), )


def mccormick(x, y):
    """f = sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1"""
    _u0 = 2 * x
    _u1 = 2 * y
    _u2 = cos(x + y)
    return (_u0 + _u2 - _u1 - 1.5, _u1 + _u2 + 2.5 - _u0, )


def monkey_saddle(x, y):
    """f = x ** 3 - 3 * x * y ** 2 + (x ** 2 + y ** 2) ** 2"""
    _u0 = x ** 2
    _u1 = y ** 2
    return (3 * _u0 + 4 * x * (_u0 + _u1) - 3 * _u1, 2 * y * (2 * _u0 + 2 * _u1 - 3 * x), )


def parabola(x):
    """f = x ** 2"""
    return (2 * x, )


def plateau(x, y):
    """f = (x ** 2 + y ** 2) / (1 + x ** 2 + y ** 2)"""
    _u0 = x ** 2 + y ** 2
    _u1 = 1 / (_u0 + 1)
    _u2 = 2 * _u1 * (1 - _u0 * _u1)
    return (_u2 * x, _u2 * y, )


def rastrigin(x, y):
    """f = 20 + x ** 2 - 10 * cos(6.283185307179586 * x) + y ** 2 - 10 * cos(6.283185307179586 * y)"""
    return (2 * x + 62.83185307179586 * sin(6.283185307179586 * x), 2 * y + 62.83185307179586 * sin(6.283185307179586 * y), )


def ravine(x, y, steepness):
    """f = (x ** 2 + steepness * y ** 2) / 2"""
    return (x, steepness * y, )


def rosenbrock(x, y, a, b):
    """f = (a - x) ** 2 + b * (y - x ** 2) ** 2"""
    _u0 = 2 * b * (y - x ** 2)
    return (2 * x - 2 * _u0 * x - 2 * a, _u0, )


def saddle(x, y):
    """f = x ** 2 - y ** 2 + y ** 4 / 4"""
    return (2 * x, y * (y ** 2 - 2), )


def schaffer(x, y):
    """f = 0.5 + (sin(x ** 2 - y ** 2) ** 2 - 0.5) / (1 + (x ** 2 + y ** 2) / 1000) ** 2"""
    _u0 = x ** 2
    _u1 = y ** 2
    _u2 = _u0 - _u1
    _u3 = sin(_u2)
    _u4 = cos(_u2)
    _u5 = _u0 + _u1 + 1000
    _u6 = (2 * _u3 ** 2 - 1) / _u5
    _u7 = 2000000 / _u5 ** 2
    return (_u7 * x * (2 * _u3 * _u4 - _u6), -(_u7 * y * (2 * _u3 * _u4 + _u6)), )


def six_hump_camel(x, y):
    """f = (4 - 2.1 * x ** 2 + x ** 4 / 3) * x ** 2 + x * y + 4 * (y ** 2 - 1) * y ** 2"""
    _u0 = x ** 2
    return (0.06666666666666667 * x ** 3 * (20 * _u0 - 63) + 0.06666666666666667 * x * (10 * x ** 4 + 120 - 63 * _u0) + y, x + 8 * y ** 3 + 8 * y * (y ** 2 - 1), )


def styblinski_tang(x, y):
    """f = (x ** 4 - 16 * x ** 2 + 5 * x + y ** 4 - 16 * y ** 2 + 5 * y) / 2"""
    return (2 * x ** 3 + 2.5 - 16 * x, 2 * y ** 3 + 2.5 - 16 * y, )


def three_hump_camel(x, y):
    """f = 2 * x ** 2 - 1.05 * x ** 4 + x ** 6 / 6 + x * y + y ** 2"""
    return (x ** 5 + 4 * x + y - 4.2 * x ** 3, x + 2 * y, )


def washboard(x):
    """f = x ** 2 / 5 + sin(5 * x)"""
    return (0.4 * x + 5 * cos(5 * x), )
