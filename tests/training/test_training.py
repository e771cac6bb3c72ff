"""Training as a user does it: from a folder to a model, stopped and resumed exactly."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photogender.cli import main
from photogender.errors import PhotogenderError
from photogender.evaluation.datasets import Example
from photogender.labels import AGE_GROUPS, true_group
from photogender.models.read import read_spec
from tests.support.adience import save_picture, write_lists
from tests.support.photos import face, write_faces

torch = pytest.importorskip("torch")

from photogender.training import run  # noqa: E402
from photogender.training.data.batches import batches  # noqa: E402
from photogender.training.data.faces import TEMPLATE, cache_faces  # noqa: E402
from photogender.training.data.labelled import labelled  # noqa: E402
from photogender.training.data.prepared import Prepared, mean_face  # noqa: E402
from photogender.training.data.views import centre  # noqa: E402
from photogender.training.loop import run_iterations  # noqa: E402
from photogender.training.nets.choose import new_net  # noqa: E402
from photogender.training.nets.levi_hassner import LeviHassner, initialise  # noqa: E402
from photogender.training.recipe import Augmentation, Recipe, learning_rate, side  # noqa: E402
from photogender.training.recipes import FINISH, MODERN, PAPER  # noqa: E402
from photogender.training.run import load_best  # noqa: E402
from photogender.training.scores import score  # noqa: E402
from photogender.training.settings import TrainingSettings  # noqa: E402
from photogender.training.step import Stepper  # noqa: E402

NUMBER = 40
QUICK = replace(MODERN, iterations=4, batch_size=6, warm_up=2)


def example(index: int) -> Example:
    age = float(index * 7 % 90)
    return Example(f"{index}", age, "male" if index % 3 else "female", None, true_group(age))


@pytest.fixture(scope="module")
def data() -> Prepared:
    """Faces of noise, 30 to learn from."""
    chips = np.random.default_rng(0).integers(0, 256, (NUMBER, 256, 256, 3), dtype=np.uint8)
    examples = tuple(map(example, range(NUMBER)))
    rows = list(range(NUMBER))
    train_part = labelled(examples, chips, rows[:30], "both", soft_ages=True)
    others = [labelled(examples, chips, part, "both", soft_ages=False) for part in (rows[30:35], rows[35:])]
    return Prepared(train_part, *others, mean=torch.full((3, 227, 227), 127.0))


def state(folder: Path) -> dict[str, object]:
    return torch.load(folder / run.CHECKPOINT, weights_only=True)


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


class Stopped(BaseException):
    """Like Ctrl-C, anywhere."""


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("recipe", [QUICK, replace(QUICK, optimiser="sgd", average=0.0, precision="float32")])
def test_a_stopped_run_resumes_with_the_same_result(
    data: Prepared, tmp_path: Path, recipe: Recipe, threads: int
) -> None:
    job = TrainingSettings("both", recipe, seed=5, evaluate_every=1, threads=threads)
    run_iterations(job, data, str(tmp_path / "whole"), lambda done, loss: None)

    def stop(done: int, loss: float) -> None:
        if done == 3:
            raise Stopped

    with pytest.raises(Stopped):
        run_iterations(job, data, str(tmp_path / "cut"), stop)
    assert state(tmp_path / "cut")["iteration"] == 2
    done = []
    run_iterations(job, data, str(tmp_path / "cut"), lambda number, loss: done.append(number))
    assert done == [3, 4]
    whole, cut = state(tmp_path / "whole"), state(tmp_path / "cut")
    for each in (whole, cut):
        for row in each["log"]:
            row["seconds"] = 0
    assert same(whole, cut)
    best = [load_best(str(tmp_path / name)).state_dict() for name in ("whole", "cut")]
    assert same(*best)


@pytest.mark.slow
def test_the_saved_weights_are_a_mean_over_the_run(data: Prepared, tmp_path: Path) -> None:
    recipe = replace(QUICK, schedule="constant", average=0.9999, recent=1)
    for number in (1, 2):
        run_iterations(
            TrainingSettings("both", replace(recipe, iterations=number)),
            data,
            str(tmp_path / f"{number}"),
            lambda done, loss: None,
        )
    first = new_net("both", {}, data.mean, recipe, 0).state_dict()
    one, two = state(tmp_path / "1"), state(tmp_path / "2")
    for name, values in two["average"].items():
        assert torch.allclose(values, (first[name] + one["net"][name] + two["net"][name]) / 3, atol=1e-6)


@pytest.mark.slow
def test_a_run_keeps_to_its_settings_and_starts_from_another(data: Prepared, tmp_path: Path) -> None:
    job = TrainingSettings("both", replace(QUICK, iterations=1))
    (row,) = run_iterations(job, data, str(tmp_path / "first"), lambda done, loss: None)
    assert (row.iteration, row.side) == (1, 131)
    assert set(row.scores) == {"loss", "age", "one_off", "gender"}
    with pytest.raises(PhotogenderError, match="differs in: recipe, seed"):
        run_iterations(replace(job, seed=1, recipe=QUICK), data, str(tmp_path / "first"), lambda done, loss: None)
    assert run_iterations(job, data, str(tmp_path / "first"), lambda done, loss: pytest.fail("it was done")) == [row]

    gender = Prepared(
        *(
            replace(part, targets={"gender": part.targets["gender"]})
            for part in (data.train, data.validation, data.test)
        ),
        mean=torch.zeros(3, 227, 227),
    )
    still = replace(QUICK, iterations=1, learning_rate=0.0, average=0.0, weight_decay=0.0)
    run_iterations(
        TrainingSettings("gender", still, start=str(tmp_path / "first")),
        gender,
        str(tmp_path / "second"),
        lambda done, loss: None,
    )
    first, second = (load_best(str(tmp_path / name)).state_dict() for name in ("first", "second"))
    assert set(second) == {name for name in first if not name.startswith(("fc8.age", "fc8.years"))}
    assert all(
        torch.equal(first[name], second[name]) for name in second
    )  # including the mean face, which belongs to the weights


def test_a_run_without_progress_ends_early(data: Prepared, tmp_path: Path) -> None:
    still = replace(QUICK, iterations=50, learning_rate=0.0, average=0.0)
    log = run_iterations(
        TrainingSettings("both", still, evaluate_every=1, patience=2), data, str(tmp_path), lambda done, loss: None
    )
    assert len(log) == 3
    assert [json.loads(line)["iteration"] for line in (tmp_path / run.LOG).read_text().splitlines()] == [1, 2, 3]


def test_a_damaged_checkpoint_is_refused(data: Prepared, tmp_path: Path) -> None:
    (tmp_path / run.CHECKPOINT).write_bytes(b"PK damaged")
    with pytest.raises(PhotogenderError, match=r"checkpoint\.pt cannot be read"):
        run_iterations(TrainingSettings("both", QUICK), data, str(tmp_path), lambda done, loss: None)
    torch.save({"net": {}}, tmp_path / run.CHECKPOINT)
    with pytest.raises(PhotogenderError, match=r"checkpoint\.pt was not written by photogender train"):
        run_iterations(TrainingSettings("both", QUICK), data, str(tmp_path), lambda done, loss: None)


def test_no_thread_outlives_a_stopped_training(data: Prepared, tmp_path: Path) -> None:
    settings = TrainingSettings("both", replace(QUICK, iterations=1), threads=3)
    before = threading.active_count()

    def stop(done: int, loss: float) -> None:
        raise Stopped

    with pytest.raises(Stopped) as stopped:
        run_iterations(settings, data, str(tmp_path), stop)
    assert threading.active_count() == before
    assert stopped.tb is not None, "it keeps the training's own variables alive until here"


def test_a_run_is_resumed_with_its_own_settings(data: Prepared, tmp_path: Path) -> None:
    settings = TrainingSettings("both", replace(QUICK, iterations=1))
    log = run_iterations(settings, data, str(tmp_path), lambda done, loss: None)
    with pytest.raises(PhotogenderError, match="differs in: seed, teachers"):
        run_iterations(replace(settings, seed=1, teachers=("other",)), data, str(tmp_path), lambda done, loss: None)
    moved = replace(settings, faces="elsewhere", threads=1)
    assert run_iterations(moved, data, str(tmp_path), lambda done, loss: pytest.fail("it was done")) == log


def test_a_network_learns_what_it_is_shown() -> None:
    """Men are dark, women bright."""
    rng = np.random.default_rng(4)
    chips = rng.integers(0, 100, (16, 256, 256, 3), dtype=np.uint8)
    chips[::3] += 100  # the women of ``example``
    faces = labelled(tuple(map(example, range(16))), chips, list(range(16)), "gender", soft_ages=False)
    recipe = replace(QUICK, iterations=40, batch_size=8, sides=((0.0, 67),))
    net = LeviHassner("gender", torch.full((3, 227, 227), 80.0), recipe.dropout, recipe.input_scale)
    initialise(net, "kaiming", 0)
    stepper = Stepper(net, recipe, 0, threads=1)
    losses = [stepper.step(batch, number) for number, batch in enumerate(batches(faces, recipe, 0, 0))]
    stepper.close()
    assert np.mean(losses[-5:]) < 0.2 < np.mean(losses[:3])
    assert score(net, faces, 67)["gender"] == 1


def test_twins_add_up_to_the_whole_batch(data: Prepared) -> None:
    """A batch in two pieces gives the same gradients as in one."""
    recipe = replace(QUICK, dropout=0.0, precision="float32", gradient_limit=np.inf)
    (batch, *_) = batches(data.train, replace(recipe, iterations=1), 0, 0)
    found = []
    for threads in (1, 2):
        net = LeviHassner("both", data.mean, 0.0, recipe.input_scale)
        initialise(net, "kaiming", 3)
        stepper = Stepper(net, recipe, 0, threads)
        loss = stepper.step(batch, 0)
        stepper.close()
        found.append((loss, [values.grad for values in net.parameters()]))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for one, other in zip(found[0][1], found[1][1], strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 99))
def test_every_face_comes_once_before_any_comes_again(number: int, size: int, seed: int) -> None:
    chips = np.zeros((number, 256, 256, 3), np.uint8)
    chips[:, :] = np.arange(number, dtype=np.uint8)[:, None, None, None]
    examples = tuple(replace(example(index), age=None, group=None) for index in range(number))
    faces = labelled(examples, chips, list(range(number)), "gender", soft_ages=False)
    recipe = Recipe("", ("gender",), iterations=-(-2 * number // size), batch_size=size)
    shown = [pixels for batch in batches(faces, recipe, seed, 0) for pixels in batch.pixels[:, 0, 0, 0].tolist()]
    assert sorted(shown[:number]) == list(range(number))
    assert sorted(shown[number : 2 * number]) == list(range(number))
    later = [pixels for batch in batches(faces, recipe, seed, 1) for pixels in batch.pixels[:, 0, 0, 0].tolist()]
    assert later == shown[size:]


def test_the_papers_views_are_crops_and_their_mirrors() -> None:
    chips = np.random.default_rng(1).integers(0, 256, (1, 256, 256, 3), dtype=np.uint8)
    faces = labelled((example(1),), chips, [0], "gender", soft_ages=False)
    found = set()
    for batch in batches(faces, replace(PAPER, iterations=40, batch_size=1), 0, 0):
        view = batch.pixels[0].astype(np.uint8)[..., ::-1]
        assert view.shape == (227, 227, 3)
        places = [
            (x, y, mirrored)
            for mirrored, each in ((False, view), (True, view[:, ::-1]))
            for y, x in np.argwhere((chips[0, :30, :30] == each[0, 0]).all(-1)).tolist()
            if np.array_equal(chips[0, y : y + 227, x : x + 227], each)
        ]
        assert len(places) == 1
        found.add(places[0])
    assert len(found) > 35
    assert {mirrored for _, _, mirrored in found} == {False, True}


def test_varied_views_are_the_face_a_little_moved() -> None:
    """A bright spot in the middle stays near it, at every size and blur; values stay in their range."""
    chips = np.full((1, 256, 256, 3), 40, np.uint8)
    chips[0, 112:144, 112:144] = 220
    faces = labelled((example(1),), chips, [0], "gender", soft_ages=False)
    for pixels in (131, 227):
        recipe = replace(MODERN, iterations=30, batch_size=2, sides=((0.0, pixels),))
        for batch in batches(faces, recipe, 3, 0):
            for view in batch.pixels:
                assert view.shape == (pixels, pixels, 3)
                assert view.min() >= 0 and view.max() <= 255  # noqa: PT018
                bright = np.argwhere(view.sum(-1) > (view.sum(-1).max() + view.sum(-1).min()) / 2).mean(axis=0)
                assert np.abs(bright / pixels - 0.5).max() < 0.09


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([131, 163, 227]))
def test_varied_views_keep_the_shape(seed: int, pixels: int) -> None:
    """A red, a green and a blue spot stay a similar triangle: moved, rotated, zoomed, perhaps mirrored."""
    places = np.array([(90, 100), (160, 110), (120, 165)])
    chips = np.zeros((1, 256, 256, 3), np.uint8)
    for channel, (x, y) in enumerate(places):
        chips[0, y - 5 : y + 5, x - 5 : x + 5, channel] = 255
    faces = labelled((example(1),), chips, [0], "gender", soft_ages=False)
    moved = replace(Augmentation(), light=0, blur=0, grey=0)
    recipe = replace(MODERN, iterations=1, batch_size=1, sides=((0.0, pixels),), augmentation=moved)
    (batch,) = batches(faces, recipe, seed, 0)
    view = batch.pixels[0, :, :, ::-1]
    rows, columns = np.mgrid[:pixels, :pixels] + 0.5
    weight = view.sum(axis=(0, 1))
    found = np.stack([(view * axis[..., None]).sum(axis=(0, 1)) / weight for axis in (columns, rows)], axis=1)

    def sides(triangle: np.ndarray) -> np.ndarray:
        return np.linalg.norm(triangle - np.roll(triangle, 1, axis=0), axis=1)

    zoom = sides(found) / sides(places) * (227 / pixels)
    assert zoom.max() / zoom.min() < 1.02
    assert np.exp(-0.13) < zoom.mean() < np.exp(0.13)
    turn = np.degrees(np.angle(complex(*(found[1] - found[0])) / complex(*(places[1] - places[0]))))
    (ax, ay), (bx, by) = found[1:] - found[0]
    mirrored = ax * by < ay * bx
    assert mirrored or abs(turn) < 10.5


def test_the_middle_is_what_a_prediction_sees() -> None:
    chips = np.random.default_rng(1).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    assert np.array_equal(centre(chips), chips[:, 14:241, 14:241, ::-1])
    assert centre(chips, 131).shape == (2, 131, 131, 3)


@given(st.floats(0, 116))
def test_soft_ages_are_distributions_about_the_age(age: float) -> None:
    examples = (Example("", age, None, None, true_group(age)),)
    faces = labelled(examples, np.zeros((1, 1), np.uint8), [0], "both", soft_ages=True)
    for name in ("age", "years"):
        assert faces.targets[name].sum() == pytest.approx(1, abs=1e-5)
        assert (faces.targets[name] >= 0).all()
    if (group := true_group(age)) and age != 60:
        assert AGE_GROUPS[int(faces.targets["age"].argmax())] == group
    assert age > 80 or abs(int(faces.targets["years"].argmax()) - age) <= 1  # 100 takes all that is older
    assert not faces.targets["gender"].any()


def test_hard_ages_leave_out_those_between_groups() -> None:
    examples = tuple(Example("", age, "male", None, true_group(age)) for age in (1.0, 3.0, 35.0, 70.0))
    assert labelled(examples, np.zeros(4, np.uint8), [0, 1, 2, 3], "age", False).rows.tolist() == [0, 3]
    assert labelled(examples, np.zeros(4, np.uint8), [0, 1, 2, 3], "gender", False).rows.tolist() == [0, 1, 2, 3]


def test_the_papers_learning_rate_falls_every_fifth() -> None:
    rates = [learning_rate(PAPER, number) for number in (0, 9_999, 10_000, 20_000, 49_999)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5, 1e-7])
    assert {side(PAPER, number) for number in (0, 49_999)} == {227}


def test_the_modern_learning_rates_rise_and_fall() -> None:
    assert learning_rate(MODERN, 0) == pytest.approx(MODERN.learning_rate / MODERN.warm_up)
    assert learning_rate(MODERN, MODERN.iterations - 1) == MODERN.learning_rate
    last = [learning_rate(FINISH, number) for number in range(FINISH.warm_up, FINISH.iterations)]
    assert last == sorted(last, reverse=True)
    assert last[-1] < 1e-8


def test_faces_are_detected_once_and_cached(tmp_path: Path) -> None:
    pictures = []
    for index in range(3):
        path = tmp_path / f"{index}.png"
        picture = face().crop((60, 20, 240, 200)) if index else Image.new("RGB", (90, 90), (30, 60, 90))
        picture.save(path)
        pictures.append(Example(str(path), 30.0 + index, "female", None, None))
    worked: list[int] = []
    faces = cache_faces(pictures, str(tmp_path / "kept"), worked.append)
    assert sorted(worked) == [1, 2, 3]
    assert faces.found.tolist() == [False, True, True]
    assert faces.chips.shape == (3, 256, 256, 3)
    assert (faces.chips[0] == (30, 60, 90)).all()
    again = cache_faces(pictures, str(tmp_path / "kept"), lambda done: pytest.fail("it was kept"))
    assert np.array_equal(again.chips, faces.chips)
    assert again.found.tolist() == [False, True, True]
    os.utime(pictures[1].path, (1, 1))
    cache_faces(pictures, str(tmp_path / "kept"), worked.append)
    assert len(worked) == 6
    assert torch.allclose(mean_face(faces, [0])[:, 0, 0], torch.tensor([90.0, 60.0, 30.0]))


def colours(folder: Path, *shades: int) -> list[Example]:
    """Pictures without a face, so that the chip is the picture."""
    examples = []
    for shade in shades:
        path = folder / f"{shade}.png"
        Image.new("RGB", (80, 80), (shade, shade, shade)).save(path)
        examples.append(Example(str(path), 30.0, "female", None, None))
    return examples


def test_an_interrupted_second_data_set_leaves_no_wrong_faces(tmp_path: Path) -> None:
    """The index of the first set must not describe an array that the second one has begun to overwrite."""
    first, second = colours(tmp_path, 10, 20), colours(tmp_path, 200, 210)
    cache_faces(first, str(tmp_path / "kept"), lambda done: None)

    def stop(done: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        cache_faces(second, str(tmp_path / "kept"), stop)
    again = cache_faces(first, str(tmp_path / "kept"), lambda done: None)
    assert again.chips[:, 0, 0, 0].tolist() == [10, 20]


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"key": 1}', None])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    pictures = colours(tmp_path, 10, 20)
    kept = tmp_path / "kept"
    faces = cache_faces(pictures, str(kept), lambda done: None)
    if damage is None:
        (kept / "faces.npy").write_bytes((kept / "faces.npy").read_bytes()[:1000])
    else:
        (kept / "faces.json").write_bytes(damage)
    worked: list[int] = []
    again = cache_faces(pictures, str(kept), worked.append)
    assert len(worked) == 2
    assert (again.digest, again.chips[:, 0, 0, 0].tolist()) == (faces.digest, [10, 20])


def test_a_picture_that_is_gone_is_named(tmp_path: Path) -> None:
    missing = Example(str(tmp_path / "gone.png"), 30.0, "female", None, None)
    with pytest.raises(PhotogenderError, match=r"gone\.png cannot be read: No such file"):
        cache_faces([missing], str(tmp_path / "kept"), lambda done: None)


@pytest.mark.slow
def test_from_a_folder_to_a_model(tmp_path: Path) -> None:
    pictures = write_faces(tmp_path / "pictures")
    runner = CliRunner()
    common = ["train", "levi-hassner", "--data", str(pictures), "--faces", str(tmp_path / "faces"), "--threads", "1"]
    both = [*common, "--task", "both", "--recipe", "modern", "--iterations", "2", "--out", str(tmp_path / "both")]
    result = runner.invoke(main, both)
    assert result.exit_code == 0, result.output
    assert "Best of 1 evaluations, at iteration 2: " in result.stdout
    parts = json.loads((tmp_path / "both" / "parts.json").read_text())
    assert sum(map(len, parts.values())) == 60
    assert (tmp_path / "both" / "curves.png").read_bytes()[:4] == b"\x89PNG"
    again = runner.invoke(main, both)
    assert again.stdout == result.stdout
    gender = [*common, "--task", "gender", "--recipe", "finish", "--iterations", "1", "--start", str(tmp_path / "both")]
    assert runner.invoke(main, [*gender, "--out", str(tmp_path / "gender")]).exit_code == 0

    exported = ["train", "export", str(tmp_path / "both"), str(tmp_path / "gender"), "--out", str(tmp_path / "model")]
    result = runner.invoke(main, exported)
    assert result.exit_code == 0, result.output
    spec = read_spec(tmp_path / "model" / "levi-hassner.toml", "mine")
    age, gender_net = spec.nets
    assert age.age is not None and age.age.groups == AGE_GROUPS  # noqa: PT018
    assert gender_net.gender is not None and gender_net.gender.labels == ("male", "female")  # noqa: PT018
    assert age.alignment is not None and age.alignment.template == TEMPLATE  # noqa: PT018
    assert age.file.read()[:1]
    assert sum(net.file.size for net in spec.nets) < 40e6

    files = [str(tmp_path / "model" / net.file.name) for net in spec.nets]
    environment = {"PHOTOGENDER_MODELS": str(tmp_path / "models")}
    added = runner.invoke(
        main,
        ["models", "add", *files, "--spec", str(tmp_path / "model" / "levi-hassner.toml"), "--name", "mine"],
        env=environment,
    )
    assert added.exit_code == 0, added.output
    scanned = runner.invoke(
        main,
        ["scan", str(pictures), "--model", "mine", "--catalog", str(tmp_path / "c.db"), "--limit", "3"],
        env=environment,
    )
    assert scanned.exit_code == 0, scanned.output


def test_a_task_without_a_run_is_refused(tmp_path: Path, data: Prepared) -> None:
    gender = replace(
        data,
        train=replace(data.train, targets={"gender": data.train.targets["gender"]}),
        validation=replace(data.validation, targets={"gender": data.validation.targets["gender"]}),
    )
    run_iterations(
        TrainingSettings("gender", replace(QUICK, iterations=1)), gender, str(tmp_path / "run"), lambda done, loss: None
    )
    result = CliRunner().invoke(main, ["train", "export", str(tmp_path / "run"), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "None of these runs learned age." in result.stderr
    assert not (tmp_path / "out").exists()
    empty = CliRunner().invoke(main, ["train", "export", str(tmp_path), "--out", str(tmp_path / "out")])
    assert (empty.exit_code, "best.pt cannot be read" in empty.stderr) == (1, True)


def test_without_torch_the_command_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['torch'] = None\nfrom photogender.cli import main; main(sys.argv[1:])"
    command = ["train", "levi-hassner", "--data", str(tmp_path), "--task", "age", "--out", str(tmp_path / "out")]
    result = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'photogender[train]'" in result.stderr


@pytest.mark.slow
def test_a_fold_of_adience_is_trained_on(tmp_path: Path) -> None:
    """Made-up users; the faces of the fold are only in the test part, and another fold is another run."""
    place = tmp_path / "adience"
    labels = ("(0, 2)", "(25, 32)", "(60, 100)", "35")
    lists = [
        [
            (f"{fold}{user}@N00", f"{user}.jpg", str(face), labels[(user + face) % 4], "fm"[face % 2])
            for user in range(6)
            for face in range(2)
        ]
        for fold in range(5)
    ]
    write_lists(place, lists)
    rng = np.random.default_rng(5)
    for line in (line for each in lists for line in each):
        x, y = rng.integers(0, 40, 2)
        save_picture(place, line, face().crop((40 + x, y, 240 + x, 200 + y)))
    common = ["train", "levi-hassner", "--adience", str(place), "--faces", str(tmp_path / "faces"), "--task", "age"]
    common += ["--recipe", "modern", "--iterations", "1", "--threads", "1"]
    out = ["--out", str(tmp_path / "run")]
    result = CliRunner().invoke(main, [*common, *out, "--fold", "2"])
    assert result.exit_code == 0, result.output
    parts = json.loads((tmp_path / "run" / "parts.json").read_text())
    assert {Path(path).parent.name[0] for path in parts["test"]} == {"2"}
    users = [{Path(path).parent.name for path in parts[part]} for part in ("train", "validation", "test")]
    assert sum(map(len, users)) == len(set.union(*users)) == 30
    other = CliRunner().invoke(main, [*common, *out, "--fold", "3"])
    assert (other.exit_code, "another division" in other.stderr) == (1, True)
    assert CliRunner().invoke(main, [*common, *out]).exit_code == 2
