"""``python -m emergence.site build | serve [port] | dist | pdf | clean``: the commands behind the Makefile."""

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
    commands.add_parser("dist", help="zip _build/html for reading from a disk")
    commands.add_parser("pdf", help="print the book into one PDF")
    commands.add_parser("clean", help="delete _build")
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        if args.command == "build":
            build()
        elif args.command == "serve":
            serve(port=args.port)
        elif args.command in ("dist", "pdf"):
            from emergence.site import dist

            print(dist.pack() if args.command == "dist" else dist.pdf())
        else:
            clean()
    except BuildError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nStopped; the site of the last good build, if any, is unchanged.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
