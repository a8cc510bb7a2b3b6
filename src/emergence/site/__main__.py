"""``python -m emergence.site build | serve [port] | clean``: the commands behind the Makefile."""

import argparse
import signal
import sys

from emergence.site.build import BuildError, build, clean
from emergence.site.serve import serve


def interrupt(*_):
    raise KeyboardInterrupt


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m emergence.site", description="Build and show the book.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build _build/html if anything changed")
    commands.add_parser("serve", help="show _build/html on this machine").add_argument("port", nargs="?", type=int)
    commands.add_parser("clean", help="delete _build")
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        if args.command == "build":
            build()
        elif args.command == "serve":
            serve(port=args.port)
        else:
            clean()
    except BuildError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nStopped; the site of the last good build, if any, is unchanged.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
