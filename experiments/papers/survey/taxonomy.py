"""What the survey discusses: search spaces, search strategies and ways to estimate performance.

Source: elsken2019, sections 2 to 4.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """Something that the survey discusses.

    Args:
        what: In the survey's words.
        who: Works that the survey cites for it.
        ours: Registered names of the same, or of what comes closest: problems, solvers, one-shot methods, or pages;
            none: iohnas does not have it.
        note: How ours differs, or why there is none.
        published: Numbers that the survey quotes.
    """

    what: str
    who: str
    ours: tuple[str, ...] = ()
    note: str = ""
    published: str = ""


SPACES = (
    Named(
        "chain-structured networks",
        "Baker 2017a, Suganuma 2017, Cai 2018a",
        ("train-chaincnn-digits", "train-mlp-digits"),
        "train-multibranch-digits has conditional type, kernel and number of layers; without skip bits, it is a chain",
    ),
    Named(
        "multi-branch networks with skip connections",
        "Brock 2017, Elsken 2017, Zoph 2018",
        ("train-multibranch-digits",),
        "chains, residual networks and DenseNets are special cases",
    ),
    Named("cells", "Zoph 2018, Real 2018, Liu 2018b", ("train-nb201-digits", "train-nb101-digits")),
    Named(
        "normal and reduction cells",
        "Zoph 2018",
        ("train-darts-digits",),
        "DARTS's two cells, 32 variables; the survey's example has 40",
        "40 categorical dimensions; seven times faster than whole networks",
    ),
    Named(
        "meta-architecture: how many cells, how connected",
        "Zoph 2018, Cai 2018b",
        ("train-meta-digits",),
        "number, width and connection of NAS-Bench-201 cells as variables",
    ),
    Named(
        "hierarchical motifs", "Liu 2018a", ("train-hierarchical-digits",), "three levels, as published; 46 variables"
    ),
    Named(
        "architecture and hyperparameters jointly",
        "Klein 2018, Mendoza 2016, Zela 2018",
        ("fcnet-protein",),
        "the benchmark that the survey calls a first step",
        "62,208 configurations of nine hyperparameters",
    ),
)

STRATEGIES = (
    Named("random search", "", ("random-search",), "", "about 4 % (Real 2018); 3.9 % (Liu 2018a)"),
    Named(
        "Bayesian optimization, Gaussian processes", "Swersky 2013, Kandasamy 2018", ("bayesian-optimization", "nasbot")
    ),
    Named("Bayesian optimization, treed Parzen estimators", "Bergstra 2011", ("optuna-tpe",)),
    Named(
        "Bayesian optimization, random forests",
        "Hutter 2011",
        ("smac",),
        "smac is SMAC3; left out here, as each forest takes two seconds",
    ),
    Named("evolution, removing the worst", "Real 2017", ("deap-mu-plus-lambda",)),
    Named("evolution, removing the oldest", "Real 2018", ("aging-evolution",), "", "about 3.5 %"),
    Named(
        "evolution from a Pareto front",
        "Elsken 2018",
        ("mo-aging-evolution", "pymoo-nsga2"),
        "several objectives",
    ),
    Named(
        "policy gradient, REINFORCE",
        "Zoph 2017",
        ("reinforce",),
        "independent softmaxes, as in NATS-Bench, without a network",
    ),
    Named("PPO with an RNN controller", "Zoph 2018", ("ppo",), "LSTM in numpy", "about 3.5 % (RL)"),
    Named("Q-learning", "Baker 2017a, Zhong 2018", ("q-learning",)),
    Named("Monte Carlo tree search", "Negrinho 2017, Wistuba 2017", ("mcts",), "UCT, as in Wistuba 2017"),
    Named("progressive, sequential model-based", "Liu 2017", ("pnas",)),
    Named("hill climbing", "Elsken 2017", ("local-search",), "`morphism-hill-climbing` uses network morphisms"),
    Named(
        "gradient-based, continuous relaxation",
        "Liu 2018b, Shin 2018, Ahmed 2017",
        ("darts", "snas", "gdas"),
        "one-shot methods: `iohnas reproduce one-shot`",
    ),
)

ESTIMATION = (
    Named("fewer epochs", "Zoph 2018, Zela 2018", ("estimation", "successive-halving", "asha")),
    Named(
        "a subset of the data",
        "Klein 2017a",
        ("train-nb201-digits",),
        "fidelity train_share of every problem that trains networks, and of some YAHPO scenarios",
    ),
    Named(
        "images of lower resolution",
        "Chrabaszcz 2017",
        ("train-nb201-digits",),
        "fidelity resolution of every problem that trains networks",
    ),
    Named(
        "fewer filters per layer",
        "Zoph 2018, Real 2018",
        ("train-nb201-digits",),
        "fidelity width; in train-meta-digits the channels are a variable",
    ),
    Named("gradual increase in fidelities", "Li 2017, Falkner 2018", ("hyperband", "bohb", "dehb", "smac-hyperband")),
    Named(
        "learning curve extrapolation",
        "Swersky 2014, Domhan 2015, Klein 2017b, Baker 2017b",
        ("freeze-thaw", "estimation"),
    ),
    Named("a surrogate of the architecture", "Liu 2017", ("pnas", "bananas", "bananas-published")),
    Named(
        "weight inheritance, network morphisms",
        "Wei 2016, Cai 2018a, Elsken 2017, Elsken 2018",
        ("morphism-digits", "morphism-hill-climbing", "lemonade"),
    ),
    Named("one-shot, trained with a controller", "Pham 2018", ("enas",)),
    Named("one-shot, trained with a relaxation", "Liu 2018b", ("darts",)),
    Named("one-shot, trained once with path dropout", "Bender 2018", ("path-dropout",)),
    Named("hypernetworks", "Brock 2017", (), "no supernet in iohnas generates its weights"),
)
