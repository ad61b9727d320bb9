"""Every spec in the folder of migrations becomes its Airflow DAGs."""

from airflow.sdk import get_parsing_context

from airlift.dag import build
from airlift.folder import migrations_folder
from airlift.spec import load_folder

# A worker runs a task of one DAG, and names it so that the others need not be built.
_wanted = get_parsing_context().dag_id

for _file in load_folder(migrations_folder()):
    globals().update({dag.dag_id: dag for dag in build(_file, _wanted)})
