"""From clusters to candidates: nearest members and rounded means, by hand."""

import dataclasses

import numpy as np

import nas_problems
from nas_problems import Integer, SearchSpace
from optimizers.initializers.centroid.decoding import clusters_by_size, nearest_members, rounded_means

LINE = SearchSpace((Integer("a", 0, 9), Integer("b", 0, 9)))


def test_clusters_come_largest_first_without_noise() -> None:
    labels = np.array([2, 2, 2, 0, 1, 1, -1, -1, -1, -1])
    assert clusters_by_size(labels, 2).tolist() == [2, 1]
    assert clusters_by_size(labels, 9).tolist() == [2, 1, 0]


def test_the_nearest_member_is_worked_out_by_hand() -> None:
    Z = np.array([[0, 0], [1, 0], [5, 0], [9, 9], [9, 8]])
    labels = np.array([0, 0, 0, 1, 1])
    found = nearest_members(LINE, Z, Z.astype(float), labels, np.array([0, 1]))
    assert {number: z.tolist() for number, z in found.items()} == {0: [1, 0], 1: [9, 9]}  # means (2, 0), (9, 8.5)


def test_the_rounded_mean_is_worked_out_by_hand() -> None:
    Z = np.array([[0, 0], [1, 0], [5, 0], [9, 9], [9, 6]])
    labels = np.array([0, 0, 0, 1, 1])
    found = rounded_means(LINE, Z, labels, np.array([0, 1]), "short")
    assert {number: z.tolist() for number, z in found.items()} == {0: [2, 0], 1: [9, 8]}


def test_a_mean_that_is_taken_gives_way_to_its_nearest_neighbour() -> None:
    Z = np.array([[0, 0], [4, 4], [1, 2], [3, 3], [2, 1]])
    labels = np.array([0, 0, 1, 1, 1])  # both means round to (2, 2); the second is exactly (2, 2)
    found = rounded_means(LINE, Z, labels, np.array([0, 1]), "short")
    assert found[0].tolist() == [2, 2]
    assert found[1].tolist() in ([1, 2], [3, 2], [2, 1], [2, 3])


def test_an_invalid_mean_is_repaired() -> None:
    even = dataclasses.replace(LINE, validity=lambda Z: Z.sum(axis=1) % 2 == 0)
    Z = np.array([[0, 0], [4, 2]])  # mean (2, 1)
    z = rounded_means(even, Z, np.array([0, 0]), np.array([0]), "short")[0]
    assert even.is_valid(z[None]).all()
    assert np.abs(z - [2, 1]).sum() == 1


def test_isomorphic_architectures_count_as_one() -> None:
    space = nas_problems.make("nb201-cifar10").space
    Z = np.array([[0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])  # both compute zero
    assert np.array_equal(space.canonical(Z)[0], space.canonical(Z)[1])
    found = nearest_members(space, Z, Z.astype(float), np.array([0, 1]), np.array([0, 1]))
    assert list(found) == [0]  # nothing is left for the second cluster, and it is left out
