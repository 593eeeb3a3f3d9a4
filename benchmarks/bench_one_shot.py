"""An epoch of one-shot search, and architectures judged by inherited weights, next to loops as they are written.

    python benchmarks/bench_one_shot.py [--device cuda]

The plain loop has the same weights and batches: every edge sums all of its operations, ``none`` too, a DataLoader
gives the images, and the loss is read at every step. It ends with the same architecture parameters. Processor time
of one thread, so that a busy machine disturbs less.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.measure import Row, show
from nas_problems.catalog.train import DIGITS_SKELETON
from nas_problems.datasets.image_sets import load_digits
from nas_problems.network.fit import Part, one_thread
from nas_problems.network.measure import training_bytes
from nas_problems.network.shape import ImageShape
from nas_problems.supernet.backbone import inherit
from nas_problems.supernet.cell import Cell
from nas_problems.supernet.darts import DartsBackbone
from nas_problems.supernet.mixture import every_candidate
from nas_problems.supernet.space import DARTS
from nas_problems.supernet.staged import StagedBackbone, StagedNetwork
from optimizers.one_shot import SearchProtocol, Setting, make
from optimizers.one_shot.catalog.darts import Darts
from optimizers.one_shot.supernet_search import ORDER, SupernetSearch

N_JUDGED = 100


def setting(device: str, epochs: int = 1) -> Setting:
    """Digits and the skeleton of nb201-digits."""
    protocol = SearchProtocol(epochs=epochs, batch_size=25, alpha_rate=0.01)
    return Setting.of(StagedBackbone(DIGITS_SKELETON), load_digits(), protocol=protocol, device=device)


def plain_logits(network: StagedNetwork, images: Tensor, weights: Tensor) -> Tensor:
    """Every edge as a sum over all operations, as mixed operations are usually written."""
    x = network.stem_norm(network.stem(images))
    for layer in network.layers:
        if not isinstance(layer, Cell):
            x = layer(x)
            continue
        nodes = [x]
        for end in (1, 2, 3):
            terms = []
            for e, (start, to) in enumerate(((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))):
                if to == end:
                    table = layer.edges[f"{start}_{to}"]
                    assert isinstance(table, nn.ModuleDict)
                    outputs = [table[n](nodes[start]) if n in table else nodes[start] * 0.0 for n in layer.names]
                    terms.append(sum(w * y for w, y in zip(weights[0, e], outputs, strict=True)))
            nodes.append(sum(terms))
        x = nodes[-1]
    logits: Tensor = network.head(torch.relu(network.last_norm(x)).mean(dim=(2, 3)))
    return logits


def plain_epoch(search: SupernetSearch) -> None:
    """An epoch of first-order DARTS with the search's weights, optimizers and batches."""
    given, network = search.setting, search.network
    assert isinstance(network, StagedNetwork)
    loaders = []
    for part, stream in ((given.train, ORDER), (given.validation, ORDER + 100)):
        order = search.rng(stream).permutation(len(part)).tolist()
        size = given.protocol.batch_size
        batches = [order[i : i + size] for i in range(0, len(order), size)]
        data = TensorDataset(part.images.cpu(), part.labels.cpu())
        loaders.append(DataLoader(data, batch_sampler=batches))
    device, total = given.train.labels.device, 0.0
    for (images, labels), (others, answers) in zip(*loaders, strict=False):
        weights = torch.softmax(search.alpha, dim=2).to(device)
        loss = functional.cross_entropy(plain_logits(network, others.to(device), weights), answers.to(device))
        search.alpha_optimizer.zero_grad()
        torch.autograd.backward(loss)
        search.alpha_optimizer.step()
        search.weight_optimizer.zero_grad()
        weights = torch.softmax(search.alpha, dim=2).to(device)
        loss = functional.cross_entropy(plain_logits(network, images.to(device), weights), labels.to(device))
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(search.weights, given.protocol.clip)
        search.weight_optimizer.step()
        total += loss.item()


def seconds_of(run: Callable[[], object], device: str) -> float:
    """Processor time of one call; elapsed time on a device."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    start = clock()
    run()
    if device != "cpu":
        torch.cuda.synchronize()
    return clock() - start


def rows(device: str = "cpu", n_repeats: int = 3) -> Iterator[Row]:
    """All measurements."""
    with one_thread():
        yield _darts(device, n_repeats)
        for name in ("gdas", "rsps"):
            search = make(name).factory(setting(device, epochs=n_repeats + 1))
            seconds = [seconds_of(search.run_epoch, device) for _ in range(n_repeats + 1)]
            yield Row(f"one epoch of {name}, 20 steps, on {device}", min(seconds), "s")
        yield _judged(device)
        yield _memory()
        if device != "cpu":
            yield from _full_size(device)


def _darts(device: str, n_repeats: int) -> Row:
    ours, theirs = [], []
    for _ in range(n_repeats):
        search, other = Darts(setting(device)), Darts(setting(device))
        other.start_epoch()
        ours.append(seconds_of(search.run_epoch, device))
        theirs.append(seconds_of(lambda other=other: plain_epoch(other), device))  # type: ignore[misc]  # bound now
    apart = float((search.alpha.detach() - other.alpha.detach()).abs().max())
    note = f"architecture parameters differ by at most {apart:.1e}"
    return Row(f"one epoch of DARTS, 20 steps, on {device}", min(ours), "s", {"plain loop": min(theirs)}, note=note)


def _judged(device: str) -> Row:
    """A hundred architectures on 256 images: paths of the supernet, next to networks that inherit its weights."""
    given = setting(device)
    search = SupernetSearch(given)
    rng = np.random.default_rng(0)
    drawn = [search.cells.sample(rng) for _ in range(N_JUDGED)]
    batch = search.judged_batch(256)
    accuracies = {}

    def paths() -> None:
        accuracies["ours"] = search.accuracies(drawn, batch)

    def networks() -> None:
        accuracy = []
        with torch.no_grad():
            for architecture in drawn:
                network = inherit(given.backbone.stand_alone(given.shape, architecture), search.network)
                answers = network.to(device).train()(batch[0]).argmax(dim=1)
                accuracy.append(100 * float((answers == batch[1]).double().mean()))
        accuracies["theirs"] = np.array(accuracy)

    ours, theirs = seconds_of(paths, device), seconds_of(networks, device)
    apart = np.abs(accuracies["ours"] - accuracies["theirs"]).max()
    note = f"accuracies differ by at most {apart:.2f} points"
    return Row(f"{N_JUDGED} inherited evaluations on {device}", ours, "s", {"networks that inherit": theirs}, note=note)


def _memory() -> Row:
    """What a training step of DARTS's full-size supernet takes, and of one architecture in it; nothing is computed."""
    backbone, shape = DartsBackbone(channels=16, n_cells=8), ImageShape(3, 32, 32, 10)
    supernet = backbone.supernet(shape, every_candidate(DARTS))
    network = backbone.stand_alone(shape, DARTS.sample(np.random.default_rng(0)))
    ours, one = (training_bytes(module, shape, 64) / 2**30 for module in (supernet, network))
    return Row(
        "memory of DARTS's supernet, 8 cells, batch 64", ours, "GiB", note=f"a stand-alone network: {one:.2f} GiB"
    )


def _full_size(device: str) -> Iterator[Row]:
    """A full-size search epoch of DARTS on CIFAR-10-like images, and the supernet's memory."""
    generator = torch.Generator(device).manual_seed(0)
    images = torch.randn((25_000, 3, 32, 32), generator=generator, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    part = Part(images, torch.arange(25_000, device=device) % 10)
    protocol = SearchProtocol(epochs=50, batch_size=64)
    given = Setting(DartsBackbone(channels=16, n_cells=8), ImageShape(3, 32, 32, 10), part, part, protocol, 1)
    torch.cuda.reset_peak_memory_stats()
    search = Darts(given)
    yield Row("one full-size search epoch of DARTS, 390 steps", seconds_of(search.run_epoch, device), "s")
    yield Row("its memory", torch.cuda.max_memory_allocated() / 2**30, "GiB", note=f"{DARTS.n_edges} edges a cell")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    show(rows(given.device, given.repeats))


if __name__ == "__main__":
    main()
