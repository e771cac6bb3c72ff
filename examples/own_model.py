"""Run a model by hand, one stage after the other: read, detect, crop, classify.

python examples/own_model.py MODEL PHOTO...

MODEL is an installed model: `photogender models list` names them. Your own networks become one with
`photogender models add NETWORK.onnx --name MODEL` and flags or a spec that describe their input and outputs.
"""

import sys

from photogender import Classifier, Detector, crop_face, load_spec, read_picture


def main(model: str, *photos: str) -> None:
    """Print the estimate for each face in each photo."""
    spec = load_spec(model)
    detector = Detector(load_spec("centerface"), "cpu")
    classifier = Classifier(spec, "cpu")
    for path in photos:
        picture = read_picture(path)
        boxes = detector.detect(picture.pixels)
        crops = [crop_face(picture, box, spec.nets) for box in boxes]
        for box, guess in zip(boxes, classifier.classify(crops), strict=True):
            print(f"{path} at {box.x1:.0f}, {box.y1:.0f}: {guess.gender}, {guess.age:.0f} years ({guess.age_group})")


if __name__ == "__main__":
    main(*sys.argv[1:])
