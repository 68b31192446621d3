"""`python -m zisk_py.cli`, the same as the command `zisk-py`."""

from zisk_py.cli.main import run

if __name__ == "__main__":
    run()
