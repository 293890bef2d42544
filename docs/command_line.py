"""Write the commands and options of the application into docs/command-line.md: python docs/command_line.py."""

from pathlib import Path

import typer

from glassnet.cli.application import app

PAGE = Path(__file__).with_name("command-line.md")
START = "## Commands and options\n"


def commands() -> str:
    """Every command with its options, in the form of the page."""
    parts = [START]
    for name, command in typer.main.get_command(app).commands.items():
        arguments = [p for p in command.params if not p.opts[0].startswith("-")]
        usage = " ".join(
            [
                f"glassnet {name}",
                *(_usage(p) for p in arguments),
                *(["[options]"] if len(arguments) < len(command.params) else []),
            ]
        )
        summary = (command.help or "").split("\n\n", 1)[0].replace("\n", " ").strip()
        options = [p for p in command.params if p.opts[0].startswith("-")]
        parts += [f"### {name}", "", summary, "", f"`{usage}`", ""]
        parts += ["| option | meaning |", "|---|---|"] if options else ["It has no options."]
        for option in options:
            words = ", ".join(f"`{word}`" for word in option.opts)
            parts.append(f"| {words} | {' '.join((option.help or '').split()).replace('|', '/')} |")
        parts.append("")
    return "\n".join(parts)


def _usage(argument) -> str:
    """An argument as it is typed; in brackets where it may be left out."""
    name = (argument.metavar or argument.name or "").upper().strip("[]")
    return name if argument.required else f"[{name}]"


def page() -> str:
    """The page with its commands as they are now."""
    return PAGE.read_text(encoding="utf-8").split(START, 1)[0] + commands()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
