"""Measures of fitness landscapes, one per file, each with its paper's equation.

``Landscape.enumerate`` looks at every candidate, ``Landscape.sample`` at some; the measures take both.

>>> import nas_problems
>>> from ela.landscape import Landscape
>>> landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
>>> landscape.local_search.n_optima
13
"""

from ela.landscape.birthday import BirthdayEstimate, birthday_of, estimate_by_birthday, nearest_neighbour_optima
from ela.landscape.correlation import fitness_distance_correlation
from ela.landscape.density import DensityFit, fit_density
from ela.landscape.first_improvement import FirstImprovement, first_improvement
from ela.landscape.graph import Graph, NeighbourGraph, neighbour_graph, threshold_graph
from ela.landscape.landscape import Landscape, can_be_enumerated, local_search_from
from ela.landscape.local_search import LocalSearch, best_improvement
from ela.landscape.locality import Locality, locality
from ela.landscape.lon import LocalOptimaNetwork, first_improvement_network, local_optima_network
from ela.landscape.neutral_network import NeutralNetworks, neutral_networks
from ela.landscape.neutrality import neutrality, neutrality_degree
from ela.landscape.persistence import PersistenceCurve, persistence
from ela.landscape.sparse import SparseGraph
from ela.landscape.walks import (
    autocorrelation,
    compare_routes,
    correlation_length,
    exact_autocorrelation,
    random_routes,
    random_walks,
    ruggedness,
)

__all__ = [
    "BirthdayEstimate",
    "DensityFit",
    "FirstImprovement",
    "Graph",
    "Landscape",
    "LocalOptimaNetwork",
    "LocalSearch",
    "Locality",
    "NeighbourGraph",
    "NeutralNetworks",
    "PersistenceCurve",
    "SparseGraph",
    "autocorrelation",
    "best_improvement",
    "birthday_of",
    "can_be_enumerated",
    "compare_routes",
    "correlation_length",
    "estimate_by_birthday",
    "exact_autocorrelation",
    "first_improvement",
    "first_improvement_network",
    "fit_density",
    "fitness_distance_correlation",
    "local_optima_network",
    "local_search_from",
    "locality",
    "nearest_neighbour_optima",
    "neighbour_graph",
    "neutral_networks",
    "neutrality",
    "neutrality_degree",
    "persistence",
    "random_routes",
    "random_walks",
    "ruggedness",
    "threshold_graph",
]
