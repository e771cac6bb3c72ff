"""Train a network on your own labelled faces and install it as a model.

python examples/train_own_model.py PICTURES FOLDER [ITERATIONS]

PICTURES has a labels.csv (file,age,gender), or pictures named as in UTKFace. The run and the model are written into
FOLDER. The same command resumes a training that was stopped. It needs the extra: pip install 'photogender[cpu,train]'
"""

import os
import sys
from dataclasses import replace

from photogender.training import RECIPES, FaceCounts, Progress, TrainingSettings, export_model, train


def main(pictures: str, folder: str, iterations: str = "2500") -> None:
    """Train the network of Levi & Hassner for age and gender, and export its best weights."""
    recipe = replace(RECIPES["modern"], iterations=int(iterations))
    run = os.path.join(folder, "run")
    trained = train(pictures, run, TrainingSettings("both", recipe), show)
    print(f"best at iteration {trained.best.iteration}: gender {trained.best.scores['gender']:.1%} right")
    facts = {"title": "my network", "licence": "mine", "source": pictures, "accuracy": "not measured"}
    spec = export_model([run], folder, "mine", facts)
    files = [os.path.join(folder, f"mine_{head}.onnx") for head in ("age", "gender")]
    print("Install it with: photogender models add", *files, "--spec", spec, "--name mine")


def show(report: Progress | FaceCounts) -> None:
    """Print every hundredth iteration."""
    match report:
        case FaceCounts(training, validation):
            print(f"{training} faces to learn from, {validation} to choose the best weights by")
        case Progress("training", done, total, float(loss)) if done % 100 == 0:
            print(f"iteration {done} of {total}: loss {loss:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
