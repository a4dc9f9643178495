"""The checks of single fields of states: one table from field to check."""

from collections.abc import Callable
from typing import Any

from lambent.languages.asl.checks.choices import check_choices
from lambent.languages.asl.checks.handlers import check_catch, check_retry
from lambent.languages.asl.checks.maps import (
    check_item_batcher,
    check_item_reader,
    check_result_writer,
)
from lambent.languages.asl.checks.values import (
    StateCheck,
    check_any_count,
    check_arguments,
    check_assign,
    check_branches,
    check_end,
    check_items,
    check_label,
    check_not_negative,
    check_object_template,
    check_path,
    check_path_or_intrinsic,
    check_percentage,
    check_positive,
    check_reference_path,
    check_resource,
    check_result_path,
    check_template,
    check_text,
    check_text_or_expression,
    check_timestamp,
)

Check = Callable[[StateCheck, Any, str], None]

FIELD_CHECKS: dict[str, Check] = {
    "Comment": check_text,
    "Next": check_text,
    "Default": check_text,
    "End": check_end,
    "InputPath": check_path,
    "OutputPath": check_path,
    "ResultPath": check_result_path,
    "ItemsPath": check_reference_path,
    "Parameters": check_object_template,
    "ResultSelector": check_object_template,
    "ItemSelector": check_object_template,
    "Credentials": check_object_template,
    "Arguments": check_arguments,
    "Output": check_template,
    "Assign": check_assign,
    "Error": check_text_or_expression,
    "Cause": check_text_or_expression,
    "ErrorPath": check_path_or_intrinsic,
    "CausePath": check_path_or_intrinsic,
    "Choices": check_choices,
    "Seconds": check_not_negative,
    "SecondsPath": check_reference_path,
    "Timestamp": check_timestamp,
    "TimestampPath": check_reference_path,
    "Resource": check_resource,
    "TimeoutSeconds": check_positive,
    "TimeoutSecondsPath": check_reference_path,
    "HeartbeatSeconds": check_positive,
    "HeartbeatSecondsPath": check_reference_path,
    "Branches": check_branches,
    "Items": check_items,
    "ItemReader": check_item_reader,
    "ItemBatcher": check_item_batcher,
    "ResultWriter": check_result_writer,
    "MaxConcurrency": check_any_count,
    "MaxConcurrencyPath": check_reference_path,
    "ToleratedFailureCount": check_any_count,
    "ToleratedFailureCountPath": check_reference_path,
    "ToleratedFailurePercentage": check_percentage,
    "ToleratedFailurePercentagePath": check_reference_path,
    "Label": check_label,
    "Retry": check_retry,
    "Catch": check_catch,
}
