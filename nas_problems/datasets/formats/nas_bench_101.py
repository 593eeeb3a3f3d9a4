"""NAS-Bench-101's whole file: TFRecords, read without TensorFlow."""

from nas_problems.datasets.nas_bench_101_full import convert
from nas_problems.datasets.published_format import PublishedFormat, formats
from nas_problems.datasets.tfrecord import looks_like_records

formats.register("nas-bench-101", summary="NAS-Bench-101's file of all trainings, without TensorFlow", family="tables")(
    PublishedFormat(
        wanted="nasbench_full.tfrecord or nasbench_only108.tfrecord",
        problem="nb101-full",
        accepts=looks_like_records,
        convert=convert,
        unit="record",
        remark="all checked",
    )
)
