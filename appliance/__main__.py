"""The `kycbox` command.

Each subcommand names its function as `module:function`, imported when it is called: making a key need not
load an inference engine.
"""

import argparse
import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance import __version__
from appliance.config import Settings, load
from appliance.errors import KycboxError

DIALECTS = ("recspace", "idlive", "deepidv", "apptenticate", "onboarder")
PLANS = ("sandbox", "starter", "scale", "enterprise")
SCOPES = (
    *("ocr", "face", "search", "mask", "unmask", "audit:read", "pii:raw", "sessions"),
    *("document_liveness", "review"),
)
LISTS = ("ofac", "un", "eu", "uk", "opensanctions")
Handler = Callable[[Settings, argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    """All commands with their options and help."""
    top = argparse.ArgumentParser(
        prog="kycbox",
        description="An on-premise eKYC appliance. Start it with `kycbox serve`; if anything is wrong, "
        "`kycbox doctor` says what and what to do.",
    )
    top.add_argument("--version", action="version", version=f"kycbox {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", metavar="DIR", help="data folder (default: KYCBOX_DATA, else ./data)")
    shared.add_argument(
        "--config", metavar="FILE", type=Path, help="settings file (default: DIR/kycbox.toml)"
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _serve(commands, shared)
    _key(commands, shared)
    _model(commands, shared)
    _audit(commands, shared)
    _capture(commands, shared)
    _webhook(commands, shared)
    _vault(commands, shared)
    _issuer(commands, shared)
    _screening(commands, shared)
    _ekyc(commands, shared)
    _backup(commands, shared)
    technician = commands.add_parser("technician", help="people who may open the console")
    verbs = technician.add_subparsers(metavar="VERB", required=True)
    reset = verbs.add_parser("reset", parents=[shared], help="a new password, for whoever lost the last one")
    reset.add_argument("--name", default="technician", help="of whom (default: the first technician)")
    reset.set_defaults(call="appliance.commands.technician:reset")
    added = verbs.add_parser("add", parents=[shared], help="let another person into the console")
    added.add_argument("name", help="what this person logs in with")
    added.set_defaults(call="appliance.commands.technician:add")
    known = verbs.add_parser("list", parents=[shared], help="who may open it, and since when the password is")
    known.add_argument("--json", action="store_true", help="print one JSON array")
    known.set_defaults(call="appliance.commands.technician:show")
    removed = verbs.add_parser("remove", parents=[shared], help="let a person in no more; open pages end")
    removed.add_argument("name", help="of whom")
    removed.set_defaults(call="appliance.commands.technician:remove")
    doctor = commands.add_parser("doctor", parents=[shared], help="check whether this box can serve")
    doctor.set_defaults(call="appliance.commands.doctor:doctor")
    return top


_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives the type no public name


def _serve(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    serve = commands.add_parser(
        "serve",
        parents=[shared],
        help="run the box",
        description="Run the box. The first start makes the data folder and prints the first technician "
        "password once. Plain HTTP is served on loopback only; any other host is served over TLS with a "
        "certificate of the box's own authority.",
    )
    serve.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (default 8080)")
    serve.set_defaults(call="appliance.main:serve")


def _key(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    key = commands.add_parser("key", help="credentials of calling software")
    verbs = key.add_subparsers(metavar="VERB", required=True)
    create = verbs.add_parser("create", parents=[shared], help="make a key; its secret is shown this once")
    create.add_argument("--api", required=True, choices=DIALECTS, help="the dialect it opens")
    create.add_argument("--name", required=True, help="whose it is, for people")
    create.add_argument(
        "--plan", choices=PLANS, default="enterprise", help="limits (default: enterprise, none)"
    )
    create.add_argument(
        "--scope",
        choices=SCOPES,
        action="append",
        default=[],
        help="what it may do; repeat (default: everything)",
    )
    create.add_argument(
        "--tenant",
        default="",
        help="an owner that `key list` shows: the key shares its collections and vault (default: its own)",
    )
    create.add_argument("--json", action="store_true", help="print one JSON object")
    create.set_defaults(call="appliance.commands.keys:create")
    shown = verbs.add_parser("list", parents=[shared], help="all keys, without secrets")
    shown.add_argument("--json", action="store_true", help="print a JSON array")
    shown.set_defaults(call="appliance.commands.keys:show")
    rotate = verbs.add_parser("rotate", parents=[shared], help="another secret; the old one ends in a day")
    rotate.add_argument("id", help="as `kycbox key list` shows it")
    rotate.add_argument("--json", action="store_true", help="print one JSON object")
    rotate.set_defaults(call="appliance.commands.keys:rotate")
    revoke = verbs.add_parser("revoke", parents=[shared], help="refuse a key from now on")
    revoke.add_argument("id", help="as `kycbox key list` shows it")
    revoke.set_defaults(call="appliance.commands.keys:revoke")


def _model(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    model = commands.add_parser("model", help="models: installed, verified, added, chosen")
    verbs = model.add_subparsers(metavar="VERB", required=True)
    for name, says in (
        ("list", "every model: version, job, licence, whether it is installed"),
        ("install", "fetch, verify and convert the models that belong to the box"),
        ("verify", "compare every installed file with its SHA-256"),
    ):
        verb = verbs.add_parser(name, parents=[shared], help=says)
        verb.set_defaults(call=f"appliance.commands.models:{name}")
    add = verbs.add_parser("add", parents=[shared], help="add models from a folder")
    add.add_argument(
        "path", type=Path, help="a pack with its manifest.toml, or files of a model that has a card here"
    )
    add.set_defaults(call="appliance.commands.models:add")
    use = verbs.add_parser("use", parents=[shared], help="make templates with another installed model")
    use.add_argument("name", help="as `kycbox model list` shows it")
    use.set_defaults(call="appliance.commands.models:use")


def _audit(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    audit = commands.add_parser("audit", help="the audit ledger: export and verify")
    verbs = audit.add_subparsers(metavar="VERB", required=True)
    export = verbs.add_parser("export", parents=[shared], help="write the whole ledger with its proofs")
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="the file to write")
    export.set_defaults(call="appliance.commands.audit:export")
    packet = verbs.add_parser("packet", parents=[shared], help="write the evidence of a session's decisions")
    packet.add_argument("session", help="id of the onboarding session")
    packet.add_argument("--out", required=True, type=Path, metavar="FILE", help="the file to write")
    packet.set_defaults(call="appliance.commands.audit:packet")
    opened = verbs.add_parser("open", parents=[shared], help="verify and read evidence; needs no box")
    opened.add_argument("file", type=Path)
    opened.add_argument(
        "--private", required=True, type=Path, metavar="F", help="a file with the auditor's key"
    )
    opened.add_argument("--key", metavar="KEY", help="the public key on the label of the box")
    opened.set_defaults(call="appliance.commands.audit:opened")
    keygen = verbs.add_parser("keygen", parents=[shared], help="make a key that evidence is sealed to")
    keygen.add_argument("file", type=Path, help="a new file for the private half")
    keygen.set_defaults(call="appliance.commands.audit:keygen")
    verify = verbs.add_parser("verify", parents=[shared], help="verify an export or evidence; needs no box")
    verify.add_argument("file", type=Path)
    verify.add_argument(
        "--key", metavar="KEY", help="the public key on the label of the box, or a file with it"
    )
    verify.add_argument(
        "--since",
        type=Path,
        metavar="CHECKPOINT",
        help="a checkpoint or export kept elsewhere, which must be a part of this one",
    )
    verify.set_defaults(call="appliance.commands.audit:verify")


def _capture(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    seal = commands.add_parser(
        "seal",
        parents=[shared],
        help="make an encrypted capture from a picture",
        description="Make an encrypted capture, as a capture client does. It is good for one call, as long "
        "as captures.max_age_seconds says.",
    )
    seal.add_argument("source", metavar="IN", type=Path, help="a JPEG, PNG or BMP picture")
    seal.add_argument("target", metavar="OUT", type=Path, help="the file to write")
    seal.add_argument(
        "--key",
        required=True,
        metavar="PUBLIC",
        help="the box's capture key: hex, base64, or a file with the answer of GET /-/capture-key",
    )
    seal.add_argument("--device", default="", metavar="NAME", help="name of the capturing device")
    seal.add_argument("--sign", type=Path, metavar="FILE", help="the device's signing key")
    seal.set_defaults(call="appliance.commands.seal:seal")
    capture = commands.add_parser("capture", help="keys and devices of encrypted captures")
    verbs = capture.add_subparsers(metavar="VERB", required=True)
    for name, says in (
        ("keys", "all keys that captures are sealed to"),
        ("rotate", "give clients a new key; old ones go on opening"),
        ("devices", "all devices that sign"),
    ):
        verb = verbs.add_parser(name, parents=[shared], help=says)
        verb.set_defaults(call=f"appliance.commands.captures:{name}")
    retire = verbs.add_parser("retire", parents=[shared], help="let an old key open nothing any more")
    retire.add_argument("id", help="as `kycbox capture keys` shows it")
    retire.set_defaults(call="appliance.commands.captures:retire")
    enrol = verbs.add_parser("enrol", parents=[shared], help="believe what a device signs")
    enrol.add_argument("name", help="as the device calls itself in its captures")
    enrol.add_argument("--key", required=True, metavar="PUBLIC", help="its public key, hex or base64")
    enrol.set_defaults(call="appliance.commands.captures:enrol")
    revoke = verbs.add_parser("revoke", parents=[shared], help="believe a device no longer")
    revoke.add_argument("name")
    revoke.set_defaults(call="appliance.commands.captures:revoke")
    keygen = verbs.add_parser("keygen", parents=[shared], help="make a signing key for a device")
    keygen.add_argument("file", type=Path, help="a new file for the private half")
    keygen.set_defaults(call="appliance.commands.captures:keygen")


def _issuer(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    issuer = commands.add_parser("issuer", help="certificates of authorities that sign identity data (UIDAI)")
    verbs = issuer.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", parents=[shared], help="believe what a certificate's key has signed")
    add.add_argument("files", nargs="+", metavar="FILE", type=Path, help="a certificate, PEM or DER")
    add.set_defaults(call="appliance.commands.issuers:add")
    shown = verbs.add_parser("list", parents=[shared], help="all installed certificates")
    shown.add_argument("--json", action="store_true", help="print a JSON array")
    shown.set_defaults(call="appliance.commands.issuers:show")
    remove = verbs.add_parser("remove", parents=[shared], help="believe a certificate no longer")
    remove.add_argument("fingerprint", help="its SHA-256, or the first digits of it")
    remove.set_defaults(call="appliance.commands.issuers:remove")


def _screening(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    screening = commands.add_parser("screening", help="sanctions lists")
    verbs = screening.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser(
        "import",
        parents=[shared],
        help="let a list count in place of the one before it",
        description="Read a list from its publisher's own files; it counts whole or not at all. "
        "ofac: sdn.csv with alt.csv, add.csv and sdn_comments.csv, or sdn_advanced.xml. "
        "un: consolidated.xml. eu: the consolidated list as CSV or XML. uk: the UK Sanctions List "
        "as CSV. opensanctions: targets.simple.csv or entities.ftm.json.",
    )
    add.add_argument("--source", required=True, choices=LISTS, help="who publishes it")
    add.add_argument("--anyway", action="store_true", help="take it although it is older or much shorter")
    add.add_argument("files", nargs="+", metavar="FILE", type=Path)
    add.set_defaults(call="appliance.commands.screening:import_list")
    shown = verbs.add_parser("list", parents=[shared], help="the lists that count, and their age")
    shown.add_argument("--json", action="store_true", help="print a JSON array")
    shown.set_defaults(call="appliance.commands.screening:show")
    remove = verbs.add_parser("remove", parents=[shared], help="let a list count no longer")
    remove.add_argument("source", choices=LISTS)
    remove.set_defaults(call="appliance.commands.screening:remove")
    check = verbs.add_parser(
        "check",
        parents=[shared],
        help="look for a name",
        description="Look for a name, and for other spellings of it. Exit status 0: clear, 3: a hit, 4: "
        "neither can be said. Without NAME the names are read from standard input, one a line: other users "
        "of the machine see the arguments of a command.",
    )
    check.add_argument("names", nargs="*", metavar="NAME")
    check.add_argument("--birth", default="", metavar="DATE", help="YYYY, YYYY-MM or YYYY-MM-DD")
    check.add_argument("--country", default="", metavar="XXX", help="nationality, three letters")
    check.add_argument("--sex", default="", choices=("M", "F"))
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(call="appliance.commands.screening:check")


def _ekyc(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    ekyc = commands.add_parser(
        "ekyc",
        parents=[shared],
        help="read and verify an Aadhaar offline e-KYC file",
        description="Read a file of UIDAI's paperless offline e-KYC and check its signature with the "
        "installed certificates. Exit status 0 only where the signature holds. Share code, mobile number and "
        "e-mail are read from files, since other users see the arguments of a command.",
    )
    ekyc.add_argument("file", type=Path, help="the ZIP file as the holder downloaded it, or the XML in it")
    ekyc.add_argument("--share-code-file", type=Path, metavar="F", help="a file with the ZIP's share code")
    ekyc.add_argument("--mobile-file", type=Path, metavar="F", help="a file with a mobile number to compare")
    ekyc.add_argument("--email-file", type=Path, metavar="F", help="a file with an e-mail address to compare")
    ekyc.add_argument("--json", action="store_true", help="print one JSON object")
    ekyc.set_defaults(call="appliance.commands.ekyc:ekyc")


def _webhook(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    webhook = commands.add_parser("webhook", help="where events go, and what became of them")
    verbs = webhook.add_subparsers(metavar="VERB", required=True)
    put = verbs.add_parser(
        "set",
        parents=[shared],
        help="send the events of a dialect to an address",
        description="Send the events of a dialect, or with --key those of one customer, to an address. "
        "Set again, it keeps its secret unless another one is given.",
    )
    put.add_argument(
        "--url", default="", help="the address; only onboarder goes without, its sessions name it"
    )
    rotate = verbs.add_parser(
        "rotate", parents=[shared], help="a new secret, live beside the old one for a while"
    )
    rotate.add_argument("--hours", type=float, default=24.0, help="how long both are live (default 24)")
    for verb, call in ((put, "put"), (rotate, "rotate")):
        verb.add_argument("--api", required=True, choices=("recspace", "onboarder"), help="the dialect")
        verb.add_argument(
            "--secret", default="", metavar="S", help="secret to sign with (default: one is drawn)"
        )
        verb.add_argument("--key", default="", metavar="ID", help="only the events of this key's owner")
        verb.add_argument("--json", action="store_true", help="print one JSON object")
        verb.set_defaults(call=f"appliance.commands.webhooks:{call}")
    for name, says in (
        ("allow", "let a host or network be called, also without TLS and if it is not public"),
        ("disallow", "take that back"),
    ):
        verb = verbs.add_parser(name, parents=[shared], help=says)
        verb.add_argument("entry", metavar="HOST[:PORT]|CIDR", help="loopback counts with its port only")
        verb.set_defaults(call=f"appliance.commands.webhooks:{name}")
    for name, call, says in (
        ("list", "show", "endpoints without secrets, allowed targets, how many events wait"),
        ("dead", "dead", "events that were given up"),
    ):
        verb = verbs.add_parser(name, parents=[shared], help=says)
        verb.add_argument("--json", action="store_true", help="print JSON")
        verb.set_defaults(call=f"appliance.commands.webhooks:{call}")
    resend = verbs.add_parser("resend", parents=[shared], help="try an event again that was given up")
    resend.add_argument("id", help="as `kycbox webhook dead` shows it, or all")
    resend.set_defaults(call="appliance.commands.webhooks:resend")


def _vault(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    vault = commands.add_parser("vault", help="what was masked reversibly: its keys, holds and end")
    verbs = vault.add_subparsers(metavar="VERB", required=True)
    status = verbs.add_parser("status", parents=[shared], help="how many records there are")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(call="appliance.commands.vault:status")
    rotate = verbs.add_parser("rotate", parents=[shared], help="replace the key that wraps the others")
    rotate.set_defaults(call="appliance.commands.vault:rotate")
    for name, says in (
        ("hold", "keep a record past its time: a legal hold"),
        ("release", "lift the hold"),
        ("erase", "erase a record before its time"),
        ("keep", "keep a record of the law's class longer"),
    ):
        verb = verbs.add_parser(name, parents=[shared], help=says)
        verb.add_argument("id", metavar="MASK_ID")
        verb.set_defaults(call=f"appliance.commands.vault:{name}")
        if name == "hold":
            verb.add_argument("reference", help="number of the case, on record")
        if name == "keep":
            verb.add_argument("until", help="a day: 2031-12-31")
    certificate = verbs.add_parser("certificate", parents=[shared], help="prove that a record was erased")
    certificate.add_argument("id", help="the mask_id")
    certificate.add_argument("--out", required=True, type=Path, metavar="FILE", help="the file to write")
    certificate.set_defaults(call="appliance.commands.vault:certificate")
    believe = verbs.add_parser(
        "clock", parents=[shared], help="erase by a clock that jumped: you have looked at it"
    )
    believe.set_defaults(call="appliance.commands.vault:believe_clock")


def _backup(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    backup = commands.add_parser(
        "backup",
        parents=[shared],
        help="write the whole box, keys included, into one sealed file",
        description="Write the whole box into one file, while it runs or not: database, keys, certificates, "
        "settings. The file opens with the recovery passphrase only; whoever loses that loses the backup. "
        "Models are not in it.",
    )
    restore = commands.add_parser(
        "restore",
        parents=[shared],
        help="make an empty data folder the box that a backup was made of",
        description="Make an empty data folder the box that a backup was made of: all of it, or nothing. "
        "Run it as the box's user, and install the models as on a new machine.",
    )
    restore.add_argument("--check", action="store_true", help="only read all of it, and say what it is")
    restore.add_argument(
        "--ledger",
        metavar="EXPORT",
        type=Path,
        help="the newest export of the lost box's ledger: go on where it ends, erase and revoke again",
    )
    for command, name, says in ((backup, "backup", "a new file"), (restore, "restore", "the backup")):
        command.add_argument("file", metavar="FILE", type=Path, help=says)
        command.add_argument(
            "--passphrase-file", metavar="F", type=Path, help="a file with it (default: KYCBOX_RECOVERY)"
        )
        command.set_defaults(call=f"appliance.commands.backup:{name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    given = parser().parse_args(arguments)
    try:
        overrides = {name: getattr(given, name, None) for name in ("data", "host", "port")}
        settings = load(given.config, **overrides)
        logging.basicConfig(
            level=settings.log_level.upper(),
            format="%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
            stream=sys.stderr,
        )
        logging.getLogger("uvicorn").setLevel(
            logging.WARNING
        )  # it logs addresses of web sockets, which open pages
        module, function = given.call.split(":")
        handler: Handler = getattr(importlib.import_module(module), function)
        return handler(settings, given)
    except KycboxError as error:
        sys.stderr.write(f"kycbox: {error.message}\n")
        if error.remedy:
            sys.stderr.write(f"        {error.remedy}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
