"""Verifies a closed store, and a receipt, from docs/FORMATS.md alone; knows nothing of the project's code.

    python3 verify_store.py STORE [RECEIPT] [--no-cryptography]

Python 3.9 or newer. With the package `cryptography` every secret and payload is opened, too; without it
the openssl program checks the signature. Exit code 0: all holds; 1: it says what does not.
"""
import hashlib
import hmac
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

try:
    from cryptography.exceptions import InvalidSignature, InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    CRYPTOGRAPHY = "--no-cryptography" not in sys.argv
except ImportError:
    CRYPTOGRAPHY = False

AUDIT = "sequence group at principal tenant operation fact related until detail commitment previous hash".split()
FACT = ("id tenant state write_group forget_group written_at expires_at supersedes superseded_by held forgotten_at"
        " erasure_due erased_at erased_by erase_sequence commitment").split()
LIVE, SUPERSEDED, FORGOTTEN, ERASED = range(4)


def fail(text):
    print("does not hold: " + text)
    sys.exit(1)


def require(condition, text):
    if not condition:
        fail(text)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def mac(key, content):
    return hmac.new(key, content, hashlib.sha256).digest()


def rows(database, table, names, order):
    for values in database.execute(f"SELECT * FROM {table} ORDER BY {order}"):
        yield {n: v.hex() if isinstance(v, bytes) else v for n, v in zip(names, values)}


def chain(database):
    """The audit by sequence, its hashes recomputed."""
    audit, previous = {}, "0" * 64
    for row in rows(database, "audit", AUDIT, "sequence"):
        digest = row.pop("hash")
        number = row["sequence"]
        require(number == len(audit) + 1 and row["previous"] == previous,
                f"row {number} does not follow the one before")
        require(hashlib.sha256(canonical(row)).hexdigest() == digest, f"row {number} of the audit was changed")
        audit[number], previous = row | {"hash": digest}, digest
    return audit


def erase(fact, row):
    fact.update(state=ERASED, forget_group=0, held=0, forgotten_at=fact["forgotten_at"] or row["at"], erasure_due=0,
                erased_at=row["at"], erased_by=row["operation"], erase_sequence=row["sequence"])


def replay(audit):
    """The fact rows that the audit asks for."""
    facts = {}
    for row in audit.values():
        operation, fact = row["operation"], facts.get(row["fact"])
        if operation == "WRITE":
            require(fact is None, f"row {row['sequence']} writes fact {row['fact']} again")
            facts[row["fact"]] = dict.fromkeys(FACT, 0) | {
                "id": row["fact"], "tenant": row["tenant"], "state": LIVE, "write_group": row["group"],
                "written_at": row["at"], "expires_at": row["until"], "supersedes": row["related"], "erased_by": "",
                "commitment": row["commitment"]}
            if row["related"]:
                older = facts[row["related"]]
                older["superseded_by"] = row["fact"]
                older["state"] = SUPERSEDED if older["state"] == LIVE else older["state"]
            continue
        if operation not in ("FORGET", "ERASE", "EXPIRE", "LOST", "UNDO_WRITE", "UNDO_FORGET", "HOLD", "RELEASE"):
            continue
        require(fact and fact["state"] != ERASED and fact["tenant"] == row["tenant"],
                f"row {row['sequence']} names fact {row['fact']}, which is not there")
        if operation == "FORGET" and row["until"]:
            fact.update(state=FORGOTTEN, forget_group=row["group"], forgotten_at=row["at"], erasure_due=row["until"],
                        erased_at=0, erased_by="", erase_sequence=row["sequence"])
        elif operation in ("HOLD", "RELEASE"):
            fact["held"] = int(operation == "HOLD")
        elif operation == "UNDO_FORGET":
            fact.update(state=SUPERSEDED if fact["superseded_by"] else LIVE, forget_group=0, forgotten_at=0,
                        erasure_due=0, erased_at=0, erased_by="", erase_sequence=0)
        else:
            erase(fact, row)
            older = facts.get(fact["supersedes"])
            if (operation == "UNDO_WRITE" and older and older["superseded_by"] == fact["id"]
                    and older["state"] != ERASED):
                older["superseded_by"] = 0
                older["state"] = LIVE if older["state"] == SUPERSEDED else older["state"]
    return facts


def opened(key, place, sealed):
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], place.encode())
    except InvalidTag:
        fail(f"{place} does not open: key, place or content was changed")


def payloads(database, facts, state, master):
    """Nothing is left of what is erased; with the keys, everything else opens and fits its commitment."""
    tables = {t: dict(database.execute(f"SELECT id, sealed FROM {t}")) for t in ("secret", "payload")}
    for name, table in tables.items():
        for number, sealed in table.items():
            require(number in facts, f"a {name} of fact {number}, which was never written")
            require(facts[number]["state"] != ERASED or not any(sealed), f"the {name} of erased fact {number} is there")
    tenants = dict(database.execute("SELECT name, sealed FROM tenant"))
    place, opens = state["storeId"], 0
    for number, fact in facts.items():
        if fact["state"] == ERASED:
            continue
        require(number in tables["secret"] and number in tables["payload"],
                f"key or payload of fact {number} is missing")
        if CRYPTOGRAPHY:
            tenant = fact["tenant"]
            tenant_key = opened(mac(master, b"larimar tenant keys 1"), f"larimar tenant 1|{place}|{tenant}",
                                tenants[tenant])
            secret = opened(tenant_key, f"larimar secret 1|{place}|{tenant}|{number}", tables["secret"][number])
            plain = opened(secret[:32], f"larimar payload 1|{place}|{tenant}|{number}", tables["payload"][number])
            require(mac(secret[32:], plain).hex() == fact["commitment"], f"fact {number} is not what was written")
            opens += 1
    return opens


def signature_holds(public, signed, signature):
    if CRYPTOGRAPHY:
        try:
            load_der_public_key(public).verify(signature, signed)
            return True
        except InvalidSignature:
            return False
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("key", public), ("text", signed), ("sig", signature)):
            (pathlib.Path(folder) / name).write_bytes(content)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", f"{folder}/key", "-rawin", "-in",
             f"{folder}/text", "-sigfile", f"{folder}/sig"], stdout=subprocess.DEVNULL).returncode == 0


def check_receipt(text, audit, facts, state):
    receipt = json.loads(text)
    require(canonical(receipt) == text.strip().encode(), "the receipt is not canonical JSON")
    require(receipt["format"] == "larimar receipt 1" and receipt["storeId"] == state["storeId"],
            "receipt of another store")
    public = bytes.fromhex(state["publicKey"])
    require(hashlib.sha256(public).hexdigest() == receipt["publicKeyId"], "receipt of another key")
    signature = receipt.pop("signature")
    require(signature == signature.lower(), "a signature has one writing only")
    signed = canonical(receipt)
    require(signature_holds(public, signed, bytes.fromhex(signature)), "the signature does not fit the receipt")
    end = audit.get(receipt["chainSequence"])
    require(end and end["hash"] == receipt["chainHash"], "receipt of another chain")
    issued = hashlib.sha256(signed).hexdigest()
    require(any(r["operation"] == "RECEIPT" and r["commitment"] == issued and r["principal"] == receipt["principal"]
                and r["sequence"] > receipt["chainSequence"] for r in audit.values()), "the receipt was never issued")
    lists = [receipt[k] for k in ("facts", "operations", "writtenAt", "forgottenAt", "erasedAt", "sequences")]
    require(len({len(each) for each in lists}) == 1, "the receipt's lists differ in length")
    for number, operation, written, forgotten, erased, sequence in zip(*lists):
        fact = facts.get(number)
        require(fact and fact["tenant"] == receipt["tenant"] and fact["state"] == ERASED
                and (fact["erased_by"], fact["written_at"], fact["forgotten_at"], fact["erased_at"],
                     fact["erase_sequence"]) == (operation, written, forgotten, erased, sequence)
                and sequence <= receipt["chainSequence"], f"fact {number} has no such tombstone")
    require(receipt["stateAfter"] == receipt["rebuilt"], "the memory differs from one that never held the facts")


def main(arguments):
    store = pathlib.Path(arguments[0])
    header, master_hex, checksum = (store / "master.key").read_text().split("\n")[:3]
    master = bytes.fromhex(master_hex)
    require(header == "larimar master key 1" and mac(master, b"checksum").hex() == checksum, "master.key is damaged")
    database = sqlite3.connect(f"file:{store / 'ledger.db'}?mode=ro", uri=True)
    require(database.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "SQLite finds the file damaged")
    (_, text, check), = database.execute("SELECT id, state, mac FROM store")
    require(mac(mac(master, b"larimar store state 1"), text.encode()) == check, "the state was changed")
    state = json.loads(text)
    audit = chain(database)
    require(max(audit) == state["sequence"] and audit[max(audit)]["hash"] == state["hash"],
            "the audit was cut or goes on")
    first = audit[1]
    public_id = hashlib.sha256(bytes.fromhex(state["publicKey"])).hexdigest()
    require((first["operation"], first["detail"], first["commitment"]) == ("CREATE", state["storeId"], public_id),
            "row 1 does not name the store and its key")
    facts = replay(audit)
    stored = {row["id"]: row for row in rows(database, "fact", FACT, "id")}
    for number in sorted(facts.keys() | stored.keys()):
        require(facts.get(number) == stored.get(number), f"the row of fact {number} is not what the audit says")
    require(max(facts, default=0) < state["nextId"], "the next id is taken")
    opens = payloads(database, facts, state, master)
    if len(arguments) > 1:
        check_receipt(pathlib.Path(arguments[1]).read_text(encoding="utf-8"), audit, facts, state)
    print(f"holds: {len(audit)} rows, {len(facts)} facts, {opens} payloads opened"
          + (", receipt" if len(arguments) > 1 else "") + ("" if CRYPTOGRAPHY else " (no `cryptography` here)"))


if __name__ == "__main__":
    main([each for each in sys.argv[1:] if not each.startswith("--")])
