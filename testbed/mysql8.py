"""Real MySQL servers for tests, from the programs that scripts/newest-servers unpacks. Knows nothing of Airlift."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from testbed.mariadb import MariaServer
from testbed.serving import NoServer, run_once

NEWEST = Path("/var/tmp/airlift-newest/root/usr")  # noqa: S108  what a script has put there is only run
_UNKNOWN = ("innodb_log_file_size", "performance_schema_instrument", "innodb_buffer_pool_dump_at_shutdown")
"""What MySQL knows no word for, or needs not be told."""
_INSTEAD = {
    "max_allowed_packet": "16M", "innodb_redo_log_capacity": "64M", "mysqlx": "OFF", "secure_file_priv": "NULL", "local_infile": "ON",
}  # fmt: skip


class MySQLServer(MariaServer):
    """One MySQL server: as a MariaDB server, but for what makes and starts it."""

    product = "MySQL"
    everywhere = "PROCESS, REPLICATION CLIENT, XA_RECOVER_ADMIN"
    no_others = "DELETE FROM mysql.user WHERE User = 'root';"

    def check(self) -> None:
        """Find the server's program: below the folder AIRLIFT_MYSQL_ROOT, else where scripts/newest-servers has put it."""
        self.root = Path(os.environ.get("AIRLIFT_MYSQL_ROOT") or NEWEST)
        self.server_program = self.root / "sbin" / "mysqld"
        if not self.server_program.exists():
            raise NoServer(f"No mysqld in {self.root / 'sbin'}. Get it: scripts/newest-servers")

    def make_data(self, settings: Mapping[str, str]) -> None:  # noqa: ARG002
        """Make the server's own tables."""
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self._programs().items()]
        data = f"--datadir={self.folder / 'data'}"
        run_once([self.server_program, "--no-defaults", *options, data, "--initialize-insecure"], server=self)

    def own_words(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """Settings in this server's words."""
        return {**{name: value for name, value in settings.items() if name not in _UNKNOWN}, **_INSTEAD, **self._programs()}

    def install_plugins(self) -> None:
        """It shows all by itself."""

    def _programs(self) -> dict[str, str]:
        own = {"lc_messages_dir": "share/mysql", "plugin_dir": "lib/mysql/plugin"}
        return {"basedir": str(self.root), **{name: str(self.root / path) for name, path in own.items()}}
