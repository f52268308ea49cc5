"""The command that computes: where it is, how it is run, and what becomes of its errors."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

#: Deno that the project is tested with, where there is npm and no Deno.
DENO = "deno@2.9.6"


class GraphonLimitError(Exception):
    """What the command says in one line when it fails; the base of all errors of this package."""


class UsageError(GraphonLimitError, ValueError):
    """Arguments that the command does not take, or that do not go together."""


class CommandNotFoundError(GraphonLimitError):
    """The command is not to be found."""


def command():
    """The words that start the command line, before its own.

    In this order: what ``GRAPHON_LIMIT_COMMAND`` says (such as ``npx -p graphon-limit-0.1.0.tgz graphon-limit``); the command of
    the checkout that this package lies in or was installed from, by Deno, or by npm's; ``graphon-limit`` on the path.

    Raises CommandNotFoundError where there is none.
    """
    named = os.environ.get("GRAPHON_LIMIT_COMMAND", "").strip()
    if named:
        return shlex.split(named, posix=os.name != "nt")
    checkout, deno, npx = find_checkout(), shutil.which("deno"), shutil.which("npx")
    if checkout and (deno or npx):
        return [*([deno] if deno else [npx, "-y", DENO]), *launcher(checkout)]
    installed = shutil.which("graphon-limit")
    if installed:
        return [installed]
    missing = "deno or npx on the path" if checkout else "a checkout of graphon-limit, graphon-limit on the path"
    raise CommandNotFoundError(f"Expected {missing}, or GRAPHON_LIMIT_COMMAND to name the command, but found neither")


def find_checkout():
    """The repository that this package lies in, or that it was installed from; None where that is gone."""
    here = Path(__file__).resolve().parent
    noted = here / "checkout.txt"
    root = Path(noted.read_text("utf8")) if noted.is_file() else here.parent.parent
    return root if (root / "packages" / "cli" / "launch.ts").is_file() else None


def launcher(checkout):
    """Deno's words for the task ``cli``, with the permissions that it grants, from any folder."""
    words = json.loads((checkout / "deno.json").read_text("utf8"))["tasks"]["cli"].split()
    script = words.index("packages/cli/launch.ts")
    return ["run", "-q", *words[2:script], f"--config={checkout / 'deno.json'}", str(checkout / words[script])]


def run(*words, quiet=False, scratch=None):
    """Runs a command, ``run("ntk", "--weights", path, …)``, and returns what it prints for programs, names in snake_case.

    Notices and progress go to ``sys.stderr`` as they come, unless ``quiet``; the result has ``notices`` anyway. An interrupt ends
    the command. Files in ``scratch``, a folder of the caller's, are called by their names alone.

    Raises UsageError or GraphonLimitError with the command's one line, and CommandNotFoundError.
    """
    hide = str(scratch) + os.sep if scratch else None
    line = [*command(), *map(str, words), "--json", *(["--quiet"] if quiet else [])]
    with tempfile.TemporaryFile() as out:
        try:
            # In a group of its own: Ctrl-C is for this process, which passes it on and waits.
            process = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, start_new_session=os.name != "nt"
            )
        except OSError as error:
            raise CommandNotFoundError(f"Cannot start {line[0]}: {error.strerror}") from None
        try:
            said = listen(process.stderr, hide)
            code = process.wait()
        finally:
            stop(process)
        if code != 0:
            raise failure(code, said)
        out.seek(0)
        result = snake_case(json.loads(out.read().decode("utf8")))
    if hide and "notices" in result:
        result["notices"] = [notice.replace(hide, "") for notice in result["notices"]]
    return result


def listen(stream, hide=None):
    """Passes on what the command says; its last lines, and those that are errors and not passed on."""
    said = []
    for raw in stream:
        line = raw.decode("utf8", "replace").rstrip("\r\n")
        line = line.replace(hide, "") if hide else line
        said = [*said[-19:], line]
        if not line.startswith("error: "):
            print(line, file=sys.stderr, flush=True)
    return said


def stop(process):
    """Ends the command where it still runs, and those it has started."""
    process.stderr.close()
    if process.poll() is None:
        if os.name == "nt":
            process.terminate()
        else:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def failure(code, said):
    errors = [line[len("error: ") :] for line in said if line.startswith("error: ")]
    text = errors[-1] if errors else next((line for line in reversed(said) if line.strip()), f"exit code {code}")
    return (UsageError if code == 2 else GraphonLimitError)(text)


def snake_case(value):
    """The names of JSON's objects as Python writes them: ``effectiveRank`` is ``effective_rank``."""
    if isinstance(value, dict):
        return {re.sub(r"(?<=[a-z0-9])[A-Z]", lambda c: "_" + c[0].lower(), k): snake_case(v) for k, v in value.items()}
    return [snake_case(each) for each in value] if isinstance(value, list) else value


def words_of(flags):
    """The command's words for flags by name: None is left out, True is the bare flag, a list is joined."""
    words = []
    for name, value in flags.items():
        if value is None or value is False:
            continue
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value))
    return words
