"""Weights of classes: those of scikit-learn, in the loss and the choice of the epoch, and in nothing else."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.utils.class_weight import compute_class_weight

import glassnet
from glassnet import GlassClassifier, tune
from glassnet.errors import ConfigurationError

N = 300
rng = np.random.default_rng(1)
X = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)})
CODES = np.digitize(X["a"] + rng.normal(size=N), [1.2, 2.2])
KINDS = {"texts": np.array(["well", "ill", "NA"])[CODES], "numbers": CODES * 10, "digits": (CODES * 10).astype(str)}
BINARY = np.where(CODES > 1, "yes", "no")


def quick(**settings):
    return GlassClassifier(**{"recipe": "lecture", "epochs": 20, **settings})


@pytest.mark.parametrize("kind", KINDS)
def test_balanced_weights_are_those_of_scikit_learn(kind, tmp_path):
    y = KINDS[kind]
    model = quick(class_weight="balanced").fit(X, y)
    expected = compute_class_weight("balanced", classes=np.unique(y), y=y)
    assert model.recipe_.class_weights == pytest.approx(expected, rel=1e-15)
    rows = expected[np.searchsorted(np.unique(y), y)]
    # the constants of scaling are those of the rows as they are, so a column tells both ways apart
    by_hand = quick().fit(X, y, schema=model.schema_, weights=rows)
    assert [c.center for c in model.schema_.inputs] == [c.center for c in quick().fit(X, y).schema_.inputs]
    assert [c.center for c in by_hand.schema_.inputs] != [c.center for c in model.schema_.inputs]
    again = glassnet.load(model.save(tmp_path / "m"))
    assert again.class_weight == "balanced"
    assert again.recipe_ == model.recipe_
    assert again.predict(X).tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("scaling", ["none"])
def test_the_loss_weighs_rows_by_their_class(scaling):
    """Without constants of scaling, weights of classes are weights of rows, to the bit; both together multiply."""
    weights, more = {"yes": 4.0, "no": 0.5}, rng.uniform(0.5, 2, N)
    rows = np.array([weights[label] for label in BINARY])
    for own in (None, more):
        by_class = quick(class_weight=weights, scaling=scaling).fit(X, BINARY, own)
        by_row = quick(scaling=scaling).fit(X, BINARY, rows if own is None else rows * own)
        assert [w.tobytes() for w in by_class.weights_] == [w.tobytes() for w in by_row.weights_]
        assert by_class.history_.validation_loss.tolist() == by_row.history_.validation_loss.tolist()
    alike = quick(class_weight={"yes": 2, "no": 2}).fit(X, BINARY)
    assert [w.tobytes() for w in alike.weights_] == [w.tobytes() for w in quick().fit(X, BINARY).weights_]


@pytest.mark.parametrize("recipe", ["auto", "lecture", "tabm-mini"])
def test_a_rare_class_is_found(recipe):
    plain, balanced = (
        GlassClassifier(recipe=recipe, epochs=20, class_weight=weight).fit(X, BINARY) for weight in (None, "balanced")
    )
    found = [balanced_accuracy_score(BINARY, model.predict(X)) for model in (plain, balanced)]
    assert found[1] > found[0] + 0.1
    assert "counts" in balanced.recipe_.explain()
    assert "counts" not in plain.recipe_.explain()
    assert balanced.score(X, BINARY) == np.mean(balanced.predict(X) == BINARY)  # scores weigh nothing


def test_tuned_models_have_the_weights(tmp_path):
    model = tune(X, BINARY, rounds=1, trials=4, epochs=8, recipe="lecture", class_weight="balanced", progress=False)
    expected = compute_class_weight("balanced", classes=np.unique(BINARY), y=BINARY)
    again = glassnet.load(model.save(tmp_path / "m"))
    for each in (model, *model.parts_, again, *again.parts_):
        assert each.class_weight == "balanced"
        assert each.recipe_.class_weights == pytest.approx(expected)


def test_labels_are_named_as_they_are_or_as_text(tmp_path):
    y = CODES * 10
    named = [quick(class_weight=given).fit(X, y) for given in ({10: 3, np.int64(20): 9.0}, {"10": 3, "20": 9})]
    for model in named:
        assert model.recipe_.class_weights == (1.0, 3.0, 9.0)
        loaded = glassnet.load(model.save(tmp_path / "m"))
        assert loaded.get_params() == model.get_params()
    # of scikit-learn: labels that a fold lacks are no fault where all others have their weight
    assert quick(class_weight={"yes": 2, "no": 1, "perhaps": 3}).fit(X, BINARY).recipe_.class_weights == (1.0, 2.0)


@pytest.mark.parametrize(("given", "words"), [
    ("balance", "must be 'balanced'"), (3.0, "must be 'balanced'"), ([1, 2], "must be 'balanced'"),
    ({"ye": 2.0}, "names 'ye', which is not a class.*'yes'"), ({"yes": 0.0}, "'yes' the weight 0.0"),
    ({"yes": -1}, "above 0"), ({"yes": np.nan}, "finite"), ({"yes": np.inf}, "finite"), ({"yes": "2"}, "'2'"),
    ({"yes": True}, "True"), ({"yes": None}, "None"),
])  # fmt: skip
def test_bad_weights_are_refused(given, words):
    with pytest.raises(ConfigurationError, match=words):
        quick(class_weight=given).fit(X, BINARY)


def test_a_model_without_weights_has_the_file_that_it_had(tmp_path):
    stored = glassnet.files.read_model(quick().fit(X, BINARY).save(tmp_path / "m"))
    assert "class_weight" not in stored.recipe
    assert "class_weights" not in stored.fitted["decided"]
