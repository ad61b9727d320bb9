"""Names the fixture files: one for each concern."""

pytest_plugins = ("tests.fix_servers",)
