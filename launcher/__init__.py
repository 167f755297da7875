"""Set-up and supervision of acdconfig: standard library only, usable before anything is installed.

`python -m launcher run` starts the product, `python -m launcher env -- COMMAND` runs one command with the
embedded PostgreSQL and Valkey up, `python launcher/bootstrap.py` installs what both need.
"""
