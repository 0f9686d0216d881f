"""The evaluation's arithmetic, against numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eval.metrics import (
    Bin,
    Interval,
    confusion,
    difference,
    expected_calibration_error,
    f1_intervals,
    f1_of,
    interval,
    macro_f1_of,
    mean_of,
    reliability,
    resamples,
    settle,
    wilson,
)

ONCE = np.ones((1, 4))


def test_a_second_accepted_label_is_gold_only_where_it_was_predicted() -> None:
    assert settle(["a", "a", "b"], ["", "c", "c"], ["a", "c", "a"]) == ["a", "c", "b"]


def test_macro_f1_with_a_second_accepted_label() -> None:
    predicted = ["a", "c", "a"]
    gold = settle(["a", "a", "b"], ["", "c", ""], predicted)
    # a: 1 right of 1 gold and 2 predicted, 2/3; b: 0; c: 1
    assert macro_f1_of(gold, predicted)(np.ones((1, 3)))[0] == pytest.approx((2 / 3 + 0 + 1) / 3)


def test_f1_of_one_label() -> None:
    gold, predicted = ["1", "1", "0", "0"], ["1", "0", "1", "0"]
    assert f1_of(gold, predicted, "1")(ONCE)[0] == pytest.approx(2 * 1 / (2 + 2))
    assert math.isnan(f1_of(gold, predicted, "2")(ONCE)[0])


def test_macro_f1_of_a_resample_leaves_out_labels_it_lost() -> None:
    metric = macro_f1_of(["a", "b"], ["a", "a"])
    both, only_a = metric(np.asarray([[1.0, 1.0], [2.0, 0.0]]))
    assert both == pytest.approx((2 / 3 + 0) / 2)
    assert only_a == 1.0


def test_accuracy_is_weighted() -> None:
    assert mean_of([True, False, False, True])(np.asarray([[2.0, 1.0, 1.0, 0.0]]))[0] == 0.5


def test_resamples_draw_n_each_and_stay_the_same() -> None:
    weights = resamples(7)
    assert set(weights.sum(axis=1)) == {7.0}
    assert np.array_equal(weights, resamples(7))


def test_bootstrap_interval_of_two_messages_is_everything() -> None:
    # a quarter of the resamples has only the wrong message, a quarter only the right one
    assert interval(mean_of([True, False]), 2) == Interval(0.5, 0.0, 1.0)


def test_bootstrap_interval_without_mistakes_is_a_point() -> None:
    assert interval(mean_of([True] * 5), 5) == Interval(1.0, 1.0, 1.0)


def test_a_paired_difference_of_equals_is_exactly_zero() -> None:
    right = [True, False, True, True, False, False]
    assert difference(mean_of(right), mean_of(right), 6) == Interval(0.0, 0.0, 0.0)


def test_a_paired_difference_sees_only_where_two_systems_differ() -> None:
    ours = [True] * 5 + [False] * 5
    theirs = [False] + [True] * 4 + [False] * 5
    # the one message they differ in is drawn k times, k binomial(10, 0.1): P(k > 3) = 0.013, P(k > 2) = 0.07
    found = difference(mean_of(ours), mean_of(theirs), 10)
    assert found == pytest.approx(Interval(0.1, 0.0, 0.3))


def test_a_label_seen_once_shows_no_sure_difference() -> None:
    gold = ["a", "a", "a", "b"]
    found = difference(f1_of(gold, gold, "b"), f1_of(gold, ["a"] * 4, "b"), 4)
    assert found == Interval(1.0, 0.0, 1.0)  # the one message is missing from a third of the resamples
    assert math.isnan(difference(f1_of(gold, gold, "c"), f1_of(gold, gold, "c"), 4).value)


def test_intervals_of_labels_agree_with_the_single_ones() -> None:
    gold, predicted = ["a", "b", "a", "c", "a"], ["a", "a", "a", "c", "b"]
    found = f1_intervals(gold, predicted, ["a", "b", "c"])
    assert found["a"] == pytest.approx(interval(f1_of(gold, predicted, "a"), 5))
    assert found["a"].value == pytest.approx(2 * 2 / (3 + 3))
    assert found["b"].value == 0.0


def test_wilson_interval() -> None:
    assert wilson(8, 10) == pytest.approx(Interval(0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 10) == pytest.approx(Interval(1.0, 0.7225, 1.0), abs=1e-4)
    assert wilson(0, 0) is None


def test_calibration_error() -> None:
    bins = reliability([0.95, 0.95, 0.55, 0.55], [True, False, True, True])
    assert bins[9] == pytest.approx(Bin(2, 0.95, 0.5))
    assert bins[5] == pytest.approx(Bin(2, 0.55, 1.0))
    assert expected_calibration_error(bins) == pytest.approx(0.45)


def test_calibration_error_weighs_bins_by_their_messages() -> None:
    bins = reliability([0.25, 0.85, 0.85, 0.85], [False, True, True, False])
    assert expected_calibration_error(bins) == pytest.approx(0.25 * 0.25 + 0.75 * (0.85 - 2 / 3))


def test_full_confidence_lies_in_the_last_bin() -> None:
    bins = reliability([1.0, 0.0], [True, False])
    assert (bins[9].n, bins[0].n) == (1, 1)
    assert expected_calibration_error(bins) == 0.0
    assert math.isnan(expected_calibration_error(reliability([], [])))


def test_confusion_counts_gold_by_row() -> None:
    assert confusion(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]).tolist() == [[1, 1], [0, 1]]
