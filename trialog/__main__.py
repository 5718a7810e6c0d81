"""The command `trialog`. Nothing that takes time is imported here: a Ctrl-C would find nobody to tell it."""

from __future__ import annotations

import signal
import sys

from trialog.collector import collect_rarely


def main() -> None:
    """Run the words of the command line. Always ends with SystemExit.

    Ctrl-C is told in one line, with the exit code 130, from the start on: modules are imported in here.
    """
    collect_rarely()
    try:
        from trialog.command_line import whole_command_line

        whole_command_line()()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not stop the telling
        from adapters.cli.faults import report_interrupted

        sys.exit(report_interrupted(sys.argv[1:]))
    except ImportError as error:  # on the way in: the command line itself tells what comes later
        from adapters.cli.output import as_text
        from adapters.cli.packages import missing

        package = missing(error)
        if package is None:
            raise
        is_json = "--json" in sys.argv
        fields = {name: getattr(package, name) for name in ("code", "message", "where", "rule", "remedy")}
        told = as_text({"error": fields}) if is_json else f"trialog: {package}"
        sys.stderr.write(f"{told}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
