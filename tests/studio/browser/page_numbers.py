"""The numbers of a page, and the same numbers from a trace that the test made itself."""

from __future__ import annotations

import math
import re

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_NAME = re.compile(r"(?P<letter>[WbxyzafpδℓL])(?P<layer>\d*)(?:\[(?P<index>[\d,]+)\])?\Z")
_PENALTY = re.compile(r"d(?P<penalty>\w+)/d(?P<parameter>W.*)\Z")
_MEMORY = re.compile(r"(?P<new>new )?(?P<state>[a-z_]+)\((?P<parameter>[Wb]\d+\[[\d,]+\])\)\Z")
_SLOPE = re.compile(r"[a-z_]+'\(z(?P<layer>\d+)\[(?P<index>[\d,]+)\]\)\Z")


def read(text: str) -> tuple[float, float]:
    """A shown number and half a unit of its last shown digit."""
    text = text.strip().translate(_SUPERSCRIPT).replace("−", "-").replace("\u202f", "")
    text = re.sub(r"\s*×\s*10(-?\d+)", r"e\1", text)
    if text in ("not a number", "nan", "NaN"):
        return math.nan, 0.0
    if text.endswith(("∞", "inf")):
        return math.inf * (-1 if text.startswith("-") else 1), 0.0
    mantissa, _, exponent = text.strip("()").partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(text.strip("()")), 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def agrees(text: str, truth: float, before: str = "") -> bool:
    """Whether the text is the true number, rounded to the digits that it shows; a minus may stand before it."""
    value, half = read(text)
    if before == "−" and value * truth < 0:
        value = -value
    if math.isnan(truth) or math.isinf(truth):
        return str(value) == str(truth)
    return abs(value - truth) <= half * (1 + 1e-9) + 1e-12 * abs(truth)


def value_of(trace, name: str, owner: str | None = None) -> float | None:
    """The number of a trace by its name; `owner` is the parameter that a short name such as ``g`` or ``new m`` is of.

    None for a name that no trace holds.
    """
    update = trace.update
    if name == "g" and owner:
        return trace.parameter(owner).gradient
    if name.startswith("new ") and owner and name[4:] in trace.parameter(owner).state_after:
        return trace.parameter(owner).state_after[name[4:]]
    for term in trace.loss.penalties:
        if name == term.name:
            return term.strength
    if name in ("learning_rate", "step"):
        return float(getattr(update, name))
    if name in update.scalars or name in update.optimizer.values:
        return float({**update.optimizer.values, **update.scalars}[name])
    if name == "data loss":
        return trace.loss.data
    for term in trace.loss.penalties:
        if name == f"{term.name} penalty":
            return term.value
    penalty = _PENALTY.match(name)
    if penalty and penalty["penalty"] in {term.name for term in trace.loss.penalties}:
        return trace.parameter(penalty["parameter"]).penalty_gradients[penalty["penalty"]]
    memory = _MEMORY.match(name)
    if memory:
        step = trace.parameter(memory["parameter"])
        return (step.state_after if memory["new"] else step.state_before).get(memory["state"])
    if name.startswith("new "):
        match = _NAME.match(name[4:])
        if not match:
            return None
        return trace.parameter(name[4:]).new
    if name.startswith(("dL/d", "g(")):
        match = _NAME.match(name[4:])
        return trace.parameter(name[4:]).data_gradient if match and match["letter"] in "Wb" else None
    slope = _SLOPE.match(name)
    if slope:
        row, neuron = map(int, slope["index"].split(","))
        return float(trace.backward[int(slope["layer"]) - 1].slope[row, neuron])
    match = _NAME.match(name)
    if not match:
        return None
    letter, layer = match["letter"], int(match["layer"] or 0)
    index = tuple(map(int, match["index"].split(","))) if match["index"] else ()
    if letter == "L":
        return trace.loss.total
    held = {
        "x": lambda: trace.X, "y": lambda: trace.loss.y, "f": lambda: trace.loss.raw_prediction,
        "p": lambda: trace.loss.prediction, "ℓ": lambda: trace.loss.row_losses,
        "W": lambda: trace.forward[layer - 1].weights, "b": lambda: trace.forward[layer - 1].biases,
        "z": lambda: trace.forward[layer - 1].z, "a": lambda: trace.forward[layer - 1].a,
        "δ": lambda: trace.backward[layer - 1].delta,
    }  # fmt: skip
    return float(held[letter]()[index])


def reductions(trace) -> set[float]:
    """What may stand for the reduction: its factor, and the numbers that the factor is written as."""
    weight = float(trace.loss.row_weights.sum())
    return {trace.loss.factor, weight, 0.5, 1.0, 2.0, 1.0 / weight, 2.0 * trace.loss.factor}


def shown(page) -> list[tuple[str, str, str, str | None]]:
    """Name, text, the sign written before it and the parameter of every number on the page that says what it is.

    A number in the update of a parameter belongs to the first ``new`` parameter from there on, one in its gradient to
    the last slope before it.
    """
    return page.evaluate("""() => {
      const owner = element => {
        for (let line = element.closest(".equation"); line; line = line.nextElementSibling) {
          const name = line.querySelector(".number-token.strong")?.getAttribute("data-number") ?? "";
          const found = /^new ([Wb]\\d+\\[[\\d,]+\\])$/.exec(name);
          if (found) return found[1];
        }
        for (let line = element.closest(".equation"); line; line = line.previousElementSibling) {
          const name = line.querySelector(".number-token.strong")?.getAttribute("data-number") ?? "";
          const found = /^dL\\/d([Wb]\\d+\\[[\\d,]+\\])$/.exec(name);
          if (found) return found[1];
        }
        return null;
      };
      return [...document.querySelectorAll("[data-number]")]
        .filter(element => element.getAttribute("data-number") && element.checkVisibility())
        .map(element => {
          let before = element.previousSibling;
          while (before && !before.textContent.trim()) before = before.previousSibling;
          const sign = (before?.textContent ?? "").trim().slice(-1);
          return [element.getAttribute("data-number"), element.textContent, sign, owner(element)];
        });
    }""")
