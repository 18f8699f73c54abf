"""`python -m simexchange` is the `simexchange` command."""

from simexchange.cli.main import main

if __name__ == "__main__":
    main()
