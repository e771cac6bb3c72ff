"""What records know by themselves."""

from photogender.records import FaceBox, same_faces


def test_same_faces_are_the_best_overlaps_first_and_each_once() -> None:
    def box(x: float) -> FaceBox:
        return FaceBox(x, 0, x + 10, 10, 1.0)

    assert same_faces([box(0), box(3)], [box(2)], 0.3) == {1: 0}
    assert same_faces([box(0), box(3)], [box(2), box(1)], 0.3) == {1: 0, 0: 1}
    assert same_faces([box(0)], [box(6)], 0.3) == {}
    assert box(0).iou(box(5)) >= 0.3 > box(0).iou(box(6))
    assert same_faces([box(0)], [box(5)], box(0).iou(box(5))) == {0: 0}
