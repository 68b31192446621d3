"""The numbers on which the security of a proof depends, from the key and the layouts of its segments."""

from collections.abc import Sequence

from zisk_py.stark.key import VerifyingKey
from zisk_py.stark.layout import Layout
from zisk_py.stark.options import LOG_BLOWUP, Options
from zisk_py.stark.security import BusShape, ClassShape, SecurityReport, SegmentShape, estimate


def security_of(
    key: VerifyingKey, layouts: Sequence[Layout], messages: int, options: Options
) -> SecurityReport:
    """The bits of a proof with these segments and that many messages of the verifier."""
    terms = messages + sum(
        len(key.airs[instance.air].air.interactions) << instance.log_height
        for layout in layouts
        for instance in layout.instances
    )
    bus = BusShape(terms, key.buses.width + 1)
    return estimate([_segment(key, layout) for layout in layouts], bus, options)


def _segment(key: VerifyingKey, layout: Layout) -> SegmentShape:
    classes = []
    for number, log_size in enumerate(layout.classes):
        opened = [layout.opened[member] for member in layout.members(number)]
        openings = sum(one.width + len(one.next) + len(one.bound) for one in opened)
        classes.append(ClassShape(log_size - LOG_BLOWUP, openings))
    constraints = sum(
        len(key.airs[instance.air].reduction.constraints.outputs) for instance in layout.instances
    )
    return SegmentShape(tuple(classes), constraints, tuple(i.log_height for i in layout.instances))
