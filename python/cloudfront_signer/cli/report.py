"""The report of ``inspect``: drawn on a terminal, as plain text, or as JSON."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudfront_signer import Diagnosis, Inspection, Mistake
from cloudfront_signer.cli.output import epoch_and_iso, printable, show, show_drawn, show_json, terminal
from cloudfront_signer.cli.times import Time

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text


@dataclass(frozen=True, slots=True)
class Report:
    """``diagnosis`` is None without keys, ``causes`` without a response."""

    inspection: Inspection
    at: Time
    diagnosis: Diagnosis | None
    causes: list[Mistake] | None

    def show(self, as_json: bool) -> None:
        """Print it."""
        if as_json:
            show_json(self.as_json())
        elif console := terminal():
            show_drawn(console, self._drawn())
        else:
            show("\n".join(self._as_text()))

    def as_json(self) -> dict[str, Any]:
        """The object that ``inspect --help`` describes."""
        inspection, policy = self.inspection, self.inspection.policy
        rows = dict(inspection.rows(now=self.at.value))
        report: dict[str, Any] = {
            "via": inspection.via,
            "url": inspection.url,
            "policy_kind": "custom" if "custom" in rows["signed"] else "canned",
            "resource": policy and policy.resource,
            "expires": epoch_and_iso(inspection.expires),
            "not_before": epoch_and_iso(policy.not_before) if policy else None,
            "ip_address": policy and policy.ip_address,
            "policy": policy and policy.to_json(),
            "key_id": inspection.key_id,
            "hash_algorithm": inspection.hash_algorithm,
            "signature_kind": inspection.signature_kind,
            "at": epoch_and_iso(self.at.seconds),
            "says": rows,
        }
        if self.diagnosis is not None:
            report["allowed"] = self.diagnosis.decision.allowed
            report["code"] = self.diagnosis.decision.code
            report["reason"] = self.diagnosis.decision.reason
            report["mistakes"] = [_as_json(mistake) for mistake in self.diagnosis.mistakes]
            report["warnings"] = [_as_json(warning) for warning in self.diagnosis.warnings]
        if self.causes is not None:
            report["answer"] = [_as_json(cause) for cause in self.causes]
        return report

    def _as_text(self) -> list[str]:
        lines = [f"{label:<13}{text}" for label, text in self.inspection.rows(now=self.at.value)]
        if self.diagnosis is not None:
            lines += ["", *str(self.diagnosis).splitlines()]
        if self.causes is not None:
            lines += ["", f"answer       {_verdict_of(self.causes)}"]
            for cause in self.causes:
                lines += [f"  means      {cause.found}", f"  right      {_advice(cause)}"]
        return lines

    def _drawn(self) -> "list[RenderableType]":
        parts: list[RenderableType] = ["", self._facts()]
        if self.diagnosis is not None:
            decision = self.diagnosis.decision
            denied = _text(f"✘ denied   {decision.status} {decision.code}", "bold red")
            parts += ["", _text("✔ allowed", "bold green") if decision else denied]
            parts += [_drawn_mistake(mistake, "red") for mistake in self.diagnosis.mistakes]
            parts += [_drawn_mistake(warning, "yellow") for warning in self.diagnosis.warnings]
        if self.causes is not None:
            parts += ["", _text(f"answer: {_verdict_of(self.causes)}", "bold")]
            parts += [_drawn_mistake(cause, "yellow") for cause in self.causes]
        return [*parts, ""]

    def _facts(self) -> "Table":
        table = _grid("dim", 13)
        rows = dict(self.inspection.rows(now=self.at.value))
        # The signed text, byte for byte, below its explanation.
        policy = rows.pop("policy", None)
        for label, text in rows.items():
            style = "bold red" if label == "expires" and text.endswith(" ago") else _STYLES.get(label, "")
            table.add_row(label, _text(text, style))
        if policy is not None:
            table.add_row("policy", _drawn_policy(policy))
        return table


# Styles of the rows that people look for first.
_STYLES = {"URL": "bold", "resource": "cyan", "expires": "bold", "key pair id": "magenta"}


def _grid(label_style: str, width: int) -> "Table":
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style=label_style, no_wrap=True, min_width=width)
    # Long URLs wrap: a part that is cut off may contain the mistake.
    table.add_column(overflow="fold")
    return table


def _text(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(printable(text), style=style)


def _drawn_policy(text: str) -> "Text":
    from rich.highlighter import JSONHighlighter

    drawn = _text(text)
    JSONHighlighter().highlight(drawn)
    return drawn


def _drawn_mistake(mistake: Mistake, style: str) -> "RenderableType":
    from rich.padding import Padding

    table = _grid("", 1)
    table.add_row(_text("●", style), _text(mistake.found))
    table.add_row(_text("→", "green"), _text(_advice(mistake), "green"))
    return Padding(table, (1, 0, 0, 2))


# The command for an advice that the core words for every caller.
_COMMANDS = {"edge-denied": "cloudfront-signer inspect URL --public-key FILE"}


def _advice(mistake: Mistake) -> str:
    command = _COMMANDS.get(mistake.name)
    return f"{mistake.advice} ({command})" if command else mistake.advice


def _verdict_of(causes: list[Mistake]) -> str:
    return "the file was not served" if causes else "the file was served"


def _as_json(mistake: Mistake) -> dict[str, str]:
    return {"name": mistake.name, "found": mistake.found, "advice": _advice(mistake)}
