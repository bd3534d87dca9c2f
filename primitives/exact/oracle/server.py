"""Section 6: server optimisers, one coordinate at a time, on bits of f32."""

import f32
import grid
from f32 import add, div, mul, sqrt, sub

MILLION, BILLION = f32.from_int(10**6), f32.from_int(10**9)
ONE = f32.from_int(1)


class NotFinite(Exception):
    """The job fails: a state, a step or a value is infinite or NaN."""


def finite(x):
    if x is None:
        raise NotFinite
    return x


def ppm(x):
    return div(f32.from_int(x), MILLION)


def ppb(x):
    return div(f32.from_int(x), BILLION)


def fresh(name, parameters):
    """(m, v) of a coordinate before the first step; v None where there is none."""
    if name == "Momentum":
        return 0, None
    tau = ppb(parameters["tau"])
    return 0, mul(tau, tau)


def next_powers(parameters, powers):
    """p₁', p₂' with bias correction, else None. `powers` None: before the first step."""
    if not parameters.get("bias_correction"):
        return None
    p1, p2 = powers or (ONE, ONE)
    return finite(mul(ppm(parameters["beta1"]), p1)), finite(mul(ppm(parameters["beta2"]), p2))


def rate(parameters, powers):
    """η' from the powers after this step."""
    eta = ppm(parameters["eta"])
    if powers is None:
        return eta
    return finite(div(mul(eta, sqrt(sub(ONE, powers[1]))), sub(ONE, powers[0])))


def step(name, parameters, eta, m, v, d):
    """m', v' and the step of one coordinate whose dequantized aggregate is d."""
    if name == "Momentum":
        m = finite(add(mul(ppm(parameters["beta"]), m), d))
        return m, None, finite(mul(eta, m))
    m = finite(add(mul(ppm(parameters["beta1"]), m), mul(ppm(10**6 - parameters["beta1"]), d)))
    v = finite(second_moment(name, parameters, v, mul(d, d)))
    return m, v, finite(div(mul(eta, m), add(sqrt(v), ppb(parameters["tau"]))))


def second_moment(name, parameters, v, e):
    if name == "Adagrad":
        return add(v, e)
    rest = ppm(10**6 - parameters["beta2"])
    if name == "Adam":
        return add(mul(ppm(parameters["beta2"]), v), mul(rest, e))
    if e is None:
        return None
    t = mul(rest, e)
    if f32.less(e, v):
        return sub(v, t)
    return add(v, t) if f32.less(v, e) else v


def coordinate(name, parameters, eta, base, a, scale, m, v):
    """(new value, m', v') of one train coordinate; v None for momentum."""
    if f32.decode(base) is None:
        raise NotFinite
    m, v, change = step(name, parameters, eta, m, v, grid.dequantize(a, scale))
    if change & ~f32.SIGN == 0:
        return base, m, v
    return finite(add(base, change)), m, v
