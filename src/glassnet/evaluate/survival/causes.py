"""`performances_over_time`: performance over the whole follow-up, for the event or each competing cause."""

from __future__ import annotations

from typing import Any

from glassnet.evaluate.survival.survival import SurvivalPerformance, survival_performance
from glassnet.survival import Times


def performances_over_time(model: Any, times: Times, curves: Any, **settings: Any) -> tuple[SurvivalPerformance, ...]:
    """Evaluate predictions of times to an event: one result for one event, or one for each competing cause.

    Parameters
    ----------
    model : GlassSurvival
        The model, which defines the causes.
    times : Times
        Times of the test rows, with the codes of the causes.
    curves : Predicted or Competing
        Their predictions by `predict_curves`.
    **settings
        Arguments of `survival_performance`.

    Returns
    -------
    tuple of SurvivalPerformance
        Results for the causes that occur in the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from glassnet import GlassSurvival
    >>> drawn = np.random.default_rng(0)
    >>> size, months = drawn.uniform(1, 5, 200), drawn.exponential(10, 200)
    >>> cause = drawn.choice(["alive", "relapse", "death"], 200)
    >>> study = {"size": size, "months": months, "status": cause}
    >>> model = GlassSurvival(recipe="lecture", epochs=5).fit(study, time="months", event="status")
    >>> times = Times.of(months, [["alive", *model.causes_].index(each) for each in cause], causes=True)
    >>> [found.event for found in performances_over_time(model, times, model.predict_curves(study), draws=20)]
    ['death', 'relapse']
    """
    events = model.outcome_.events
    if len(events) == 1:
        return (survival_performance(times, curves, event=events[0], **settings),) if times.n_events else ()
    return tuple(
        survival_performance(times, curves.of_cause(k), cause=k, event=event, **settings)
        for k, event in enumerate(events, start=1)
        if (times.event == k).any()
    )
