"""What moves the services at the cutover, from the spec and its Airflow connection."""

from airflow.sdk import Connection

from airlift.phases.switching import Switch
from airlift.spec import Spec


def switch_of(spec: Spec, connection: Connection | None) -> Switch | None:
    """The spec's `cutover.switch`, ready to be called; None where there is none. `connection` is the one that `http` names."""
    switch = spec.cutover.switch
    if switch is None:
        return None
    if switch.command is not None:
        return Switch(command=switch.command)
    assert connection is not None  # a switch is a command or a connection
    host = str(connection.host or "")
    base = host if "://" in host else f"{connection.schema or 'http'}://{host}"
    port = f":{connection.port}" if connection.port else ""
    auth = (connection.login, connection.password or "") if connection.login else None
    return Switch(url=f"{base.rstrip('/')}{port}{switch.path}", auth=auth)
