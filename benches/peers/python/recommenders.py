"""Recommenders as the packages of Python's registry have them, for `benches/peers`.

Told what to do line by line on stdin, it answers line by line on stdout, in JSON. What is
large goes through files of numbers in a directory that it is given: pairs of a row and an
item (little-endian, 32 bits), lists of items, and scores (64 bits).
"""

import json
import math
import sys
import time
import warnings
from pathlib import Path

MISSING = []
try:
    import numpy as np
except ImportError:
    MISSING.append("numpy")
try:
    import scipy
    from scipy.linalg import lapack
    from scipy.sparse import csr_matrix
except ImportError:
    MISSING.append("scipy")
try:
    import implicit
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import CosineRecommender
except ImportError:
    MISSING.append("implicit")

LIST = 100


class Ease:
    """Weights from the inverse of the Gram matrix, all in 64 bits."""

    kind = "f8"

    def __init__(self, regularisation, cholesky=False):
        self.regularisation, self.cholesky = regularisation, cholesky

    def fit(self, chosen):
        gram = (chosen.T @ chosen).toarray()
        diagonal = np.diag_indices_from(gram)
        gram[diagonal] += self.regularisation
        inverse = by_cholesky(gram) if self.cholesky else np.linalg.inv(gram)
        self.weights = inverse / -np.diag(inverse)
        self.weights[diagonal] = 0.0

    def scores(self, row):
        return self.weights[row.indices].sum(axis=0)

    def recommend(self, row, n):
        scores = self.scores(row)
        scores[row.indices] = -np.inf
        best = np.argpartition(-scores, min(n, len(scores) - 1))[:n]
        return best[np.argsort(-scores[best])]


def by_cholesky(gram):
    """The inverse of a symmetric matrix in half of what a general one takes."""
    factor, failed = lapack.dpotrf(gram, lower=True, overwrite_a=True)
    inverse, wrong = lapack.dpotri(factor, lower=True, overwrite_c=True)
    if failed or wrong:
        raise ArithmeticError("not positive definite")
    lower = np.tril(inverse)
    return lower + np.tril(lower, -1).T


class Als:
    """implicit's, a customer's vector worked out from what is shown."""

    kind = "f4"

    def __init__(self, **parameters):
        self.model = AlternatingLeastSquares(num_threads=1, random_state=1, **parameters)

    def fit(self, chosen):
        self.model.fit(chosen, show_progress=False)

    def recommend(self, row, n):
        return self.model.recommend(0, row, N=n, recalculate_user=True)[0]


class Cosine:
    """implicit's nearest neighbours."""

    kind = "f8"

    def __init__(self, neighbours):
        self.model = CosineRecommender(K=neighbours, num_threads=1)

    def fit(self, chosen):
        self.model.fit(chosen, show_progress=False)

    def recommend(self, row, n):
        return self.model.recommend(0, row, N=n)[0]


MODELS = {"ease": Ease, "als": Als, "cosine": Cosine}


class Session:
    """What is told, done."""

    def __init__(self):
        self.model = None

    def open(self, directory, items):
        self.directory, self.items = Path(directory), items
        self.train = self.matrix("train")
        self.shown = self.matrix("shown")

    def matrix(self, name):
        """Who chose what, each once."""
        pairs = np.fromfile(self.directory / f"{name}.pairs", dtype="<i4").reshape(-1, 2)
        rows, ones = int(pairs[:, 0].max(initial=-1)) + 1, np.ones(len(pairs))
        return csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(rows, self.items))

    def fit(self, model, parameters):
        self.model = MODELS[model](**parameters)
        chosen = self.train.astype(self.model.kind)
        before = time.process_time()
        self.model.fit(chosen)
        return {"cpu_s": time.process_time() - before}

    def ask(self, customers):
        """Lists to be judged, and how long it takes to find the first ten."""
        lists = np.full((customers, LIST), -1, dtype="<i4")
        times = []
        for place, row in enumerate(rows(self.shown, customers, self.model.kind)):
            found = self.model.recommend(row, LIST)[:LIST]
            lists[place, : len(found)] = found
            before = time.thread_time_ns()
            self.model.recommend(row, 10)
            times.append((time.thread_time_ns() - before) / 1e3)
        lists.tofile(self.directory / "lists.items")
        return {"p50_us": percentile(times, 0.5), "p90_us": percentile(times, 0.9)}

    def scores(self, customers):
        shown = rows(self.shown, customers, self.model.kind)
        scores = np.array([self.model.scores(row) for row in shown], dtype="<f8")
        scores.tofile(self.directory / "scores.numbers")
        return {}

    def choose(self, factors):
        """What suits implicit's ALS best, among customers set apart from the training data."""
        whole, before = self.train, time.process_time()
        self.train, shown, held = (self.matrix(n) for n in ("apart", "apart_shown", "apart_held"))
        best = (-1.0, {})
        for regularization in (1.0, 3.0, 10.0, 30.0):
            for alpha in (1.0, 2.0, 4.0, 10.0):
                parameters = {
                    "factors": factors,
                    "regularization": regularization,
                    "alpha": alpha,
                }
                self.fit("als", parameters)
                asked = zip(rows(shown, held.shape[0], self.model.kind), held, strict=True)
                gains = [ndcg(self.model.recommend(row, LIST), of.indices) for row, of in asked]
                best = max(best, (sum(gains) / len(gains), parameters), key=lambda one: one[0])
        self.train = whole
        return {"cpu_s": time.process_time() - before, "parameters": best[1]}


def rows(matrix, count, kind):
    """One row after the other, and empty ones for those who are shown nothing."""
    matrix = matrix.astype(kind)
    for place in range(count):
        yield matrix[place] if place < matrix.shape[0] else csr_matrix((1, matrix.shape[1]))


def ndcg(found, wanted):
    held = set(wanted.tolist())
    if not held:
        return 0.0
    worth = [1.0 / math.log2(place + 2) for place in range(LIST)]
    gained = sum(w for w, item in zip(worth, found.tolist(), strict=False) if item in held)
    return gained / sum(worth[: len(held)])


def percentile(times, share):
    ordered = sorted(times)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0.0


def answer(line):
    print(json.dumps(line), flush=True)


def main():
    if MISSING:
        answer({"missing": MISSING})
        return
    answer(
        {
            "python": sys.version.split()[0],
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "implicit": implicit.__version__,
        }
    )
    # Of a conversion inside implicit, each time anew.
    warnings.filterwarnings("ignore", message="Method expects CSR input")
    session = Session()
    for line in sys.stdin:
        told = json.loads(line)
        answer(getattr(session, told.pop("do"))(**told) or {})


if __name__ == "__main__":
    main()
