"""``python -m emergence.publish build | serve [port] | notebooks [folder] | dist | pdf | epub | clean``: the commands behind the Makefile."""

import argparse
import signal
import sys
from pathlib import Path

from .build import BuildError, build, clean
from .serve import serve


def interrupt(*_):
    raise KeyboardInterrupt


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m emergence.publish", description="Build and show the book."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build _build/html if anything changed")
    commands.add_parser("serve", help="show _build/html on this machine").add_argument(
        "port", nargs="?", type=int
    )
    taken = commands.add_parser(
        "notebooks",
        help="write the chapters as notebooks into _build/notebooks, or those to take away into a folder",
    )
    taken.add_argument("folder", nargs="?", type=Path)
    commands.add_parser("dist", help="zip _build/html for reading from a disk")
    commands.add_parser("pdf", help="print the book into one PDF")
    commands.add_parser("epub", help="write the book for reading devices")
    commands.add_parser("clean", help="delete _build")
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        if args.command == "build":
            build()
        elif args.command == "serve":
            serve(port=args.port)
        elif args.command == "notebooks":
            from emergence.site import notebooks

            try:
                home = notebooks.home_of() if args.folder else None
            except ValueError as error:
                raise BuildError(f"_config.yml: {error}") from None
            for path in notebooks.write_all(target=args.folder, home=home):
                print(path)
        elif args.command in ("dist", "pdf", "epub"):
            from . import epub, pdf, zip

            print({"dist": zip.pack, "pdf": pdf.pdf, "epub": epub.epub}[args.command]())
        else:
            clean()
    except BuildError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nStopped; the site of the last good build, if any, is unchanged.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
