"""Does a choice of solver pay for itself? Schedules and a selector judged on problems that they have not seen.

Source: kerschke2019 (the comparison of a selector with the single best and the virtual best solver).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.figures import PALETTE
from experiments.landscape.gap import draw_gap, gap_frame
from experiments.landscape.judgement import (
    CHOICES,
    FEATURES,
    HOLD_OUT,
    KINDS,
    PLACEBO,
    RANDOM,
    SCHEDULE,
    SINGLE,
    VIRTUAL,
    Judgement,
    judge,
    mean_interval,
)
from experiments.landscape.oracle import hindsight_frame
from experiments.landscape.profiles import draw_profiles, profiled
from experiments.landscape.races import chosen_unseen, races_frame
from experiments.landscape.recommend import never_alone, recorded_alone
from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from optimizers.handover import TURN
from optimizers.selector.portfolio import Portfolio, shipped_portfolio, shipped_races, source_of

BUDGETS = (100, 300, 1000)
"""Total evaluations at which choices are judged; those at which the portfolio has runs count."""

_COLORS = dict(zip((SCHEDULE, FEATURES, KINDS, PLACEBO, RANDOM, VIRTUAL), PALETTE, strict=False))


@reproductions.register(
    "selection",
    summary="schedules and a selector against the single best solver, on problems held out",
    family="kerschke2019",
)
def reproduce_selection(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Judge all ways to choose a solver on the NAS and HPO problems of the shipped portfolio.

    Args:
        out: The page's folder.
        quick: One budget, families held out alone.
        seed: Of the draws of problems.
    """
    return write_page(out, shipped_portfolio(), quick=quick, seed=seed, raced=shipped_races())


def write_page(out: Path, portfolio: Portfolio, *, quick: bool, seed: int, raced: Portfolio | None = None) -> Page:
    """The page of any portfolio, and of one of races; see ``reproduce_selection``."""
    page = new_page(out, "Does a choice of solver pay for itself?", "selection", quick=quick, seed=seed)
    able = [b for b in BUDGETS if int(portfolio.budgets[portfolio.nearest_budget(b)]) == b and _has_runs(portfolio, b)]
    kinds = ("family",) if quick else tuple(HOLD_OUT)
    judged = [
        judge(portfolio, budget=budget, held_out=held_out)
        for budget in able[: 1 if quick else None]
        for held_out in kinds
        if held_out != "analytic" or _has_analytic(portfolio, budget)
    ]
    families = [each for each in judged if each.held_out == "family"]
    middle = min(1, len(families) - 1)  # 300 evaluations, where there are all budgets
    recorded = recorded_alone(portfolio)
    gaps = [gap_frame(recorded.at(each.budget), seed=seed) for each in families]
    page.text(f"{_first_line(families, seed)} {_on_gap(gaps[middle])}")
    page.text(
        "The loss of a run is its mean regret over the first evaluations, divided by that of random search; 1 is no "
        "better than random search. Everything that is evaluated counts, the design that features are computed from "
        "too. Every choice is fitted on a training part, with its own settings, and judged on problems held out: "
        + "; ".join(f"*{name}*: {words}" for name, words in HOLD_OUT.items())
        + ". **Single best solver**: the one with the smallest mean loss on the training part. **Best schedule**: the "
        "same among schedules of solvers, too, without a look at the problem; a schedule is taken where it is ahead of "
        "the single best solver by two standard errors, with families as clusters, on the training part. **Features**: "
        "what `landscape-selector` does: a ridge regression on features of the first 30 evaluations chooses what "
        "follows; where its own validation inside the training part finds no gain it takes the best schedule. "
        "**Dimension and kinds**: the same with what the space says alone, without a design. **Permuted features**: "
        "the same as features, with those of another problem. **Virtual best**: the best of each problem in hindsight, "
        "from the same runs, and so too good."
    )
    page.text(_runs_line(portfolio))
    page.heading("Held out by family")
    page.figure(
        _forest(families, seed),
        name="families",
        caption="log2 of the loss relative to that of the single best solver, families held out; left of 0 is better. "
        "Lines: 95 % intervals by a bootstrap over problems.",
    )
    for each in families:
        page.table(_problems(each), name=f"problems-{each.budget}", caption=_caption(each), digits=3)
    page.heading("How much there is to gain")
    page.text(
        "What a choice could reach if it knew the losses that judge it. The virtual best takes the smallest of many "
        "noisy means, so a part of its lead is luck. How much, is estimated with the spread of runs on each problem: "
        "what solver and problem alone do not explain of the means is taken to be normal, with the variance that noise "
        "does not explain (empirical Bayes), and the smallest of such true means, on average over draws, is the last "
        "but one row of each budget."
    )
    hindsight = {each.budget: hindsight_frame(recorded.at(each.budget)) for each in families}
    page.table(
        pd.concat(hindsight.values(), ignore_index=True),
        name="hindsight",
        caption="Mean log2 losses of choices in hindsight; gap closed: of that between the best single solver and the "
        "virtual best.",
        digits=3,
    )
    page.text(
        "The same draws say what the gap consists of: choices of one plan for all problems, of one per family, and of "
        "one per problem, each of which knows the true means, and the rest, which no choice can gain. What another "
        "plan per family gains in hindsight is a bound for what can be learned from other families; what another plan "
        "per problem of a family gains takes a look at the problem itself, or knowing it. Noise that runs of one seed "
        "have in common, as that of their random search, makes no difference between solvers and is left out where it "
        "is known (up to 300 evaluations, from the seeds of the races below); the rest is drawn for each plan apart. "
        "Plans that begin alike share more, so that what a plan per problem gains is rather over- than underestimated."
    )
    page.figure(
        draw_gap(gaps),
        name="gap",
        caption="From the single best solver (0) to the virtual best: parts of the gap in mean log2 loss.",
    )
    page.table(
        pd.concat(gaps, ignore_index=True),
        name="gap-parts",
        caption="Parts of the gap in mean log2 loss, with 95 % intervals by a bootstrap over families.",
        digits=3,
    )
    if raced is not None:
        _write_races(page, raced, [each.budget for each in families], seed)
    page.heading("Family by family")
    page.figure(
        draw_profiles(recorded, profiled(recorded, families[middle].budget)),
        name="profiles",
        caption="Geometric mean of the losses over the problems of a family (their number in brackets) by the budget: "
        "the best single solvers and the best schedules on average. Below 1 is better than random search; every point "
        "is the mean regret of whole runs up to there.",
    )
    page.heading("All ways to hold out")
    page.table(
        pd.concat([each.frame() for each in judged], ignore_index=True),
        name="choices",
        caption="Geometric mean of the losses over the problems; difference of log2 losses to the single best solver, "
        "with 95 % intervals by a bootstrap over problems; gap closed: (single best - choice) / (single best - virtual "
        "best).",
        digits=3,
    )
    for claim in claims(portfolio, families, hindsight, seed):
        page.claim(claim)
    page.write()
    return page


def _write_races(page: Page, raced: Portfolio, budgets: Sequence[int], seed: int) -> None:
    """What races did, next to solvers with the same seeds."""
    able = [budget for budget in budgets if (raced.budgets == budget).any() and len(raced.at(budget).solvers)]
    frames = [races_frame(raced, budget, seed=seed) for budget in able]
    if not any(len(frame) for frame in frames):
        return
    page.heading("Solvers that race")
    page.text(
        f"A race uses what the run itself says: its solvers take turns of {TURN} evaluations, each with the data of "
        "all, and the next turn goes to the one whose last turn had the lowest value. Which solvers race, the turn, "
        "and the rule were written down before the runs (so were a third seed and the surrogates, which were not run). "
        f"It and {len(raced.solvers) - 1} single solvers were run with the same seeds "
        f"({', '.join(map(str, raced.seeds.tolist()))}) on {len(raced.problems)} problems; these runs are a portfolio "
        "of their own (`optimizers/data/races_plan.toml`). Chosen there on the other families, by the rule of this "
        f"page: {_raced_choices(raced, able, seed)}."
    )
    page.table(
        pd.concat(frames, ignore_index=True),
        name="races",
        caption="Mean log2 losses of races and of their solvers, and differences to the single best solver of these "
        "runs, with 95 % intervals by a bootstrap over problems.",
        digits=3,
    )


def _raced_choices(raced: Portfolio, budgets: Sequence[int], seed: int) -> str:
    """What the best schedule lost on families held out, where races are among the schedules."""
    found = []
    for budget in budgets:
        difference, taken = chosen_unseen(raced.at(budget))
        mean, low, high = mean_interval(difference, seed=seed)
        found.append(
            f"at {budget} evaluations a race is taken for {taken} of {len(difference)} problems, and the choice "
            f"loses {mean:+.3f} ({low:+.3f} to {high:+.3f}) more than the single best solver"
        )
    return "; ".join(found)


def _has_runs(portfolio: Portfolio, budget: int) -> bool:
    return len(recorded_alone(portfolio).at(budget).solvers) > 1


def _has_analytic(portfolio: Portfolio, budget: int) -> bool:
    return any(source_of(name) not in ("NAS", "HPO") for name in portfolio.at(budget).problems)


def _runs_line(portfolio: Portfolio) -> str:
    runs = portfolio.runs[portfolio.runs > 0]
    return (
        f"{len(portfolio.solvers)} solvers and schedules on {len(portfolio.problems)} problems, {runs.min()} to "
        f"{runs.max()} runs each. Runs of one problem and seed begin with the same candidates, whatever the solver, "
        "where a plan of `iohnas portfolio run` made them; searches recorded by studies are independent. The plan is "
        "`optimizers/data/portfolio_plan.toml`. Rules of verdicts were written first, and so was the list of solvers "
        "and schedules of the last plan, before any of its runs; but `random-search:30:bananas:100:aging-evolution` "
        "and `bananas:100:aging-evolution` had joined an earlier list, and two standard errors had become the bar for "
        "a look at the features, after interim results on these very problems: gains are flattered by that. For "
        "schedules the bar was one standard error over the problems when these runs were made; on families held out "
        "what it chose lost 0.044 (-0.002 to 0.111) more than the single best solver at 300 evaluations and 0.123 "
        "(-0.027 to 0.287) more at 1000, so it became two with families as clusters."
    )


def pays(judgement: Judgement, seed: int) -> bool:
    """Whether features choose better than what needs none, by the rule of the page."""
    other = min((SCHEDULE, KINDS, PLACEBO), key=lambda choice: float(judgement.loss[choice].mean()))
    return judgement.difference(FEATURES, other, seed=seed)[2] < 0


def _first_line(families: Sequence[Judgement], seed: int) -> str:
    paying = [each.budget for each in families if pays(each, seed)]
    better = [each.budget for each in families if each.difference(SCHEDULE, SINGLE, seed=seed)[2] < 0]
    if not paying:
        return (
            "**Features add nothing beyond budget and kind of space here: on families held out they do not choose "
            f"better than the best schedule, so `landscape-selector` follows that schedule.** {_on_schedules(better)}"
        )
    return (
        f"**Features choose better than what needs none, on families held out, at {_evaluations(paying)}.** "
        f"{_on_schedules(better)}"
    )


def _on_schedules(better: Sequence[int]) -> str:
    if better:
        return f"A schedule of solvers loses less than the single best solver at {_evaluations(better)}."
    return (
        "Nor does a schedule of solvers lose less than the single best solver, with an interval clear of zero; where "
        "it is not surely ahead, the single best solver is what is taken."
    )


def _on_gap(parts: pd.DataFrame) -> str:
    """What the gap to the virtual best consists of, in a sentence."""
    if parts["share"].isna().any():
        return ""
    shares = [f"{share:.0%}" for share in parts["share"]]
    return (
        f"What is between the single best solver and the virtual best at {parts['budget'].iloc[0]} evaluations is "
        f"{shares[3]} luck of the seeds; {shares[2]} would take a plan of its own for each problem of a family, "
        f"{shares[1]} one for each family, {shares[0]} the right plan for all: only the last two could be learned from "
        "other problems."
    )


def _evaluations(budgets: Sequence[int]) -> str:
    return f"{', '.join(map(str, budgets))} evaluations"


def claims(
    portfolio: Portfolio, families: Sequence[Judgement], hindsight: Mapping[int, pd.DataFrame], seed: int
) -> list[Claim]:
    """The goals, each with its rule; judged is what landscape-selector does, whose model decides whether it looks."""
    found = []
    for each in families:
        mean, low, high = each.difference(FEATURES, SINGLE, seed=seed)
        missing = never_alone(each.chosen[SCHEDULE], recorded_alone(portfolio).at(each.budget).solvers)
        apart = f"; {', '.join(missing)}, of which the schedule is made, was not run alone so long" if missing else ""
        found.append(
            Claim(
                text=f"At {each.budget} evaluations the selector loses less than the single best solver",
                published="difference < 0",
                ours=f"{mean:+.3f} ({low:+.3f} to {high:+.3f}) in log2 loss",
                verdict=graded(high < 0 and not missing, weaker=mean < 0),
                why=f"{len(each.problems)} problems, families held out{apart}",
                rule="holds: the 95 % interval over problems is below 0, and every solver that the schedule is made of "
                "was run alone, too; weaker: the mean is below 0",
            )
        )
    for each in families:
        if each.budget == 300:
            found.append(_gap_claim(each, hindsight[each.budget]))
        mean, low, high = each.difference(FEATURES, SCHEDULE, seed=seed)
        found.append(
            Claim(
                text=f"At {each.budget} evaluations features choose better than the best schedule and a placebo",
                published="difference < 0",
                ours=f"{mean:+.3f} ({low:+.3f} to {high:+.3f}) in log2 loss to the schedule",
                verdict="holds" if pays(each, seed) else "does not hold",
                rule="holds: the 95 % interval of the difference to the best of schedule, dimension and kinds, and "
                "permuted features is below 0",
            )
        )
    return found


def _gap_claim(judgement: Judgement, hindsight: pd.DataFrame) -> Claim:
    """How much of the gap is closed, and what could be closed at most by one choice per family."""
    closed = judgement.gap_closed(FEATURES)
    frame = hindsight.set_index("in hindsight")
    family, honest = (
        frame.loc["best of each family", "gap closed"],
        frame.loc["virtual best, less its luck", "gap closed"],
    )
    return Claim(
        text=f"At {judgement.budget} evaluations it closes half of the gap to the virtual best",
        published="57.5 % on 702 problems of YAHPO Gym (arXiv 2402.16467)",
        ours=f"{closed:.0%}",
        verdict=graded(closed >= 0.5, weaker=closed > 0),
        why=f"the virtual best is chosen from the same runs: without its luck it is at {honest:.0%} of the gap, the "
        f"best solver of each family in hindsight at {family:.0%}",
        rule="holds: at least 50 %; weaker: more than 0",
    )


def _caption(judgement: Judgement) -> str:
    return (
        f"Losses at {judgement.budget} evaluations (random search: 1), and what was best on the training part, with "
        f"{HOLD_OUT[judgement.held_out]} held out."
    )


def _problems(judgement: Judgement) -> pd.DataFrame:
    columns: dict[str, Sequence[object]] = {
        "problem": judgement.problems,
        "single best": judgement.chosen[SINGLE],
        "schedule": judgement.chosen[SCHEDULE],
    }
    columns |= {f"loss: {choice}": (2 ** judgement.loss[choice]).tolist() for choice in CHOICES if choice != RANDOM}
    return pd.DataFrame(columns)


def _forest(families: Sequence[Judgement], seed: int) -> Figure:
    """Differences to the single best solver with their intervals, a panel per budget."""
    figure = Figure(figsize=(3.2 * len(families) + 1.6, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(families), sharey=True, squeeze=False)[0]
    shown = [choice for choice in CHOICES if choice != SINGLE]
    for axis, each in zip(axes, families, strict=True):
        for row, choice in enumerate(reversed(shown)):
            mean, low, high = each.difference(choice, SINGLE, seed=seed)
            axis.plot([low, high], [row, row], color=_COLORS[choice], linewidth=2.5, solid_capstyle="butt")
            axis.plot([mean], [row], "o", color=_COLORS[choice], markersize=7)
        axis.axvline(0, color="#777777", linewidth=0.8)
        axis.set_title(f"{each.budget} evaluations, {len(each.problems)} problems", fontsize=10)
        axis.set_yticks(np.arange(len(shown)), list(reversed(shown)))
        axis.grid(axis="x", linewidth=0.3)
    figure.supxlabel("log2 loss less that of the single best solver", fontsize=10)
    return figure
