from itertools import chain

import pytest
from small_proofs import Case

from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT
from zisk_py.stark import Instance
from zisk_py.stark.layout import Layout, Round, lay_out
from zisk_py.stark.options import LOG_ARITY, LOG_BLOWUP, LOG_FINAL_DOMAIN


def layout(case: Case, *instances: tuple[int, int]) -> Layout:
    made = [Instance(air, log_height, (0,) if air == 0 else ()) for air, log_height in instances]
    return lay_out(case.key.verifying_key, case.program.commitment, made)


@pytest.mark.parametrize("log_height", range(MIN_LOG_HEIGHT, MAX_LOG_HEIGHT + 1))
def test_every_height_folds_to_the_final_domain(case: Case, log_height: int) -> None:
    folds = list(chain.from_iterable(layout(case, (0, log_height)).folds))
    arities = [fold.log_arity for fold in folds]
    assert sum(arities) == log_height + LOG_BLOWUP - LOG_FINAL_DOMAIN
    assert all(arity == LOG_ARITY for arity in arities[:-1])
    assert all(1 <= arity <= LOG_ARITY for arity in arities[-1:])
    if folds:
        assert folds[-1].log_leaves == LOG_FINAL_DOMAIN


def test_classes_fold_in_the_same_rounds_each_by_its_own_arity(case: Case) -> None:
    made = layout(case, (0, 12), (1, 9), (2, 6))
    assert made.classes == (13, 10, 7)
    found = [[(fold.height_class, fold.log_arity, fold.log_leaves) for fold in folds] for folds in made.folds]
    assert found == [[(0, 3, 10), (1, 3, 7), (2, 1, 6)], [(0, 3, 7), (1, 1, 6)], [(0, 1, 6)]]


def test_a_position_of_a_class_is_the_upper_bits_of_that_of_the_tallest(case: Case) -> None:
    # a leaf holds the neighbours of its class at the same upper bits, whatever was folded before
    made = layout(case, (0, 12), (1, 9))
    for position in (0, 1234, 8191):
        places = [position >> (made.log_size - size) for size in made.classes]
        for folds in made.folds:
            for fold in folds:
                places[fold.height_class] >>= fold.log_arity
                assert places[fold.height_class] == position >> (made.log_size - fold.log_leaves)


def test_committed_columns_stand_whole_in_their_tree_only_where_an_air_reads_them(case: Case) -> None:
    assert Round.FIXED not in layout(case, (0, 5), (1, 5)).trees
    assert Round.PROGRAM not in layout(case, (0, 5), (2, 6)).trees
    both = layout(case, (0, 5), (2, 6), (3, 7))
    assert [len(both.trees[round_]) for round_ in both.trees] == [1, 1, 3, 3, 3]
    assert list(both.trees) == sorted(both.trees)


def test_columns_are_opened_at_the_next_point_only_where_a_node_reads_the_next_row(case: Case) -> None:
    (use,) = layout(case, (0, 5)).opened
    # witness: live'; stage 2: the running sum, which is the last of three columns of K
    assert use.next == (0, 5 + 6, 5 + 7, 5 + 8)
    assert use.bound == (0, 1, 2, 3, 4)
    assert use.width == 5 + 9 + 6
