"""Fills missing values of a table of subjects: a thin entry point over scikit-learn.

    python3 impute_clinical.py --params params.json --inputs inputs --outputs outputs

Reads inputs/{slug}/participants.tsv (one dataset) and writes outputs/participants.tsv and outputs/report.json.
Everything that is learnt (means, distances, clusters, trees, scales) is learnt from training rows only.
"""

import argparse
import json
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.preprocessing import StandardScaler

ABSENT = {"", "n/a", "NaN", "nan", "NA"}


class Refusal(Exception):
    """What is wrong with the inputs, in a sentence for the person who launched the run."""


class ClusterMeans:
    """
    Missing values become those of the nearest of k centres; nearness is taken over the values that are there. Centres and
    fillings are found in turns until neither changes (k-POD, Chi, Chi and Baraniuk 2016, doi:10.1080/00031305.2015.1086685).
    """

    def __init__(self, clusters, seed):
        self.clusters = clusters
        self.seed = seed

    def fit(self, table):
        filled = SimpleImputer(strategy="mean", keep_empty_features=True).fit_transform(table)
        for _ in range(50):
            count = min(self.clusters, len(np.unique(filled, axis=0)))
            model = KMeans(n_clusters=count, n_init=10, random_state=self.seed)
            self.centres = model.fit(filled).cluster_centers_
            before, filled = filled, self.transform(table)
            if np.allclose(before, filled):
                break
        return self

    def transform(self, table):
        filled = table.copy()
        for row in filled:
            gaps = np.isnan(row)
            if gaps.any():
                there = ~gaps
                away = ((self.centres[:, there] - row[there]) ** 2).sum(axis=1)
                row[gaps] = self.centres[np.argmin(away)][gaps]
        return filled


def make_imputer(params):
    method = params["method"]
    seed = params["seed"]
    if method == "mean":
        return SimpleImputer(strategy="mean", keep_empty_features=True)
    if method == "knn":
        return KNNImputer(n_neighbors=params["neighbours"], keep_empty_features=True)
    if method == "kmeans":
        return ClusterMeans(params["neighbours"], seed)
    if method == "trees":
        trees = ExtraTreesRegressor(n_estimators=50, random_state=seed, n_jobs=1)
        return IterativeImputer(trees, max_iter=5, random_state=seed, keep_empty_features=True)
    raise Refusal(f"There is no method {method!r}.")


def read_table(inputs):
    tables = sorted(inputs.glob("*/participants.tsv"))
    if len(tables) != 1:
        raise Refusal(f"One dataset is imputed at a time; there are {len(tables)} tables.")
    # Tables in the form of BIDS have no quotes: a quotation mark is a character like any other.
    lines = tables[0].read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    rows = [line.removesuffix("\r").split("\t") for line in lines]
    if rows == [[""]] or any(len(row) != len(rows[0]) for row in rows):
        raise Refusal("participants.tsv is empty, or its rows differ in length.")
    return rows[0], rows[1:]


def column(header, name):
    if header.count(name) != 1:
        raise Refusal(f"The table has no column {name!r}, or more than one.")
    return header.index(name)


def number(text, absent, where):
    if text.strip() in absent:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise Refusal(f"{where} is {text!r}, not a number; say in `missing` how a missing number is written.")
    return value


def numbers(header, rows, params):
    absent = ABSENT | {params["missing"].strip()}
    places = [column(header, name) for name in params["variables"]]
    table = np.array(
        [
            [number(row[place], absent, f"{header[place]} of row {line}") for place in places]
            for line, row in enumerate(rows, start=1)
        ]
    ).reshape(len(rows), len(places))
    return places, table


def training_rows(header, rows, params):
    name = params.get("splitColumn")
    if name is None:
        return np.ones(len(rows), dtype=bool)
    place = column(header, name)
    return np.array([row[place] == params["trainingValue"] for row in rows], dtype=bool)


def impute(table, training, params):
    """The table without gaps. Nothing of a row outside `training` reaches another row."""
    learnt = table[training]
    empty = [name for name, gaps in zip(params["variables"], np.isnan(learnt).T) if gaps.all()]
    if empty:
        raise Refusal(f"No training row has a value of {', '.join(empty)}; leave it out.")
    scaler = StandardScaler().fit(learnt)
    imputer = make_imputer(params).fit(scaler.transform(learnt))
    filled = scaler.inverse_transform(imputer.transform(scaler.transform(table)))
    # What was measured stays what it was, to the last digit.
    return np.where(np.isnan(table), filled, table)


def write_outputs(outputs, header, rows, report):
    outputs.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(cells) + "\n" for cells in (header, *rows)]
    (outputs / "participants.tsv").write_bytes("".join(lines).encode("utf-8"))
    text = json.dumps(report, indent=2, ensure_ascii=False, sort_keys=True)
    (outputs / "report.json").write_text(text + "\n", encoding="utf-8")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("params", "inputs", "outputs"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    places = parser.parse_args(argv)
    params = json.loads(places.params.read_text(encoding="utf-8"))
    header, rows = read_table(places.inputs)
    training = training_rows(header, rows, params)
    if not training.any():
        raise Refusal("There is no training row: check splitColumn and trainingValue.")
    columns, table = numbers(header, rows, params)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        filled = impute(table, training, params)
    gaps = np.isnan(table)
    for row, place in zip(*np.nonzero(gaps)):
        rows[row][columns[place]] = repr(round(float(filled[row, place]), 6))
    report = {
        "method": params["method"],
        "seed": params["seed"],
        "rows": len(rows),
        "trainingRows": int(training.sum()),
        "variables": [
            {"name": name, "missing": int(gaps[:, place].sum()), "filled": int(gaps[:, place].sum())}
            for place, name in enumerate(params["variables"])
        ],
        "warnings": sorted({str(one.message) for one in heard}),
        "software": {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "python": sys.version.split()[0]},
    }
    write_outputs(places.outputs, header, rows, report)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refusal as refusal:
        sys.exit(f"impute-clinical: {refusal}")
