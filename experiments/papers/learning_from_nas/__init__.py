"""van Stein, Wang, Bäck 2020: chain CNNs among the BBOB functions."""

from experiments.papers.learning_from_nas.page import reproduce_learning_from_nas as reproduce_learning_from_nas
