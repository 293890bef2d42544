"""The lecture against numbers worked by hand, never against the code that wrote it."""

import html.parser
import math
import re

import numpy as np
import pytest

from glassnet.cli import main
from glassnet.errors import ConfigurationError
from glassnet.formulas import Expression
from glassnet.report import lecture
from glassnet.report.document import Display, Grid, Picture, Prose, Remark, Steps, Verdict
from glassnet.report.formula import Formula, Written
from glassnet.report.lecture.patients import agrees
from glassnet.report.lesson import run
from glassnet.report.terminal import render_text

VOID = {"meta", "br", "hr", "img", "wbr", "col"}


@pytest.fixture(scope="module")
def sections():
    return dict(lecture.sections())


@pytest.fixture(scope="module")
def document(sections):
    return lecture.page(list(sections.items()))


def results(section):
    """The values that a section's code gave, in order."""
    return [value for _, value in section.lesson.values]


def blocks(section, kind):
    return [block for block in section.blocks if isinstance(block, kind)]


def printed(section):
    """The section as the terminal shows it, in one line."""
    return " ".join(render_text([(1, section)], width=100).split())


# ---- the numbers ----------------------------------------------------------------------------------------------------


def test_start_predictions(sections):
    # 0.01 * 0.5 + 0.01 and so on
    assert results(sections[1])[0] == pytest.approx([0.015, 0.033, 0.039], abs=1e-12)


def test_start_losses(sections):
    # 3.185² + 1.867² + 0.961², and the plain distances
    assert results(sections[2]) == pytest.approx([14.553435, 6.013], abs=1e-9)
    grid = blocks(sections[2], Grid)[1]
    assert [row[2] for row in grid.rows] == pytest.approx([14.553435, 7.2767175, 4.851145, 2.4255725], abs=1e-7)
    assert "Corrected: this is a sum, not a mean" in printed(sections[2])


def test_start_gradients(sections):
    # 2 * (-3.185 * 0.5 - 1.867 * 2.3 - 0.961 * 2.9) and 2 * (-3.185 - 1.867 - 0.961)
    assert results(sections[3]) == pytest.approx([-17.347, -12.026], abs=1e-9)


def test_the_run_and_its_verdicts(sections):
    weights, smallest = results(sections[4])
    assert weights == pytest.approx([-0.87179, 3.68974], abs=6e-6)
    assert smallest == pytest.approx(0.07538, abs=6e-6)
    table = blocks(sections[4], Grid)[0]
    true = {row[0]: [float(str(row[k]).replace("−", "-")) for k in (2, 4, 6)] for row in table.rows}
    # two steps by hand on half the sum: gradients (-8.6735, -6.013), then (6.853..., 0.7347...)
    assert true["1"] == pytest.approx([0.87735, 0.6113, 9.801], abs=1e-3)
    assert true["2"] == pytest.approx([0.192, 0.5378, 7.4417], abs=1e-3)
    assert true["20"] == pytest.approx([-0.42, 2.63, 0.83], abs=5e-3)
    assert [row[-1] for row in table.rows] == [Verdict("confirmed")] * 8
    titles = [remark.title for remark in blocks(sections[4], Remark) if remark.kind == "corrected"]
    assert titles == [
        "Corrected: the run has lost a factor of 2",
        "Corrected: a line that multiplies by 0.70",
        "Corrected: b = 0.61 beside the wrong losses",
    ]
    # with the factor of 2 the first step would end at 0.01 + 0.1 * 17.347
    assert "1.745, not 0.88" in printed(sections[4])


def test_the_divergence_and_the_limit(sections):
    losses, limit, half = results(sections[5])
    assert losses == pytest.approx([14.55, 40.1, 179.9, 910.0, 4695.4, 24303.0], rel=5e-4)
    assert limit == pytest.approx(0.0611, abs=5e-5)
    assert half == pytest.approx(0.1221, abs=5e-5)
    # λ = 13.95 + 3 + sqrt(10.95² + 4 * 5.7²)
    assert 2 / limit == pytest.approx(16.95 + math.sqrt(10.95**2 + 4 * 5.7**2), rel=1e-12)


def test_the_absolute_error(sections):
    slope, line, smallest = results(sections[6])
    assert slope == pytest.approx(-5.7, abs=1e-12)
    # the line through cases 1 and 3; case 2 is off by 1.9 - (3.2 - 1.8 * 2.2 / 2.4)
    assert line == pytest.approx([-2.2 / 2.4, 3.2 + 0.5 * 2.2 / 2.4], abs=2e-3)
    assert smallest == pytest.approx(0.35, abs=2e-3)


def test_two_neurons_in_a_row(sections):
    gradients, before, after = results(sections[7])
    x, y = np.array([0.5, 2.3, 2.9]), np.array([3.2, 1.9, 1.0])
    g1 = 0.5 * x + 0.1
    g2 = 0.8 * g1 + 0.2
    off = 2 * (g2 - y)
    by_hand = [(off * 0.8 * x).sum(), (off * 0.8).sum(), (off * g1).sum(), off.sum()]
    assert gradients == pytest.approx(by_hand, rel=1e-12)
    assert gradients == pytest.approx([-2.7104, -4.768, -2.29, -5.96], abs=1e-9)
    assert before == pytest.approx(8.082, abs=1e-9)
    new = np.array([0.5, 0.1, 0.8, 0.2]) - 0.01 * np.array(by_hand)
    assert after == pytest.approx((((new[0] * x + new[1]) * new[2] + new[3] - y) ** 2).sum(), rel=1e-12)


def test_two_inputs(sections):
    raw_limit, limit, predictions = results(sections[8])
    inputs = np.column_stack([[0.5, 2.3, 2.9], [37.6, 39.1, 36.2], np.ones(3)])
    assert raw_limit == pytest.approx(1 / np.linalg.eigvalsh(inputs.T @ inputs)[-1], rel=1e-9)
    inputs[:, 1] = (inputs[:, 1] - 37) / 10
    assert limit == pytest.approx(1 / np.linalg.eigvalsh(inputs.T @ inputs)[-1], rel=1e-9)
    assert predictions == pytest.approx([3.2, 1.9, 1.0], abs=1e-4)
    network = sections[8].lesson["network"]
    exact = np.linalg.solve(inputs, [3.2, 1.9, 1.0])
    assert [*network.weights[0].ravel(), *network.biases[0]] == pytest.approx(exact, abs=1e-4)


def test_collapse(sections):
    weights, bias, difference = results(sections[9])
    # (-1 * 0.6 + 0.5 * 0.8 - 0.2 * 0.5, 0.3 * 0.6 + 0.8 + 0.4 * 0.5) and 0.1 * 0.6 - 0.5 + 2
    assert weights == pytest.approx([-0.3, 1.18], abs=1e-12)
    assert bias == pytest.approx([1.56], abs=1e-12)
    assert difference < 1e-12
    assert "This network is not deep" in printed(sections[9])


def test_neurons_in_words(sections):
    answers = results(sections[10])[0]
    assert answers == pytest.approx(
        np.array([[0.5, 0, 0.06], [2.3, 0, 0.21], [2.9, 0, 0], [2.8, 1.0, 0], [2.1, 0.9, 0]]), abs=1e-9
    )
    said = printed(sections[10])
    assert "low temperature, whatever the tumor size" in said
    assert "high temperature, whatever the tumor size" in said
    assert "high tumor size, whatever the temperature" in said
    assert "temperature is below 32" in said


def test_five_patients_need_a_bend(sections):
    before, straight, start, bent = results(sections[11])
    X = np.column_stack([[0.5, 2.3, 2.9, 2.8, 2.1], [0.06, 0.21, -0.08, -1.5, -1.4], np.ones(5)])
    y = np.array([3.2, 1.9, 1.0, 0.0, 0.0])
    best = np.linalg.lstsq(X, y, rcond=None)[0]
    assert straight == pytest.approx(((X @ best - y) ** 2).sum(), rel=1e-6)
    assert straight == pytest.approx(0.2293, abs=1e-4)
    three = np.linalg.solve(X[:3], y[:3])
    assert before == pytest.approx(((X @ three - y) ** 2).sum(), rel=0.03)
    assert start == pytest.approx(0.37, abs=1e-3)
    assert bent < 1e-3
    compared = next(grid for grid in blocks(sections[11], Grid) if grid.head[0] == "network")
    losses = {row[0]: row[2] for row in compared.rows}
    assert losses["three neurons in front, no bend"] == pytest.approx(straight, rel=1e-3)
    assert losses["three neurons in front, ReLU"] < 0.01 * straight
    assert losses["three neurons in front, sigmoid"] < 0.05 * straight
    spoken = blocks(sections[11], Grid)[-1].rows
    cold, fever = ([float(row[k]) for row in spoken] for k in (3, 4))
    assert cold[:3] == [0, 0, 0]
    assert min(cold[3:]) > 0.1
    assert fever[3:] == [0, 0]
    assert min(fever[:2]) > 0.1


def test_l1_selects_and_l2_spreads(sections):
    from sklearn.linear_model import Lasso

    sparse, spread = results(sections[12])
    X, y = sections[12].lesson["X"], np.array(sections[12].lesson["y"])
    lasso = Lasso(alpha=0.3 / (2 * len(y)), max_iter=200_000, tol=1e-10).fit(X, y)
    assert sparse == pytest.approx(lasso.coef_, abs=5e-3)
    assert (np.abs(lasso.coef_) > 1e-6).tolist() == [False, True, True, False]
    centered, target = X - X.mean(axis=0), y - y.mean()
    ridge = np.linalg.solve(centered.T @ centered + 0.3 * np.eye(4), centered.T @ target)
    assert spread == pytest.approx(ridge, abs=2e-3)
    terms = next(grid for grid in blocks(sections[12], Grid) if grid.head[0] == "penalty").rows
    assert terms[0][2] == pytest.approx(0.3 * np.abs(lasso.coef_).sum(), rel=1e-2)
    assert terms[1][2] == pytest.approx(0.3 * (ridge**2).sum(), rel=1e-2)


def test_classes(sections):
    lesson = sections[13].lesson
    X = lesson["X"]
    assert lesson["margin"].predict(X).ravel().tolist() == [1, 1, 1, -1, -1]
    chances = lesson["chance"].predict(X).ravel()
    assert (chances[:3] > 0.8).all()
    assert (chances[3:] < 0.2).all()
    shares = lesson["three"].predict(X)
    assert shares.sum(axis=1) == pytest.approx(np.ones(5))
    assert shares.argmax(axis=1).tolist() == [2, 1, 1, 0, 0]


def test_rivals_are_all_far_above_the_majority(sections):
    for number, floor, count in ((14, 130, 143), (16, 360, 450)):
        grid = next(grid for grid in blocks(sections[number], Grid) if grid.head[0] == "model")
        scores = {row[0]: row[1] for row in grid.rows}
        assert {row[2] for row in grid.rows} == {count}
        assert all(right >= floor for name, right in scores.items() if name != "always the majority")
    # 357 of 569 are benign; a stratified quarter of 143 holds 90 of them
    assert blocks(sections[14], Grid)[0].rows[0][1] == 90


# ---- what is shown --------------------------------------------------------------------------------------------------


def _value(part):
    """What a shown part gives when it is computed again from the shown numbers; None when it has open names."""
    if isinstance(part, Expression):
        return float(part()) if not part.names else None
    if isinstance(part, Written) and not part.summed and part.expression.names == part.numbers.keys():
        rounded = {name: float(f"{value:.{part.digits}g}") for name, value in part.numbers.items()}
        return float(part.expression(**rounded))
    return None


def test_the_right_z_is_enough_for_one_neuron(sections):
    straight, told, learned = (row[1] for row in blocks(sections[15], Grid)[0].rows)
    assert straight < 110 < 150 < told <= 160
    assert learned > 150


def test_which_features_each_classifier_uses(sections):
    found = sections[17].lesson["result"]
    assert [use.name for use in found.classifiers] == ["forest", "SVM", "network"]
    assert len(blocks(sections[17], Picture)[0].panels) == 3
    leading = {found.names[use.strongest(1)[0]] for use in found.classifiers}
    assert leading <= {"ink in the middle", "ink in the upper half", "width", "strokes per column"}


def test_what_is_moved_is_lost_unless_it_was_said(sections):
    share = {row[0]: [float(cell.split()[0]) for cell in row[1:]] for row in blocks(sections[18], Grid)[0].rows}
    for name in ("forest on features", "SVM on features", "network on pixels", "convolution"):
        assert share[name][0] > 80
        assert share[name][2] < share[name][0] - 40
    assert share["convolution, trained on moved versions"][1] > 90
    assert share["convolution, trained on moved versions"][2] > 50


def test_the_knobs_are_the_laboratory(sections):
    crafted, pixels, _ = blocks(sections[19], Grid)[0].rows
    shares = [[int(cell.split()[0]) for cell in row[1:]] for row in (crafted, pixels)]
    results = [r for r in sections[19].lesson["results"] if (r.knob, r.value) == ("noise", 0.25)]
    by_hand = np.mean([r.correct / r.total for r in results if r.model.endswith("on features")])
    assert shares[0][2] == round(100 * by_hand)
    assert shares[0][1] > shares[1][1] + 20, "features keep what moves"
    assert shares[1][2] > shares[0][2], "and lose what is noisy"


def test_classes_move_apart_from_layer_to_layer(sections):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier

    X, y = load_digits(return_X_y=True)
    train, test = train_test_split(np.arange(len(y)), test_size=0.25, random_state=0, stratify=y)
    trained, untrained = (
        [float(cell.split()[0]) for cell in row[1:]] for row in blocks(sections[20], Grid)[0].rows
    )  # fmt: skip
    network, outputs = sections[20].lesson["network"], X / 16
    for shown, weights, biases in zip(trained, [None, *network.weights], [None, *network.biases], strict=False):
        if weights is not None:
            outputs = np.maximum(outputs @ weights + biases, 0)
        means = [outputs[train][y[train] == digit].mean(axis=0) for digit in range(10)]
        rule = KNeighborsClassifier(1).fit(means, range(10))
        assert shown == pytest.approx(100 * rule.score(outputs[test], y[test]), abs=0.06)
    assert trained[0] == untrained[0]
    assert trained[3] > trained[0] + 2
    assert untrained[3] < untrained[0] - 10


def test_a_convolution_by_hand(sections):
    # the first written 0: rows 2 to 4, columns 1 to 3 hold 3 15 2, 4 12 0 and 5 8 0 sixteenths
    assert "= −0.3125" in printed(sections[21]), "(−3 + 2 − 4 + 0 − 5 + 0) / 32"
    from sklearn.datasets import load_digits

    image = load_digits().images[0] / 16
    total, slope, alive = 0.0, 0.0, 0
    for r in range(6):
        for c in range(6):
            z = sum(0.5 * (image[r + i, c + 2] - image[r + i, c]) for i in range(3))
            if z > 0:
                total, slope, alive = total + z, slope + image[r + 1, c + 2], alive + 1
    f = total / 36
    prediction, slopes, agreed, after = results(sections[21])
    assert prediction == pytest.approx(f, rel=1e-12)
    exact = 2 * (f - 1) / 36 * slope
    assert slopes[1][2] == pytest.approx(exact, abs=6e-4)
    assert agreed == pytest.approx([exact] * 2, rel=1e-5)
    assert after < (f - 1) ** 2
    assert f"{alive} of 36 places" in printed(sections[21])
    assert f"− 0.5 · (−0.3933) = {0.5 - 0.5 * exact:.4f}" in printed(sections[21])


def test_l2_spreads_and_a_stuck_pixel_costs_less_on_average(sections):
    free, held = blocks(sections[22], Grid)[0].rows
    assert free[1] - float(free[2]) > held[1] - float(held[2]) >= 0
    assert "on average: 1.3 answers against 4.5" in blocks(sections[22], Remark)[0].words


def test_l1_removes_the_names(sections):
    greedy, sparse = blocks(sections[23], Grid)[0].rows
    assert greedy[2] > 30
    assert sparse[2] < 6
    own, others = ([int(row[k].split()[0]) for row in (greedy, sparse)] for k in (3, 4))
    assert own[0] > own[1] + 10
    assert others[1] > others[0] + 3


def test_every_shown_computation_gives_the_shown_result(sections):
    checked = 0
    for section in sections.values():
        for block in blocks(section, Steps):
            for step in block.steps:
                values = [v for v in map(_value, step.formula.parts) if v is not None]
                if values:
                    shown = float(step.result.replace("−", "-"))
                    assert values[-1] == pytest.approx(shown, rel=2e-3, abs=2e-3), (step.name, step.formula.text)
                    checked += 1
    assert checked >= 30


def test_the_shown_code_gives_the_shown_values_again(sections):
    for number in (1, 2, 3, 5, 7, 9, 10):
        lesson = sections[number].lesson
        given = {name: lesson.names[name] for name in ("Dense", "Network", "np", "tumor_size", "survival")}
        given |= {name: lesson.names[name] for name in ("X", "y", "cases", "features") if name in lesson.names}
        again = run(lesson.source, given)
        assert again.listing == lesson.listing
        assert lesson.values


def test_every_section_has_a_title_prose_code_and_the_figures_have_words(sections):
    assert list(sections) == list(range(1, 25))
    for chapter in lecture.CHAPTERS:
        section = sections[chapter.number]
        assert section.title == chapter.title
        assert section.lesson is not None
        assert section.opening.endswith(".")
        assert blocks(section, Prose) or blocks(section, Display)
        for picture in blocks(section, Picture):
            assert all(panel.summary.endswith(".") for panel in picture.panels)


@pytest.mark.parametrize("width", [80, 100])
def test_the_text_keeps_to_the_width(sections, width):
    lines = lecture.text(list(sections.items()), width=width).splitlines()
    assert [line for line in lines if len(line) > width] == []
    assert [line for line in lines if line != line.rstrip()] == []


def test_color_only_repeats_the_words(sections):
    colored = lecture.text([(4, sections[4])], color=True)
    assert re.sub(r"\x1b\[\d*m", "", colored) == lecture.text([(4, sections[4])])
    assert "\x1b[35m" in colored


def test_the_page_is_well_formed_and_loads_nothing(document):
    open_elements, images = [], []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, name, attributes):
            found = dict(attributes)
            assert name not in ("script", "link", "img", "iframe", "object")
            assert not any(key.startswith("on") for key in found)
            for key in ("href", "src"):
                assert found.get(key, "#").startswith("#")
            if name == "svg" and found.get("role") == "img":
                images.append(found["aria-label"])
            if name not in VOID:
                open_elements.append(name)

        def handle_endtag(self, name):
            assert open_elements.pop() == name

    reader = Reader()
    reader.feed(document)
    reader.close()
    assert open_elements == []
    assert len(images) >= 20
    assert all(len(words) > 15 for words in images)
    assert document.count("<figure>") == document.count("<figcaption>")
    assert document.count("Numbers of this figure") == document.count("<figure>")
    assert document.count("<section ") == 24
    for number in ("6.013", "14.55", "−17.347", "−12.026", "−0.87179", "3.68974", "0.07538", "0.0611", "0.1221"):
        assert number in document, number


def test_an_unknown_section_names_the_known_ones():
    with pytest.raises(ConfigurationError, match=r"no section 99.*24"):
        lecture.sections(99)


def test_printed_figures_are_judged_by_their_own_decimals():
    assert agrees("-0.365", -0.36493)
    assert agrees("1.995", 1.9946)
    assert not agrees("0.70", 0.87735)
    assert not agrees("0.61", 0.5378)


def test_formulas_read_alike_as_text_and_mathml():
    formula = Formula("dL/dW_1", (Written(Expression("2 * (f - y) * x"), summed=True), "−17.347"))
    assert formula.text == "dL/dW₁ = Σ 2 · (f − y) · x = −17.347"
    assert formula.mathml.startswith("<mfrac>")
    assert formula.mathml.endswith("<mn>−17.347</mn>")
    assert Formula("", (Expression("1 + 1"),)).text == "1 + 1"


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_command_prints_one_section(capsys):
    assert main(["lecture", "--section", "2"]) == 0
    said = capsys.readouterr().out
    assert "14.55" in said
    assert "6.013" in said
    assert "\x1b[" not in said
    assert main(["lecture", "--section", "0"]) == 2
    assert "no section 0" in capsys.readouterr().err


def test_the_command_writes_a_page(tmp_path, capsys):
    target = tmp_path / "lecture.html"
    assert main(["lecture", "--section", "3", "--html", str(target)]) == 0
    assert "−17.347" in target.read_text(encoding="utf-8")
    assert "lecture.html" in " ".join(capsys.readouterr().out.split())
    assert main(["lecture", "--html", str(tmp_path / "missing" / "lecture.html")]) == 2
    assert "does not exist" in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["lecture.html"]


def test_the_third_patient_is_still_alive(sections):
    totals, gradients = results(sections[24])
    e = np.exp(0.5 * np.array([0.5, 2.3, 2.9]))
    first, second = -np.log(e[2] / e.sum()), -np.log(e[1] / e[:2].sum())
    later = -np.log(e[1] / e.sum()) - np.log(e[0] / (e[0] + e[2]))
    assert totals == pytest.approx([first + second, second, later])
    assert gradients[1] == pytest.approx(e[0] / e[:2].sum() * 0.5 + (e[1] / e[:2].sum() - 1) * 2.3)
    assert "belongs to no risk set" in printed(sections[24])
