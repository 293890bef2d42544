"""Models of every kind, each trained once."""

import pytest

import glassnet
from explanation.models import SETTINGS, averaged, table


@pytest.fixture(scope="session")
def model_of(tmp_path_factory):
    """Models by kind and target, each trained once."""
    made = {}

    def model(kind, target):
        if (kind, target) not in made:
            maker = glassnet.GlassRegressor if target == "amount" else glassnet.GlassClassifier
            if kind == "averaged":
                made[kind, target] = averaged(maker, table(target))
            elif kind == "loaded":
                path = tmp_path_factory.mktemp("models") / f"{target}.glassnet"
                model("committee", target).save(path)
                made[kind, target] = glassnet.load(path)
            else:
                made[kind, target] = maker(**SETTINGS[kind]).fit(table(target), target="y")
        return made[kind, target]

    return model
