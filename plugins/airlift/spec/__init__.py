"""The spec of a migration: one YAML file, read, checked and frozen. Knows nothing of databases or Airflow.

Only the form of a file is judged here. What needs the servers, or what a release does not do, is for preflight.
"""

from airlift.spec.choosing import Choice, choose
from airlift.spec.comparing import differences
from airlift.spec.loading import SpecFile, load, load_folder
from airlift.spec.model import Column, Cutover, Gates, Rehearsal, Spec, Switch, Table
from airlift.spec.names import TableName, sql_name, written

__all__ = [
    "Choice",
    "Column",
    "Cutover",
    "Gates",
    "Rehearsal",
    "Spec",
    "SpecFile",
    "Switch",
    "Table",
    "TableName",
    "choose",
    "differences",
    "load",
    "load_folder",
    "sql_name",
    "written",
]
