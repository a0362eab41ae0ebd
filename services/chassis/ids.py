from uuid_utils import uuid7


def new_id() -> str:
    """Make an id: 32 hexadecimal digits, random, in the order of their making within a process."""
    return uuid7().hex
