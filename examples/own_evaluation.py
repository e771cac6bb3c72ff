"""Evaluate predictions of any other program by photogender's measures.

python examples/own_evaluation.py CSV

The CSV has a line for each face, with the columns gender and age (the truth), predicted_gender and predicted_age (empty
if no face was found).
"""

import csv
import math
import sys

from photogender import Case, Prediction, age_group, score, true_group


def main(table: str) -> None:
    """Print the measures for all faces and by age group."""
    with open(table, newline="", encoding="utf-8") as file:
        cases = [case(row) for row in csv.DictReader(file)]
    scores = score(cases)
    for row in (scores.total, *scores.by_age_group):
        gender = f"{row.gender.value:.1%}"
        if not math.isnan(row.gender.low):  # there is no interval if all faces agree
            gender += f" ({row.gender.low:.1%} to {row.gender.high:.1%})"
        groups = f"group {row.exact.value:.1%}, one off {row.one_off.value:.1%}"
        print(f"{row.name:>8}: {row.faces} faces, gender {gender}, {groups}, {row.mae.value:.1f} years off")


def case(row: dict[str, str]) -> Case:
    """The truth and the prediction of one line."""
    prediction = None
    if row["predicted_gender"]:
        years = float(row["predicted_age"])
        prediction = Prediction(row["predicted_gender"], 1.0, years, age_group(years), None)  # type: ignore[arg-type]
    age = float(row["age"])
    return Case(prediction, row["gender"], age, true_group(age))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*sys.argv[1:])
