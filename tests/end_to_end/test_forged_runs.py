"""Every structured forgery that a run must withstand, with the tests that make it.

A forgery is a whole run that lies, consistently over its machines and segments; `forged_runs` makes and
judges them. Each test asserts which rules refuse its forgery, and that they are the only ones. Some are made
into proofs, in `test_forged_runs_proven.py`.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from forged_runs import Rows, forged_run, prove_forged, verify_forged
from zisk_py.stark import read_proof
from zisk_py.stark.proof import write_proof
from zisk_py.statemachines.statement import StatementError

# What is forged -> the tests that forge it.
FORGERIES = {
    "wrong carry": [
        "test_a_wrong_carry_of_an_addition_is_refused",
        "test_a_wrong_carry_of_a_product_is_refused",
    ],
    "wrong sign of a remainder": [
        "test_a_wrong_sign_of_a_remainder_or_quotient_is_no_difference",
        "test_a_wrong_sign_of_a_dividend_is_out_of_range",
    ],
    "high bytes of narrow loads": ["test_high_bytes_of_narrow_loads_are_zero"],
    "a register read that skips a write": ["test_a_register_read_that_skips_a_write_finds_its_state_taken"],
    "a memory read that skips a write": ["test_a_memory_read_that_skips_a_write_finds_its_state_taken"],
    "two initial rows for one address": [
        "test_two_initial_rows_for_one_address_do_not_ascend",
        "test_two_initial_rows_for_one_address_in_another_region_find_no_region",
        "test_a_second_boundary_is_refused_wherever_it_stands",
        "test_correction_12_3_the_order_is_taken_over_the_integers",
    ],
    "an access out of its region": [
        "test_an_access_out_of_its_region_finds_no_word",
        "test_a_word_behind_the_last_one_of_its_region_cannot_be_opened",
    ],
    "an address that aliases modulo p": ["test_an_address_that_aliases_modulo_p_has_no_high_half_in_range"],
    "an offset in the word that is off by one": [
        "test_a_byte_off_by_one_is_not_the_one_that_main_asks_for",
        "test_correction_12_6_a_word_in_main_begins_at_its_first_byte",
    ],
    "a jump into the middle of an instruction": [
        "test_a_jump_into_the_middle_of_an_instruction_is_no_multiple_of_8",
        "test_a_jump_into_the_middle_of_an_instruction_by_a_high_half_is_refused",
        "test_a_branch_goes_where_its_flag_says",
    ],
    "a run that stops early": [
        "test_a_run_that_stops_early_is_at_no_end",
        "test_a_run_that_stops_early_cannot_say_or_jump_that_it_is_at_its_end",
        "test_a_run_that_stops_within_an_instruction_did_not_exceed_its_budget",
        "test_a_run_within_its_budget_did_not_exceed_it",
    ],
    "a wrong compute-unit total": [
        "test_a_wrong_total_of_compute_units_is_refused",
        "test_the_cost_of_an_instruction_cannot_be_left_out",
    ],
    "a wrong outcome": [
        "test_a_wrong_outcome_is_not_what_the_run_ended_with",
        "test_an_exit_gives_the_register_of_the_result",
        "test_a_trap_has_the_kind_of_its_access",
        "test_the_end_is_one_that_the_program_has",
    ],
    "Carry backwards in time": [
        "test_carry_does_not_go_backwards_in_time",
        "test_carry_is_not_turned_around",
        "test_carry_starts_when_its_segment_does",
    ],
    "Carry around the field": ["test_carry_does_not_walk_around_the_field"],
    "an image word opened as zero": ["test_an_image_word_opened_as_zero_is_not_in_the_image"],
    "a private limb of 2^32 or more": ["test_a_limb_of_the_input_of_two_to_the_32_or_more_is_refused"],
    "a fault claimed on a legal access": [
        "test_a_fault_claimed_on_a_legal_access_lies_in_no_hole",
        "test_a_division_has_the_flag_of_its_divisor",
    ],
    "a success claimed on an illegal access": ["test_a_success_on_an_illegal_access_finds_no_word"],
    "hidden frames reached from the guest": [
        "test_correction_12_1_hidden_frames_and_registers_are_not_reached_from_the_guest"
    ],
    "the address aliases of other bases of keys": [
        "test_correction_12_1_hidden_frames_and_registers_are_not_reached_from_the_guest"
    ],
    "a stack-gap skip elsewhere": [
        "test_a_stack_gap_is_skipped_only_at_the_end_of_a_frame",
        "test_a_stack_gap_skip_elsewhere_has_no_shape",
        "test_a_stack_gap_is_not_read_without_a_skip",
        "test_a_word_of_a_stack_gap_cannot_be_opened",
    ],
    "time restarted in a segment": ["test_time_restarted_in_a_segment_is_refused"],
    "a row that is not live in a middle segment": [
        "test_a_row_that_is_not_live_in_a_middle_segment_is_refused",
        "test_a_row_that_is_not_live_is_followed_by_no_live_one",
    ],
    "units above the budget": ["test_units_above_the_budget_are_refused"],
    "a skipped write": [
        "test_a_store_to_memory_cannot_be_left_out",
        "test_a_store_to_a_register_cannot_be_left_out",
        "test_a_store_cannot_put_back_what_was_there",
    ],
    "a swapped pair of accesses": ["test_a_swapped_pair_of_writes_goes_back_in_time"],
    "a replayed segment": ["test_a_replayed_segment_finds_its_state_taken"],
    "an extra table row": [
        "test_a_proof_with_an_extra_table_row_is_refused",
        "test_a_proof_with_an_extra_row_of_the_program_is_refused",
        "test_a_second_table_is_refused_wherever_it_stands",
    ],
    "a segment that ends early": ["test_a_row_that_is_not_live_in_a_middle_segment_is_refused"],
    "a wrong result sent and received": [
        "test_a_wrong_result_that_is_sent_and_received_breaks_the_machine_that_sends_it",
        "test_a_wrong_result_or_flag_is_proven_by_no_machine",
    ],
    "a forged multiplicity": [
        "test_a_forged_count_of_a_table_is_refused",
        "test_a_forged_count_of_a_message_of_the_verifier_is_refused",
    ],
    "a chain restarted in another segment": [
        "test_a_chain_cannot_be_restarted_from_the_initial_value_in_another_segment",
        "test_a_carry_row_serves_one_access",
        "test_a_segment_starts_where_the_one_before_it_ended",
    ],
    "outputs published twice or not at all": [
        "test_correction_12_11_an_output_word_is_published_once",
        "test_correction_12_11_only_asked_output_words_are_published",
    ],
    "a store to a read-only word": ["test_a_store_to_a_read_only_word_is_refused"],
    "the partial last word beyond its bytes": [
        "test_correction_12_5_the_partial_last_word_is_not_read_beyond_its_valid_bytes"
    ],
    "a run of another program": [
        "test_a_run_starts_at_the_entry_of_its_program",
        "test_a_run_has_the_rows_of_its_program",
        "test_a_run_has_the_image_of_its_program",
        "test_a_run_has_the_regions_and_registers_of_its_program",
    ],
    "another operand": ["test_an_operand_is_the_one_that_the_row_names"],
}
CORRECTIONS = range(1, 14)


def all_tests() -> list[str]:
    """The names of all tests of forged runs."""
    files = Path(__file__).parent.glob("test_forged_runs*.py")
    return [name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)]


@pytest.mark.parametrize("item", FORGERIES)
def test_every_forgery_of_the_list_has_its_tests(item):
    assert set(FORGERIES[item]) <= set(all_tests())


@pytest.mark.parametrize("number", CORRECTIONS)
def test_every_correction_has_a_forgery(number):
    assert any(name.startswith(f"test_correction_12_{number}_") for name in all_tests())


def test_no_two_forgeries_have_one_name():
    names = all_tests()
    assert len(names) == len(set(names))


@pytest.mark.parametrize("change", ["an air that is not there", "a value too few", "a value too many"])
def test_instances_that_the_system_cannot_have_are_refused_by_name(change):
    program_id, data = prove_forged(forged_run(Rows().exit()))
    proof = read_proof(data)
    segment = proof.segments[0]
    main, *others = segment.instances
    changed = {
        "an air that is not there": [main, *others, replace(others[-1], air=200)],
        "a value too few": [replace(main, air_values=main.air_values[:-1]), *others],
        "a value too many": [replace(main, air_values=(*main.air_values, 0)), *others],
    }[change]
    forged = replace(proof, segments=(replace(segment, instances=tuple(changed)),))
    with pytest.raises(StatementError):
        verify_forged(program_id, write_proof(forged))
