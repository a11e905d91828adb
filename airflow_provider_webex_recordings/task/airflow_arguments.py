"""Airflow's own arguments of a task, for type checkers and editors only.

A class that passes ``**kwargs: Any`` on to its base has the arguments of the base neither checked nor shown. As soon as
mypy knows PEP 728, ``extra_items=Any`` on `RecordingsTaskArguments` says the same as these two classes.
"""

from __future__ import annotations

from typing import Any, Required, TypedDict


class OperatorArguments(TypedDict, total=False):
    """What `BaseOperator` takes, in any version of Airflow that this package runs on."""

    task_id: Required[str]
    allow_nested_operators: Any
    dag: Any
    default_args: Any
    depends_on_past: Any
    do_xcom_push: Any
    doc: Any
    doc_json: Any
    doc_md: Any
    doc_rst: Any
    doc_yaml: Any
    email: Any
    email_on_failure: Any
    email_on_retry: Any
    end_date: Any
    execution_timeout: Any
    executor: Any
    executor_config: Any
    ignore_first_depends_on_past: Any
    inlets: Any
    logger_name: Any
    map_index_template: Any
    max_active_tis_per_dag: Any
    max_active_tis_per_dagrun: Any
    max_retry_delay: Any
    multiple_outputs: Any
    on_execute_callback: Any
    on_failure_callback: Any
    on_retry_callback: Any
    on_skipped_callback: Any
    on_success_callback: Any
    outlets: Any
    owner: Any
    params: Any
    pool: Any
    pool_slots: Any
    post_execute: Any
    pre_execute: Any
    priority_weight: Any
    queue: Any
    render_template_as_native_obj: Any
    resources: Any
    retries: Any
    retry_delay: Any
    retry_exponential_backoff: Any
    retry_policy: Any
    run_as_user: Any
    sla: Any
    start_date: Any
    task_concurrency: Any
    task_display_name: Any
    task_group: Any
    trigger_rule: Any
    wait_for_downstream: Any
    wait_for_past_depends_before_skipping: Any
    weight_rule: Any


class SensorArguments(OperatorArguments, total=False):
    """What `BaseSensorOperator` takes."""

    exponential_backoff: Any
    max_wait: Any
    mode: Any
    never_fail: Any
    poke_interval: Any
    silent_fail: Any
    soft_fail: Any
    timeout: Any
