"""The sections of the page on centroid starts, one per file: from results to tables, figures and claims."""

from experiments.papers.centroid_init.sections.charge import charged
from experiments.papers.centroid_init.sections.clustering import clustering
from experiments.papers.centroid_init.sections.introduction import introduction
from experiments.papers.centroid_init.sections.nas_bench_101 import NB101, nas_bench_101
from experiments.papers.centroid_init.sections.operations import operations
from experiments.papers.centroid_init.sections.search import main_searches, runs_table
from experiments.papers.centroid_init.sections.start import starts
from experiments.papers.centroid_init.sections.transfer import transfer

__all__ = [
    "NB101",
    "charged",
    "clustering",
    "introduction",
    "main_searches",
    "nas_bench_101",
    "operations",
    "runs_table",
    "starts",
    "transfer",
]
