"""The history of a training, printed in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Console

from glassnet.cli.terminal import terminal
from glassnet.cli.terminal.sparkline import sparkline

if TYPE_CHECKING:
    from glassnet.estimators import TableEstimator


def print_history(console: Console, estimator: TableEstimator) -> None:
    """Print a summary of the training."""
    networks = estimator.networks_
    if len(networks) > 1:
        _print_population(console, estimator)
        return
    from glassnet.layers import sizes_text

    history, network = estimator.history_, networks[0]
    sizes = sizes_text(network.layers)
    done = len(history.training_loss)
    why = _why_it_ended(history.stop_reason, estimator)
    console.print(terminal.title(f"Network {sizes}", f"{network.n_parameters} weights and biases"))
    aside = f"; the epoch was chosen on {history.n_validation_rows} others" if history.n_validation_rows else ""
    if estimator.recipe_.last_epoch and aside:
        aside = f"; the last epoch is kept, and {history.n_validation_rows} others are only watched"
    console.print(f"  trained on {history.n_training_rows} rows{aside}")
    console.print(
        f"  {done} epoch{'s' * (done != 1)} in {history.seconds:.2f} s ({why}); kept: epoch {history.best_epoch}"
    )
    curve = history.validation_loss if len(history.validation_loss) else history.training_loss
    if len(curve) > 1:
        score = history.chosen_by == "validation_score" and len(history.validation_loss)
        label = "validation" if len(history.validation_loss) else "training"
        best = f"largest {curve.max():.4g}" if score else f"smallest {curve.min():.4g}"
        console.print(
            f"  {label} {'score' if score else 'loss'} {curve[0]:.4g} {sparkline(curve, 24)} {curve[-1]:.4g}, {best}"
        )
    console.print()


def _why_it_ended(reason: str, estimator: TableEstimator) -> str:
    """The reason why training ended, in words, and what is kept of one that ended early."""
    recipe = estimator.recipe_
    kept = "the last epoch is kept" if recipe.last_epoch else "kept the best so far"
    return {
        "plateau": f"no improvement for {recipe.patience} epochs", "all_epochs": "all epochs done",
        "interrupted": f"interrupted; {kept}", "time_budget": f"time budget used up; {kept}",
    }[reason]  # fmt: skip


def _print_population(console: Console, estimator: TableEstimator) -> None:
    """Print a summary of the training of several networks."""
    from glassnet.layers import sizes_text

    network, histories = estimator.networks_[0], estimator.histories_
    sizes = sizes_text(network.layers)
    count = estimator.recipe_.n_networks
    console.print(terminal.title(f"{count} networks {sizes}", f"{network.n_parameters} weights and biases each"))
    how = {
        "bootstrap": "each trained on a bootstrap sample of the rows", "folds": "each trained on all folds but one",
        "none": "with shared layers, trained together on the same rows",
    }[estimator.recipe_.resampling]  # fmt: skip
    others = "its left-out rows" if len(histories) > 1 else f"{histories[0].n_validation_rows} validation rows"
    chosen = f"; the epoch of each was chosen on {others}" if histories[0].n_validation_rows else ""
    chosen = "; the last epoch of each is kept" if estimator.recipe_.last_epoch else chosen
    console.print(f"  {how} ({histories[0].n_training_rows} rows){chosen}", soft_wrap=True)
    epochs, kept = (_from_to(getattr(history, name) for history in histories) for name in ("epochs_done", "best_epoch"))
    reasons = dict.fromkeys(_why_it_ended(history.stop_reason, estimator) for history in histories)
    done = f"{epochs} {'epoch' if epochs == '1' else 'epochs'}"
    why = "; ".join(reasons)
    console.print(f"  {done} in {histories[0].seconds:.2f} s ({why}); kept: epochs {kept}\n", soft_wrap=True)


def _from_to(counts: Iterable[int]) -> str:
    """Counts as a range: "3 to 7", or "5" if they are all the same."""
    low, *_, high = sorted([*counts] * 2)
    return str(low) if low == high else f"{low} to {high}"


def print_time(console: Console, budget: float, moments: tuple[float, float, float, float]) -> None:
    """Print how a time budget was used."""
    reading, training, judging = (after - before for before, after in pairwise(moments))
    total = moments[-1] - moments[0]
    start = f"Took {total:.1f} s of {budget:g} s" if total <= budget else f"Took {total:.1f} s, more than {budget:g} s"
    console.print(f"{start}: reading {reading:.1f} s, training {training:.1f} s, evaluation {judging:.1f} s.\n")
